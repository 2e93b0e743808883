"""What the service is meant to reach, and whether a run has shown it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.lineup import BARE, DYNAMODR, FAST, HELLO, PEERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report import Report

NAMES = {"get": "get", "create": "create", "add": "add-user", "page": "list page", "all": "list all"}


class Aim(NamedTuple):
    """One aim, and what was measured."""

    text: str
    measured: str
    met: bool


def aims(report: Report) -> Iterator[Aim]:
    """Judge a run; an aim that it did not measure is left out."""
    for operation in ("get", "create"):
        yield from _cpu(report, operation)
    yield from _rates(report)
    yield from _flat(report)
    yield from _export(report)
    yield from _rest(report)


def _cpu(report: Report, operation: str) -> Iterator[Aim]:
    ours, floor, fast = (report.figure(peer, operation) for peer in (DYNAMODR, BARE, FAST))
    name = NAMES[operation]
    if ours and floor:
        ratio = ours.cpu_us.median / floor.cpu_us.median
        text = f"CPU of a {name} at most 1.35 × the bare tuned call, logs, metrics and request ids on"
        yield Aim(text, f"{ratio:.2f} ×", ratio <= 1.35)
    if ours and fast:
        measured = f"{ours.cpu_us.median:,.0f} µs, {fast.cpu_us.median:,.0f} µs"
        yield Aim(
            f"CPU of a {name} below FastAPI + aioboto3's", measured, ours.cpu_us.median < fast.cpu_us.median
        )


def _rates(report: Report) -> Iterator[Aim]:
    for operation, name in NAMES.items():
        ours = report.figure(DYNAMODR, operation)
        rates = [
            (found.rate.median, peer.title)
            for peer in PEERS
            if peer.name != DYNAMODR and (found := report.figure(peer.name, operation))
        ]
        if ours and rates:
            best, title = max(rates)
            text = f"Throughput of {name} at {report.clients} clients above every peer's"
            yield Aim(text, f"{ours.rate.median:,.0f}/s, {title} {best:,.0f}/s", ours.rate.median > best)


def _flat(report: Report) -> Iterator[Aim]:
    if len(report.scale) < 2:
        return
    first, *rest = report.scale
    costs = [one.page.cpu_us.median / first.page.cpu_us.median - 1 for one in rest]
    worst = max(costs, key=abs)
    text = f"CPU of a list page flat (± 10 %) from {first.users:,} to {rest[-1].users:,} users"
    yield Aim(text, f"{worst:+.0%} at most", abs(worst) <= 0.10)


def _export(report: Report) -> Iterator[Aim]:
    export = report.export
    if export is None:
        return
    ratio = export.cpu_us.median / export.floor_cpu_us.median
    text = f"CPU of an NDJSON export of {export.users:,} users at most 1.2 × the bare paginator's"
    yield Aim(text, f"{ratio:.2f} ×", ratio <= 1.2)
    rises = (
        f"+{export.smaller_rise_mb:.1f} MB for {export.smaller_users:,} users, "
        f"+{export.rise_mb:.1f} MB for {export.users:,}"
    )
    # More users may not take more than what a page more or less in memory explains.
    yield Aim("An export takes constant memory", rises, export.rise_mb <= export.smaller_rise_mb + 5)


def _rest(report: Report) -> Iterator[Aim]:
    ours, hello = report.stood(DYNAMODR), report.stood(HELLO)
    if ours and hello:
        ratio = ours.first_ms.median / hello.first_ms.median
        text = "First 200 within 1.5 × the time of Flask's hello world under gunicorn (240 ms if 160)"
        yield Aim(
            text,
            f"{ours.first_ms.median:.0f} ms, {hello.first_ms.median:.0f} ms: {ratio:.2f} ×",
            ratio <= 1.5,
        )
    if ours:
        text = "PSS of the service with two workers at most 70 MB, master and metrics process included"
        yield Aim(text, f"{ours.pss_mb:.1f} MB", ours.pss_mb <= 70)
    if report.site_packages_mb is not None:
        size = report.site_packages_mb
        yield Aim("site-packages in the image at most 20 MB, bytecode included", f"{size:.1f} MB", size <= 20)
