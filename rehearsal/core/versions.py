"""Which of two versions of an item wins, and which writes the loser takes with it.

AWS documents that global tables reconcile concurrent updates of an item by last writer wins, on an internal
timestamp that clients never see. Two things that it does not publish are chosen here so that Regions always
converge: a write made on top of a version is later than it, even where this Region's clock is behind; and
equal timestamps are decided by Region name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.core.items import Attributes, ItemName


class Stamp(NamedTuple):
    """The internal timestamp: microseconds of the writing Region's clock, then its name as the tie-break."""

    at_us: int
    region: str


WriteName: TypeAlias = tuple[str, int]
"""A Region, and the count of its writes to one item."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one item. `image` is None for a tombstone.

    It holds the writes that it was made on top of, itself included: of each Region as many as `seen` says,
    but not those `without`, which had lost before.
    """

    stamp: Stamp
    image: Attributes | None
    seen: Mapping[str, int]
    without: frozenset[WriteName] = frozenset()

    def holds(self, write: WriteName) -> bool:
        """Whether this version was made on top of a write."""
        return write[1] <= self.seen.get(write[0], 0) and write not in self.without

    def beyond(self, other: Version) -> Iterator[WriteName]:
        """The writes that this version holds and `other` does not."""
        for write in other.without:
            if self.holds(write):
                yield write
        for region, number in self.seen.items():
            for later in range(other.seen.get(region, 0) + 1, number + 1):
                if (region, later) not in self.without:
                    yield region, later


@dataclass(slots=True)
class Write:
    """One acknowledged write and the Regions that it has yet to reach."""

    item: ItemName
    region: str
    number: int
    at: float
    deletes: bool
    pending: set[str] = field(default_factory=set)

    @property
    def name(self) -> WriteName:
        """What tells it from all other writes to the item."""
        return self.region, self.number


def successor(
    current: Version | None, region: str, number: int, clock: float, image: Attributes | None
) -> Version:
    """Return the version that a Region's write to an item, its `number`th, makes on top of what it holds.

    `clock` is the Region's own, in seconds.
    """
    at_us = round(clock * 1_000_000)
    if current is None:
        return Version(Stamp(at_us, region), image, {region: number})
    held = current.seen.get(region, 0)
    without = current.without
    if number > held + 1:
        without |= {(region, lost) for lost in range(held + 1, number)}
    return Version(
        Stamp(max(at_us, current.stamp.at_us + 1), region), image, {**current.seen, region: number}, without
    )


def winner(one: Version, other: Version) -> Version:
    """Return the later of two versions."""
    return one if one.stamp >= other.stamp else other
