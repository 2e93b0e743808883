"""A report as one SVG: CPU a request by operation and peer, as multiples of the bare boto3 call. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench import lineup
from bench.aims import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report import Report

WIDTH, LEFT, RIGHT, BAR, GAP = 860.0, 250.0, 130.0, 17.0, 30.0
COLOURS = {
    lineup.DYNAMODR: "#0b6e4f",
    lineup.FAST: "#3066be",
    lineup.ARTICLE: "#c2571a",
    lineup.GUNICORN: "#b08900",
    lineup.BARE: "#777",
}
AIM, AIMED = 1.35, ("get", "create")


def plot(report: Report) -> str:
    """Draw it. An add is measured against the create's floor: nobody can add without creating."""
    groups = list(_groups(report))
    most = max((ratio for _, bars in groups for _, ratio, _ in bars), default=1.0)
    scale = (WIDTH - LEFT - RIGHT) / most
    rows: list[str] = []
    y = 44.0
    for name, bars in groups:
        rows.append(f'<text x="12" y="{y + 12:g}" font-weight="600">{escape(name)}</text>')
        y += 18
        top = y
        for peer, ratio, cost in bars:
            title, end, low = escape(lineup.TITLES[peer]), LEFT + ratio * scale, y + 12.5
            rows.append(
                f'<text x="{LEFT - 8:g}" y="{low:g}" text-anchor="end">{title}</text>'
                f'<rect x="{LEFT:g}" y="{y:g}" width="{ratio * scale:.1f}" height="{BAR - 3:g}" '
                f'fill="{COLOURS[peer]}"/>'
                f'<text x="{end + 6:.1f}" y="{low:g}">{ratio:.2f} × · {cost:,.0f} µs</text>'
            )
            y += BAR
        if name in AIMED:
            x = LEFT + AIM * scale
            rows.append(f'<path d="M{x:.1f} {top - 3:g}V{y:g}" stroke="#333" stroke-dasharray="3 3"/>')
        y += GAP - 18
    title = (
        "Server CPU a request, as a multiple of the bare boto3 call (tuned, as many at once); dashed: the aim"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {y:g}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12" fill="#222">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="12" y="22" font-size="13">{escape(title)}</text>'
        f"{''.join(rows)}</svg>\n"
    )


def _groups(report: Report) -> Iterator[tuple[str, list[tuple[str, float, float]]]]:
    for operation, name in NAMES.items():
        floor = report.figure(lineup.BARE, "create" if operation == "add" else operation)
        if floor is None:
            continue
        found = [(peer, report.figure(peer, operation)) for peer in COLOURS]
        yield (
            name,
            [
                (peer, one.cpu_us.median / floor.cpu_us.median, one.cpu_us.median)
                for peer, one in found
                if one is not None
            ],
        )
