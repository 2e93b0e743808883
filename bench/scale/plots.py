"""The plots of docs/scale.md, by name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.scale.chart import COLOURS, Line, Mark, Panel, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.scale.evacuation import Second
    from bench.scale.params import Run
    from bench.scale.sweep import Outcome

    Played = dict[str, list[tuple[Run, Outcome, list[Second]]]]


def plots(played: Played) -> dict[str, str]:
    """Draw them all."""
    return {
        "headroom": _headroom(played),
        "timeline": _timeline(played),
        "table": _table(played),
        "target": _target(played),
    }


def _headroom(played: Played) -> str:
    panel = Panel(
        title="Clients that got no answer in 13 minutes, after four tries",
        lines=_given_up(played["headroom"], COLOURS, lambda run: run.headroom),
        x=(20.0, 140.0),
        y=(0.0, 100.0),
        x_step=20.0,
        y_step=20.0,
        unit=" %",
        x_name="CPU that the standby has ready, in per cent of what all traffic takes",
        height=260.0,
        marks=[Mark(110.0, "110 %")],
    )
    return draw("Clients without an answer, by the headroom of the standby", [panel])


def _given_up(
    played: list[tuple[Run, Outcome, list[Second]]], colours: Sequence[str], by: Callable[[Run], float]
) -> list[Line]:
    """A line for each name of a run: the share of clients that gave up, over what was varied."""
    return [
        Line(
            name=name,
            colour=colour,
            points=[(by(run) * 100, found.given_up * 100) for run, found, _ in played if run.name == name],
        )
        for name, colour in zip(dict.fromkeys(run.name for run, _, _ in played), colours, strict=False)
    ]


def _timeline(played: Played) -> str:
    """Half of what it takes, a node in three minutes; and what 110 % would have done."""
    chosen = {
        headroom: next(
            (run, seconds)
            for run, _, seconds in played["headroom"]
            if run.name == "a node takes 3 minutes" and run.headroom == headroom
        )
        for headroom in (0.5, 1.1)
    }
    run, half = chosen[0.5]
    _, enough = chosen[1.1]
    began = run.story.lost_at

    def line(seconds: list[Second], name: str, colour: str, what: Callable[[Second], float]) -> Line:
        points = [((one.at - began) / 60, what(one)) for one in seconds if -60 <= one.at - began <= 720]
        return Line(name=name, colour=colour, points=points, dashed=seconds is enough)

    red, _, blue, green, _ = COLOURS
    x, step, height = (-1.0, 12.0), 1.0, 150.0
    marks = [Mark(0.0, "lost"), Mark((run.story.noticed_after + run.story.shift) / 60, "moved")]
    return draw(
        "An evacuation, second by second",
        [
            Panel(
                title="Requests a second, in thousands",
                lines=[
                    line(half, "tries, 50 % ready", red, lambda one: one.offered / 1000),
                    line(half, "good, 50 % ready", blue, lambda one: one.good / 1000),
                    line(enough, "good, 110 % ready", green, lambda one: one.good / 1000),
                ],
                y=(0.0, 500.0),
                y_step=100.0,
                marks=marks,
                x=x,
                x_step=step,
                height=height,
            ),
            Panel(
                title="Pods ready, in per cent of what all traffic takes",
                lines=[
                    line(half, "50 % ready", blue, lambda one: one.pods * 100),
                    line(enough, "110 % ready", green, lambda one: one.pods * 100),
                ],
                y=(0.0, 200.0),
                y_step=50.0,
                unit=" %",
                x=x,
                x_step=step,
                height=height,
            ),
            Panel(
                title="Wait for a thread, 99th percentile",
                lines=[
                    line(half, "50 % ready", blue, lambda one: one.wait_ms),
                    line(enough, "110 % ready", green, lambda one: one.wait_ms),
                ],
                y=(0.0, 200.0),
                y_step=50.0,
                unit=" ms",
                x_name="minutes after the Region was lost",
                x=x,
                x_step=step,
                height=height,
            ),
        ],
    )


def _table(played: Played) -> str:
    def lines(what: Callable[[Second], float]) -> list[Line]:
        return [
            Line(
                name=run.name,
                colour=COLOURS[number],
                points=[
                    ((one.at - run.story.lost_at) / 60, what(one))
                    for one in seconds[::2]
                    if 0 <= one.at - run.story.lost_at <= 2_700
                ],
            )
            for number, (run, _, seconds) in enumerate(played["table"][:4])
        ]

    x, step, height = (0.0, 45.0), 5.0, 190.0
    return draw(
        "The same evacuation with tables that were warmed more or less",
        [
            Panel(
                title="Good answers a second, in thousands; 100 are asked for, pods for 125 are ready",
                lines=lines(lambda one: one.good / 1000),
                y=(0.0, 125.0),
                y_step=25.0,
                x=x,
                x_step=step,
                height=height,
            ),
            Panel(
                title="Read units a second that the table takes, in thousands",
                lines=lines(lambda one: one.reads / 1000),
                y=(0.0, 125.0),
                y_step=25.0,
                x_name="minutes after the Region was lost",
                x=x,
                x_step=step,
                height=height,
            ),
        ],
    )


def _target(played: Played) -> str:
    panel = Panel(
        title="Both Regions serve half, one is lost: clients that got no answer in 13 minutes",
        lines=_given_up(played["target"], (COLOURS[0], COLOURS[2]), lambda run: run.scaler.target),
        x=(40.0, 75.0),
        y=(0.0, 60.0),
        x_step=5.0,
        y_step=10.0,
        unit=" %",
        x_name="CPU that the autoscaler aims for, in per cent of the request",
        height=220.0,
        marks=[Mark(45.0, "the chart's default")],
    )
    return draw("Clients without an answer, by the autoscaler's target", [panel])
