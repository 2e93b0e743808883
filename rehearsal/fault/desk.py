"""Where faults of the whole rehearsal begin and end: those of the AWS APIs, and the loss of a Region.

A Region that is lost has its service's processes killed and its connections reset, and its DynamoDB is gone;
undoing it starts the service again, and what was held is replicated late.
"""

import threading
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from rehearsal.core.faults import Fault, Outage
from rehearsal.engine.shell import Shell
from rehearsal.wire.admin_views import faults

FIS_PAUSE = "aws:dynamodb:global-table-pause-replication"
"""AWS FIS's name of pause-replication; taken as the same."""


class LoseRegion(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="fault", tag="lose-region"
):
    """A Region is gone: its service, its DynamoDB, or (`only` absent) both."""

    region: str
    only: Literal["service", "dynamodb"] | None = None
    mode: Literal["close", "unavailable", "errors"] = "close"
    """How its DynamoDB is gone; see Outage."""
    seconds: float | None = None


AnyFault: TypeAlias = Fault | LoseRegion
ToService: TypeAlias = Callable[[str], None]


class Desk:
    """Begins and ends faults. Thread-safe. A world without services loses only its DynamoDB."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._kill: ToService = lambda _region: None
        self._start: ToService = lambda _region: None
        self._lock = threading.RLock()
        self._lost: dict[str, tuple[LoseRegion, str | None]] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._count = 0

    def attend(self, kill: ToService, start: ToService) -> None:
        """Let Regions lose their services, too: what kills one, and what starts it again."""
        self._kill, self._start = kill, start

    def inject(self, fault: AnyFault) -> str:
        """Let a fault begin; return the id that undoes it. ValueError: there is no such Region."""
        if isinstance(fault, LoseRegion):
            return self._lose(fault)
        with self._shell.stepping() as now:
            return self._shell.core.inject(fault, now)

    def undo(self, name: str) -> bool:
        """End a fault; False when it was not on. A lost service starts, and is ready some seconds later."""
        with self._lock:
            if name not in self._lost:
                return self._end(name)
            lost, outage = self._lost.pop(name)
            if timer := self._timers.pop(name, None):
                timer.cancel()
            if outage is not None:
                self._end(outage)
            if lost.only != "dynamodb" and lost.region not in self.without_service():
                self._start(lost.region)
            return True

    def undo_all(self) -> list[str]:
        """End every fault; return what they were."""
        return [one["id"] for one in self.list() if self.undo(one["id"])]

    def list(self) -> list[dict[str, Any]]:
        """The faults that are on, each with its id."""
        with self._lock:
            hidden = {outage for _, outage in self._lost.values()}
            shown = [{"id": name, **msgspec.to_builtins(lost)} for name, (lost, _) in self._lost.items()]
        with self._shell.lock:
            shown += [one for one in faults(self._shell.core) if one["id"] not in hidden]
        return shown

    def without_service(self) -> set[str]:
        """The Regions whose service is lost to a fault."""
        with self._lock:
            return {lost.region for lost, _ in self._lost.values() if lost.only != "dynamodb"}

    def close(self) -> None:
        """Let no timer start anything any more."""
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()

    def _lose(self, fault: LoseRegion) -> str:
        regions = self._shell.core.regions
        if fault.region not in regions:
            raise ValueError(f"region: there is no {fault.region!r} here, but {', '.join(regions)}")
        with self._lock:
            self._count += 1
            name = f"lost-{self._count}"
            outage = None
            if fault.only != "service":
                with self._shell.stepping() as now:
                    outage = self._shell.core.inject(Outage(region=fault.region, mode=fault.mode), now)
            self._lost[name] = (fault, outage)
            if fault.only != "dynamodb":
                self._kill(fault.region)
            if fault.seconds is not None:
                timer = self._timers[name] = threading.Timer(fault.seconds, self.undo, [name])
                timer.daemon = True
                timer.start()
            return name

    def _end(self, name: str) -> bool:
        with self._shell.stepping() as now:
            return self._shell.core.undo(name, now)


def read(raw: bytes) -> AnyFault:
    """Read a fault from JSON; msgspec's errors name the field."""
    told = msgspec.json.decode(raw)
    if isinstance(told, dict) and told.get("fault") == FIS_PAUSE:
        told = {**told, "fault": "pause-replication"}
    return msgspec.convert(told, type=AnyFault)  # type: ignore[no-any-return]  # a union is no type to mypy
