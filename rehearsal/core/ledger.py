"""What last-writer-wins cost: every lost update by name, and every write still in flight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from rehearsal.core.items import Attributes, ItemName
    from rehearsal.core.versions import Version, Write, WriteName

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
class Ledger:
    """All writes acknowledged, those in flight, and those lost."""

    acknowledged: int = 0
    in_flight: dict[tuple[ItemName, str, int], Write] = field(default_factory=dict)
    lost: dict[ItemName, dict[WriteName, LostUpdate]] = field(default_factory=dict)
    agreed: dict[ItemName, set[WriteName]] = field(default_factory=dict)
    """Writes beaten without a loss: both sides had deleted the item."""
    _contested: dict[ItemName, dict[WriteName, Write]] = field(default_factory=dict)

    def acknowledge(self, write: Write) -> None:
        """Note a write that a Region acknowledged."""
        self.acknowledged += 1
        if write.pending:
            self.in_flight[write.item, write.region, write.number] = write

    def reached(self, write: Write, region: str) -> None:
        """Note that a write has arrived in a Region, to win or to lose there."""
        write.pending.discard(region)
        if not write.pending:
            self.in_flight.pop((write.item, write.region, write.number), None)

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
        by_name = {write.name: write for write in carried}
        contested = self._contested.setdefault(item, {})
        for name in names:
            write = by_name.get(name) or self.in_flight.get((item, *name)) or contested.get(name)
            if write is None:
                raise LookupError(f"write {name} to {item} was lost, but never recorded")
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
            known[name] = LostUpdate(contested[name], fate, beaten.image, won.stamp.region, won.stamp.at_us, now)

    def lost_updates(self) -> list[LostUpdate]:
        """Every lost update, in the order of the writes."""
        found = [lost for by_name in self.lost.values() for lost in by_name.values()]
        return sorted(found, key=lambda lost: (lost.write.at, lost.write.item, lost.write.name))
