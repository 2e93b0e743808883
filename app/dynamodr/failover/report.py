"""What the command prints of a run: a line an event, for a person; or an object an event, for a program."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from dynamodr.failover.checks import Check
from dynamodr.failover.events import Event
from dynamodr.failover.steps import End, Pause, Step

_MARKS = {None: "..", True: "ok", False: "no"}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The last object of `failover to --output json`."""

    outcome: str
    """done, stopped, refused."""
    exit_code: int
    detail: str
    target: str
    forced: bool
    dry_run: bool
    seconds: float
    """The run's."""
    paused_seconds: float | None
    """How long writes were paused, if this run has both paused and resumed them."""
    overridden: tuple[str, ...]
    """The checks that --forced has overridden."""
    unknown: tuple[str, ...]
    """What a forced failover cannot know."""
    kind: str = "result"


def result(
    target: str, ended: End, events: Sequence[Event], *, forced: bool, dry_run: bool = False
) -> Result:
    """Sum up a run."""
    return Result(
        outcome=ended.name,
        exit_code=ended.exit_code,
        detail=ended.detail,
        target=target,
        forced=forced,
        dry_run=dry_run,
        seconds=round(max((event.elapsed for event in events), default=0.0), 3),
        paused_seconds=paused(events),
        overridden=tuple(event.name for event in events if event.kind == "overridden"),
        unknown=tuple(event.detail for event in events if event.kind == "note"),
    )


def paused(events: Sequence[Event]) -> float | None:
    """Return how long the writes were paused: from the fence to the lift, or to their return."""
    began = [event.elapsed for event in events if event.name == "fence" and event.ok]
    ended = [event.elapsed for event in events if event.name in ("carry", "lift", "return") and event.ok]
    return round(min(ended) - min(began), 3) if began and ended else None


def line(event: Event) -> str:
    """Write an event for a person: the time (UTC), seconds since the start, how it went, what it was."""
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    mark = "!!" if event.kind == "overridden" else "??" if event.kind == "note" else _MARKS[event.ok]
    name = "overridden" if event.kind == "overridden" else event.name
    detail = f"{event.name}: {event.detail}" if event.kind == "overridden" else event.detail
    took = f" ({event.seconds:.1f} s)" if event.kind == "step" and event.seconds >= 0.1 else ""
    return f"{at}  +{event.elapsed:6.1f} s  {mark}  {name:<21} {detail}{took}"


def last(summary: Result) -> str:
    """Write the end for a person."""
    paused_for = summary.paused_seconds
    pause = f" Writes were paused for {paused_for:.1f} s." if paused_for is not None else ""
    word = {"done": "Done", "stopped": "Stopped; run it again", "refused": "Refused; nothing was changed"}
    detail = summary.detail.rstrip(".")  # a check's cure is a sentence
    return f"{word[summary.outcome]}: {detail}.{pause}"


def outlined(checks: Sequence[Check], steps: Sequence[Step], *, forced: bool) -> list[str]:
    """Write what would be done, for a person."""
    lines = []
    for check in checks:
        overridden = forced and check.forcible and check.ok is False
        lines.append(f"{'!!' if overridden else _MARKS[check.ok]}  {check.name:<21} {check.detail}")
    for number, step in enumerate(steps, 1):
        word = f"would be {step.name}" if isinstance(step, End) else step.name
        wait = "wait: " if isinstance(step, Pause) else ""
        lines.append(f"{number:2}. {word:<21} {wait}{step.detail}")
    return lines
