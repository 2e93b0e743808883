"""The timeline as inline SVG: answers and latency by Region, lag, dials, fence, one above the other. Pure."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rehearsal.drill.record import Mark, Sample
    from rehearsal.drill.summary import Report

WIDTH, LEFT, RIGHT = 1000.0, 92.0, 12.0
ANSWERS, LATENCY, LAG, BAND = 130.0, 80.0, 54.0, 13.0
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300)
NAMED = ("force", "fence", "lift", "return", "dial-up", "dial-down", "dial-back", "carry", "give-up")


class Axis(msgspec.Struct, frozen=True):
    """From the drill's time to the page."""

    first: float
    last: float
    zero: float

    def x(self, at: float) -> float:
        """Where a moment is."""
        inside = min(max(at, self.first), self.last)
        return LEFT + (WIDTH - LEFT - RIGHT) * (inside - self.first) / (self.last - self.first)


def plot(report: "Report") -> str:
    """Draw a report; an empty text when there is nothing to draw."""
    if not report.timeline:
        return ""
    first, last = report.timeline[0].at, report.timeline[-1].at + 0.5
    faults = [mark for mark in report.marks if mark.what == "fault" and (mark.until or last) > first]
    starts = [mark.at for mark in faults] or [one.began for one in report.commands] or [first]
    axis = Axis(first, last, min(starts))
    regions = (report.source, report.target)
    top = 34.0
    rows: list[str] = []
    rows += _answers(report, axis, regions, top)
    rows += _latency(report, axis, regions, top + ANSWERS + 22)
    lag_top = top + ANSWERS + LATENCY + 44
    rows += _lag(report, axis, regions, lag_top)
    bands = lag_top + LAG + 24
    rows += _bands(report, axis, regions, bands)
    bottom = bands + 2 * (len(regions) * (BAND + 3) + 8)
    back = [_fault(mark, axis, top - 6, bottom, row) for row, mark in enumerate(faults)]
    label = f"Timeline of {report.scenario}"
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {bottom + 22:g}" role="img" aria-label="{escape(label)}">'
        f"{''.join(back)}{''.join(_ticks(axis, top - 6, bottom))}{''.join(rows)}"
        f"{''.join(_marks(report, axis, top - 6, bottom))}</svg>"
    )


def _ticks(axis: Axis, top: float, bottom: float) -> Iterable[str]:
    span = axis.last - axis.first
    step = next((one for one in TICKS if span / one <= 12), TICKS[-1])
    number = -int((axis.zero - axis.first) / step)
    while axis.zero + number * step <= axis.last:
        x = axis.x(axis.zero + number * step)
        yield f'<path d="M{x:.1f} {top:g}V{bottom:g}" stroke="var(--line)"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 14:g}" text-anchor="middle">{number * step:+d} s</text>'
        number += 1


def _answers(report: "Report", axis: Axis, regions: Sequence[str], top: float) -> Iterable[str]:
    """Stacked bars: who answered, and what failed."""
    most = max(sum(one.good.values()) + one.failed for one in report.timeline) or 1
    yield _name("answers/s", top)
    yield f'<text x="{LEFT - 6:g}" y="{top + 26:g}" text-anchor="end">{most * 2}</text>'
    width = max(0.6, axis.x(axis.first + 0.5) - axis.x(axis.first) - 0.7)
    for one in report.timeline:
        y = top + ANSWERS
        known = [(one.good.get(region, 0), _colour(n)) for n, region in enumerate(regions)]
        rest = sum(one.good.values()) - sum(count for count, _ in known)
        for count, colour in [*known, (rest, "var(--dim)"), (one.failed, "var(--bad)")]:
            if count:
                height = ANSWERS * count / most
                y -= height
                yield (
                    f'<rect x="{axis.x(one.at):.1f}" y="{y:.1f}" width="{width:.1f}" '
                    f'height="{height:.1f}" fill="{colour}"/>'
                )
    legend = [(region, _colour(n)) for n, region in enumerate(regions)] + [("failed", "var(--bad)")]
    for n, (word, colour) in enumerate(legend):
        x = WIDTH - RIGHT - 100.0 * (len(legend) - n)
        yield f'<rect x="{x:g}" y="4" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 14:g}" y="13">{escape(word)}</text>'


def _latency(report: "Report", axis: Axis, regions: Sequence[str], top: float) -> Iterable[str]:
    values = [value for one in report.timeline for value in one.p95_ms.values()]
    most = max(values, default=1.0) or 1.0
    yield _name("latency", top)
    yield f'<text x="{LEFT - 6:g}" y="{top + 26:g}" text-anchor="end">{most:.0f} ms</text>'
    yield f'<text x="{LEFT - 6:g}" y="{top + LATENCY:g}" text-anchor="end">p50, p95</text>'
    for n, region in enumerate(regions):
        for dash, name in (("", "median_ms"), ("2 2", "p95_ms")):
            points = [
                (axis.x(one.at + 0.25), top + LATENCY * (1 - getattr(one, name)[region] / most))
                for one in report.timeline
                if region in getattr(one, name)
            ]
            yield _line(points, _colour(n), dash)


def _lag(report: "Report", axis: Axis, regions: Sequence[str], top: float) -> Iterable[str]:
    """The age of each Region's last heartbeat, as the other Region has it."""
    most = max((value for one in report.samples for value in one.lag.values()), default=1.0)
    most = max(most, 4.0)
    yield _name("heartbeat", top)
    yield f'<text x="{LEFT - 6:g}" y="{top + 26:g}" text-anchor="end">{most:.0f} s old</text>'
    for n, region in enumerate(regions):
        points = [
            (axis.x(one.at), top + LAG * (1 - min(one.lag[region], most) / most))
            for one in report.samples
            if region in one.lag and axis.first <= one.at <= axis.last
        ]
        yield _line(points, _colour(n), "")


def _bands(report: "Report", axis: Axis, regions: Sequence[str], top: float) -> Iterable[str]:
    """A band a Region for its dial, and one for whom its replica's fence lets write."""
    colours = {region: _colour(n) for n, region in enumerate(regions)}
    for n, region in enumerate(regions):
        y = top + n * (BAND + 3)
        yield _name(f"dial {_short(region)}", y - 2)

        def dial(one: "Sample", region: str = region) -> tuple[str, str, float] | None:
            value = one.dials.get(region)
            return None if value is None else (f"{value:g} %", colours[region], 0.15 + 0.85 * value / 100)

        yield from _band(report, axis, y, dial)
    top += len(regions) * (BAND + 3) + 8
    for n, region in enumerate(regions):
        y = top + n * (BAND + 3)
        yield _name(f"fence {_short(region)}", y - 2)

        def fence(one: "Sample", region: str = region) -> tuple[str, str, float] | None:
            if region not in one.fence:
                return None
            active = one.fence[region]
            return (active or "moving", colours.get(active, "var(--dim)"), 0.85 if active else 0.4)

        yield from _band(report, axis, y, fence)


def _band(
    report: "Report", axis: Axis, y: float, look: "Callable[[Sample], tuple[str, str, float] | None]"
) -> Iterable[str]:
    samples = [one for one in report.samples if axis.first - 1 <= one.at <= axis.last]
    start = 0
    for n in range(1, len(samples) + 1):
        if n < len(samples) and look(samples[n]) == look(samples[start]):
            continue
        until = samples[n].at if n < len(samples) else axis.last
        x, end, shown = axis.x(samples[start].at), axis.x(until), look(samples[start])
        start = n
        if shown is None:
            word, colour, opacity = "no answer", "none", 1.0
        else:
            word, colour, opacity = shown
        stroke = ' stroke="var(--line)" stroke-dasharray="3 3"' if shown is None else ""
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.5, end - x):.1f}" height="{BAND:g}" '
            f'fill="{colour}" fill-opacity="{opacity:.2f}"{stroke}><title>{escape(word)}</title></rect>'
        )
        if end - x > 8 * len(word):
            fill = "var(--bg)" if shown and opacity > 0.5 else "var(--fg)"
            yield f'<text x="{x + 4:.1f}" y="{y + 10.5:.1f}" style="fill:{fill}">{escape(word)}</text>'


def _marks(report: "Report", axis: Axis, top: float, bottom: float) -> Iterable[str]:
    """The failover's steps: a line each, named where there is room."""
    free = 0.0
    for one in report.steps:
        if one.kind != "step" or one.name not in NAMED:
            continue
        x = axis.x(one.at)
        yield (
            f'<path d="M{x:.1f} {top:g}V{bottom:g}" stroke="var(--move)" stroke-dasharray="4 3">'
            f"<title>{escape(f'{one.name}: {one.detail}')}</title></path>"
        )
        if x >= free:
            yield f'<text x="{x + 3:.1f}" y="{top + 8:g}" style="fill:var(--move)">{escape(one.name)}</text>'
            free = x + 7 + 6.2 * len(one.name)


def _fault(mark: "Mark", axis: Axis, top: float, bottom: float, row: int) -> str:
    """A band, named above it; where faults overlap, each in a row of its own."""
    since, until, name = mark.at, mark.until or axis.last, mark.name
    x, end, label = axis.x(since), axis.x(until), top - 4 - 12 * (row % 2)
    return (
        f'<rect x="{x:.1f}" y="{top:g}" width="{end - x:.1f}" height="{bottom - top:g}" fill="var(--fault)"/>'
        f'<text x="{x + 3:.1f}" y="{label:g}" style="fill:var(--bad)">{escape(name)}</text>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    """A line through points, broken where the next is far away."""
    path, before = "", None
    for x, y in points:
        near = before is not None and x - before < 60
        path += f"{'L' if near else 'M'}{x:.1f} {y:.1f}"
        before = x
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"{dashed}/>' if path else ""


def _name(text: str, top: float) -> str:
    return f'<text class="name" x="{LEFT - 6:g}" y="{top + 12:g}" text-anchor="end">{escape(text)}</text>'


def _short(region: str) -> str:
    return "-".join(part[:1] if n else part for n, part in enumerate(region.split("-"))).replace("-", "", 1)


def _colour(number: int) -> str:
    return ("var(--a)", "var(--b)")[number % 2]
