"""Line charts as SVG, one panel above the other. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, LEFT, RIGHT, TOP, GAP = 800.0, 64.0, 204.0, 40.0, 56.0
COLOURS = ("#b3261e", "#c2571a", "#3066be", "#0b6e4f", "#6f42a1")
INK, FAINT = "#1f2328", "#d8dee4"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a panel."""

    name: str
    points: list[tuple[float, float]]
    colour: str
    dashed: bool = False


class Mark(msgspec.Struct, frozen=True):
    """A place on the x axis that has a name."""

    x: float
    name: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A chart with axes of its own. `unit` follows the numbers of the y axis."""

    title: str
    lines: list[Line]
    x: tuple[float, float]
    y: tuple[float, float]
    x_step: float
    y_step: float
    x_name: str = ""
    unit: str = ""
    height: float = 190.0
    marks: list[Mark] = []


def draw(title: str, panels: Sequence[Panel]) -> str:
    """Draw panels; `title` is what a screen reader says."""
    parts, top = list[str](), TOP
    for panel in panels:
        parts += _panel(panel, top)
        top += panel.height + GAP + (16 if panel.x_name else 0)
    height = top - 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(panel: Panel, top: float) -> Iterator[str]:
    bottom, right = top + panel.height, WIDTH - RIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - panel.x[0]) / (panel.x[1] - panel.x[0])
        up = (min(max(y, panel.y[0]), panel.y[1]) - panel.y[0]) / (panel.y[1] - panel.y[0])
        return LEFT + across * (right - LEFT), bottom - up * panel.height

    yield f'<text x="{LEFT:g}" y="{top - 12:g}" font-weight="600">{escape(panel.title)}</text>'
    for value in _steps(panel.y, panel.y_step):
        y = place(panel.x[0], value)[1]
        yield f'<path d="M{LEFT:g} {y:.1f}H{right:g}" stroke="{FAINT}"/>'
        label = f"{value:g}{panel.unit}"
        yield f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'
    for value in _steps(panel.x, panel.x_step):
        x = place(value, panel.y[0])[0]
        yield f'<text x="{x:.1f}" y="{bottom + 16:g}" text-anchor="middle">{value:g}</text>'
    if panel.x_name:
        middle = (LEFT + right) / 2
        yield f'<text x="{middle:g}" y="{bottom + 32:g}" text-anchor="middle">{escape(panel.x_name)}</text>'
    for mark in panel.marks:
        x = place(mark.x, 0)[0]
        yield f'<path d="M{x:.1f} {top:g}V{bottom:g}" stroke="{INK}" stroke-dasharray="2 3" opacity="0.6"/>'
        yield f'<text x="{x + 4:.1f}" y="{top + 11:g}" font-size="11">{escape(mark.name)}</text>'
    for number, line in enumerate(panel.lines):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in _bends([place(*point) for point in line.points]))
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        yield f'<path d="M{path}" fill="none" stroke="{line.colour}" stroke-width="2"{dash}/>'
        y = top + 10 + 18 * number
        x = right + 12
        yield f'<path d="M{x:g} {y:g}h18" stroke="{line.colour}" stroke-width="2"{dash}/>'
        yield f'<text x="{x + 24:g}" y="{y + 4:g}">{escape(line.name)}</text>'


def _bends(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Leave out what nobody would see: a point that is nearly where the last one was."""
    last, before = points[0], points[0]
    yield last
    for point in points[1:]:
        if abs(point[1] - last[1]) > 0.5:
            if before != last:
                yield before
            yield point
            last = point
        elif point[0] - last[0] > 12 or point == points[-1]:
            yield point
            last = point
        before = point


def _steps(span: tuple[float, float], step: float) -> Iterator[float]:
    for number in range(round((span[1] - span[0]) / step) + 1):
        yield round(span[0] + number * step, 6)
