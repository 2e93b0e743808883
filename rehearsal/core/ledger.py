"""What last-writer-wins cost: every lost update by name, and every write still in flight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from rehearsal.core.versions import Write

if TYPE_CHECKING:
    from rehearsal.core.items import Attributes, ItemName
    from rehearsal.core.versions import Version, WriteName

KEPT = 1000
"""How many writes to one item are kept while any is in flight."""

Fate: TypeAlias = Literal["overwritten", "resurrected", "deleted-over"]
"""overwritten: a put lost to a put. resurrected: a delete lost, and the item lives. deleted-over: a put lost
to a delete."""


@dataclass(frozen=True, slots=True)
class LostUpdate:
    """An acknowledged write that no Region will show, because a concurrent one elsewhere was later."""

    write: Write
    fate: Fate
    lost_image: Attributes | None
    won_by: str
    won_at_us: int
    found_at: float


@dataclass(slots=True)
class _Open:
    """The writes to an item while any is in flight: each may yet meet one that was made without it."""

    writes: dict[WriteName, Write] = field(default_factory=dict)
    in_flight: int = 0


@dataclass(slots=True)
class Ledger:
    """All writes acknowledged, those in flight, and those lost."""

    acknowledged: int = 0
    in_flight: dict[tuple[ItemName, str, int], Write] = field(default_factory=dict)
    lost: dict[ItemName, dict[WriteName, LostUpdate]] = field(default_factory=dict)
    agreed: dict[ItemName, set[WriteName]] = field(default_factory=dict)
    """Writes beaten without a loss: both sides had deleted the item."""
    _open: dict[ItemName, _Open] = field(default_factory=dict)
    _contested: dict[ItemName, dict[WriteName, Write]] = field(default_factory=dict)

    def acknowledge(self, write: Write) -> None:
        """Note a write that a Region acknowledged."""
        self.acknowledged += 1
        if write.pending:
            self.in_flight[write.item, write.region, write.number] = write
            opened = self._open.setdefault(write.item, _Open())
            opened.writes[write.name] = write
            opened.in_flight += 1
            if len(opened.writes) > KEPT:
                del opened.writes[next(iter(opened.writes))]

    def reached(self, write: Write, region: str) -> None:
        """Note that a write has arrived in a Region, to win or to lose there."""
        write.pending.discard(region)
        if write.pending or self.in_flight.pop((write.item, *write.name), None) is None:
            return
        opened = self._open[write.item]
        opened.in_flight -= 1
        if opened.in_flight == 0:
            del self._open[write.item]

    def settle(self, item: ItemName, won: Version, beaten: Version, carried: list[Write], now: float) -> None:
        """Note what `beaten` held and `won` does not, and take back what `won` holds after all.

        Taking back needs three Regions: a write that lost to one version may live on in a later one.
        """
        known = self.lost.get(item, {})
        for name in [name for name in known if won.holds(name)]:
            del known[name]
        names = [name for name in beaten.beyond(won) if name not in known]
        if not names:
            return
        opened = self._open.get(item, _Open()).writes
        by_name = {write.name: write for write in carried}
        contested = self._contested.setdefault(item, {})
        for name in names:
            write = by_name.get(name) or opened.get(name) or contested.get(name)
            if write is None:
                # Of a hot item of three Regions, long settled: its own time is forgotten, its loss is not.
                write = Write(item, *name, beaten.stamp.at_us / 1e6, deletes=beaten.image is None)
            contested[name] = write
        agreed = self.agreed.setdefault(item, set())
        if beaten.image is None and won.image is None:
            agreed.update(names)
            return
        agreed.difference_update(names)
        fate: Fate = "overwritten"
        if beaten.image is None:
            fate = "resurrected"
        elif won.image is None:
            fate = "deleted-over"
        known = self.lost.setdefault(item, known)
        for name in names:
            lost = LostUpdate(contested[name], fate, beaten.image, won.stamp.region, won.stamp.at_us, now)
            known[name] = lost

    def lost_updates(self) -> list[LostUpdate]:
        """Every lost update, in the order of the writes."""
        found = [lost for by_name in self.lost.values() for lost in by_name.values()]
        return sorted(found, key=lambda lost: (lost.write.at, lost.write.item, lost.write.name))
