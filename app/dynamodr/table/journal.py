"""What the job says as it goes: one JSON line for each change it sees and each call it makes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from dynamodr.table.observed import Absent, Fault, Kind, Observation

Level = Literal["INFO", "WARNING", "ERROR"]


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. `elapsed` is in seconds since the job began."""

    time: str
    level: Level
    event: str
    message: str
    elapsed: float
    region: str | None = None
    state: dict[str, Any] | None = None
    exit_code: int | None = None


class Journal:
    """Writes lines; says each thing once, until it changes."""

    def __init__(
        self, write: Callable[[str], None], now: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self._write, self._now, self._wall = write, now, wall
        self._began = now()
        self._said: dict[str, Any] = {}

    def elapsed(self) -> float:
        """Seconds since the job began."""
        return round(self._now() - self._began, 3)

    def say(self, event: str, message: str, level: Level = "INFO", **fields: Any) -> None:
        """Write a line."""
        time = (
            datetime.fromtimestamp(self._wall(), UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )
        line = Line(time=time, level=level, event=event, message=message, elapsed=self.elapsed(), **fields)
        self._write(msgspec.json.encode(line).decode())

    def say_once(self, event: str, message: str, level: Level = "INFO", **fields: Any) -> None:
        """Write a line, unless the last one of this event and Region said the same."""
        key = f"{event} {fields.get('region')}"
        if self._said.get(key) != message:
            self._said[key] = message
            self.say(event, message, level, **fields)

    def observed(self, region: str, seen: Observation) -> None:
        """Write what a Region shows, if it is news."""
        unwell = isinstance(seen, Fault) and seen.kind is not Kind.RACED
        self.say_once(
            "observed",
            f"{region}: {sentence(seen)}",
            "WARNING" if unwell else "INFO",
            region=region,
            state=state(seen),
        )


def sentence(seen: Observation) -> str:
    """Say an observation for a person."""
    if isinstance(seen, Absent):
        return "no table"
    if isinstance(seen, Fault):
        return f"{seen.kind.value}: {seen.text}"
    replicas = ", ".join(f"{each.region} {each.status}" for each in seen.replicas)
    return f"table {seen.status}, replicas: {replicas or 'none'}"


def state(seen: Observation) -> dict[str, Any]:
    """Say an observation for a program."""
    if isinstance(seen, Absent):
        return {"table": None}
    if isinstance(seen, Fault):
        return {"fault": seen.kind.value, "text": seen.text}
    return {
        "table": seen.status,
        "replicas": {each.region: each.status for each in seen.replicas},
        "deletion_protection": seen.protected,
        "on_demand": seen.on_demand,
    }
