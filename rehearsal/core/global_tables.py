"""The pure world of global tables: control plane, replication, ledger and faults as one thing."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from rehearsal.core.calls import Calls
from rehearsal.core.control import ControlPlane
from rehearsal.core.expiry import Expiry
from rehearsal.core.faults import (
    DropCreate,
    Fault,
    Outage,
    Partition,
    PauseReplication,
    Skew,
)
from rehearsal.core.links import Lag
from rehearsal.core.replication import Replication
from rehearsal.core.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.core.tables import Copy


class GlobalTables:
    """All of DynamoDB that is not storage. One seed and the same calls at the same times: one history.

    Times are seconds of one clock that the caller owns; nothing happens but in calls.
    """

    def __init__(
        self,
        regions: Sequence[str],
        seed: int,
        *,
        timings: Timings | None = None,
        lag: Lag | None = None,
        account: str = "123456789012",
        disabled_regions: frozenset[str] = frozenset(),
    ) -> None:
        self.regions = list(regions)
        self.replication = Replication(self.regions, Random(seed), lag or Lag())  # noqa: S311  # not for secrets
        self.control = ControlPlane(
            self.replication,
            Random(seed + 1),  # noqa: S311  # not for secrets
            account,
            disabled_regions,
            timings or Timings(),
        )
        self.calls = Calls(account)
        self.expiry = Expiry()
        self.faults: dict[str, Fault] = {}
        self._count = 0

    def advance(self, now: float) -> None:
        """Let everything happen that is due: states change, faults end."""
        self.control.advance(now)

    def next_due(self) -> float | None:
        """When the next thing happens by itself, or None."""
        scheduled, arriving = self.control.schedule.next_due(), self.replication.next_due()
        if scheduled is None or arriving is None:
            return arriving if scheduled is None else scheduled
        return min(scheduled, arriving)

    def has_quorum(self, copy: Copy) -> bool:
        """Whether a strongly consistent table's copy reaches a second Region, witness included."""
        others = [other.region for other in copy.group.copies if other is not copy]
        if copy.group.witness is not None:
            others.append(copy.group.witness.region)
        links = self.replication.links
        return any(
            other not in self.control.unreachable
            and ((copy.region, other) not in links or not links[copy.region, other].holds)
            for other in others
        )

    def inject(self, fault: Fault, now: float) -> str:
        """Let a fault begin; returns the id that undoes it. Raises ValueError for an unknown Region."""
        self._check_regions(fault)
        self._count += 1
        name = f"fault-{self._count}"
        self.faults[name] = fault
        match fault:
            case PauseReplication():
                self.replication.hold(name, fault.source, fault.target)
            case Partition(regions=(one, other)):
                self.replication.hold(name, one, other)
                self.replication.hold(name, other, one)
            case Outage():
                self.replication.hold(name, source=fault.region)
                self.replication.hold(name, target=fault.region)
                self.calls.add(name, fault)
            case Skew():
                self.replication.skew[fault.region] = self.replication.skew.get(fault.region, 0.0) + fault.by
            case DropCreate():
                self.control.drops_to_come += fault.count
            case _:
                self.calls.add(name, fault)
        self._see_outages()
        if fault.seconds is not None:
            self.control.schedule.at(now + fault.seconds, lambda at: self._end(name, at))
        return name

    def _end(self, name: str, now: float) -> None:
        self.undo(name, now)

    def undo(self, name: str, now: float) -> bool:
        """End a fault; False when there is none of that id (any more)."""
        fault = self.faults.pop(name, None)
        if fault is None:
            return False
        self.calls.remove(name)
        self.replication.release(name, now)
        if isinstance(fault, Skew):
            self.replication.skew[fault.region] -= fault.by
        elif isinstance(fault, DropCreate):
            self.control.drops_to_come = max(0, self.control.drops_to_come - fault.count)
        self._see_outages()
        return True

    def _see_outages(self) -> None:
        self.control.unreachable = {f.region for f in self.faults.values() if isinstance(f, Outage)}

    def _check_regions(self, fault: Fault) -> None:
        named: list[Any] = [getattr(fault, field, None) for field in ("region", "source", "target")]
        for region in (*named, *getattr(fault, "regions", ())):
            if region is not None and region not in self.regions:
                raise ValueError(f"no Region {region!r} in this world; there are {', '.join(self.regions)}")
