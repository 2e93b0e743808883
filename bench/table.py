"""A report as Markdown: the aims, the figures, and what they were measured on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import lineup
from bench.aims import NAMES, aims

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.figures import Figure, Spread
    from bench.report import Report

ORDER = (*(peer.name for peer in lineup.PEERS), lineup.BARE, lineup.BARE_ONE, lineup.BARE_DEFAULT)


def markdown(report: Report) -> str:
    """Write all of it."""
    parts = [
        _where(report),
        _aims(report),
        *_operations(report),
        _standing(report),
        _scale(report),
        _legend(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _where(report: Report) -> str:
    on = report.machine
    quick = " **A quick run: too short to be quoted.**" if report.quick else ""
    at = report.at[:16].replace("T", " ")
    return (
        f"One run, {at} UTC, commit {report.commit or 'unknown'}: {on.cores} cores of {on.processor}, "
        f"{on.memory_gb} GB, {on.system}, {on.python}; {on.engine}, on the same machine as servers and "
        f"clients; load average {on.busy:.1f} before it began.{quick}"
    )


def _aims(report: Report) -> str:
    rows = [(one.text, one.measured, "met" if one.met else "**missed**") for one in aims(report)]
    return _table(("aim", "measured", ""), rows, ":--|:--|:--")


def _operations(report: Report) -> Iterator[str]:
    for operation, name in NAMES.items():
        floor = report.figure(lineup.BARE, operation)
        found = [one for peer in ORDER if (one := report.figure(peer, operation))]
        if found:
            rows = [_row(one, floor) for one in found]
            head = (f"**{name}**", "CPU µs a request", "of the floor", "requests/s", "p50 ms", "p99 ms")
            yield _table(head, rows, ":--|--:|--:|--:|--:|--:")


def _row(one: Figure, floor: Figure | None) -> tuple[str, ...]:
    ratio = f"{one.cpu_us.median / floor.cpu_us.median:.2f} ×" if floor else "–"
    return (
        lineup.TITLES.get(one.peer, one.peer),
        _spread(one.cpu_us),
        ratio,
        f"{one.rate.median:,.0f}",
        f"{one.p50_ms:,.1f}",
        f"{one.p99_ms:,.1f}",
    )


def _standing(report: Report) -> str:
    rows = [
        (
            lineup.TITLES.get(one.peer, one.peer),
            _spread(one.first_ms),
            _spread(one.user_ms) if one.user_ms else "–",
            f"{one.pss_mb:.1f}" if one.pss_mb else "–",
        )
        for one in report.standing
    ]
    return _table(("", "first 200, ms", "first user, ms", "PSS after load, MB"), rows, ":--|--:|--:|--:")


def _scale(report: Report) -> str:
    rows = [(f"{one.users:,}", _spread(one.page.cpu_us), f"{one.page.p50_ms:.1f}") for one in report.scale]
    text = _table(("users in the table", "CPU µs a list page", "p50 ms"), rows, "--:|--:|--:") if rows else ""
    if export := report.export:
        rate = export.users / export.seconds
        text += (
            f"\n\nAn export of {export.users:,} users as NDJSON: {export.cpu_us.median:.1f} µs CPU a user, "
            f"the bare paginator {export.floor_cpu_us.median:.1f}; {rate:,.0f} users a second."
        )
    return text


def _legend(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return (
        f"Medians of {report.rounds} rounds of {report.seconds:g} s each, the peers in turn within each; "
        f"in parentheses the least and the most. {report.clients} clients that ask anew as soon as they are "
        f"answered, {lineup.EXPORTS} of them for `list all`; {report.users:,} users, {lineup.PAGE} a page. "
        f"The floor makes as many calls at once: 2 processes with {max(1, report.clients // 2)} threads each "
        f"(`one loop`: one call at a time). Versions: {versions}."
    )


def _spread(value: Spread) -> str:
    return f"{value.median:,.0f} ({value.least:,.0f}–{value.most:,.0f})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], rule: str) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)
