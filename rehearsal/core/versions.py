"""Which of two versions of an item wins, and which writes the loser takes with it.

AWS documents that global tables reconcile concurrent updates of an item by last writer wins, on an internal
timestamp that clients never see. Two things that it does not publish are chosen here so that Regions always
converge: a write made on top of a version is later than it, even where this Region's clock is behind; and
equal timestamps are decided by Region name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.core.items import Attributes, ItemName


class Stamp(NamedTuple):
    """The internal timestamp: microseconds of the writing Region's clock, then its name as the tie-break."""

    at_us: int
    region: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one item. `image` is None for a tombstone.

    `seen` is its causal past: for each Region, how many of that Region's writes to this item it was made on
    top of, itself included.
    """

    stamp: Stamp
    image: Attributes | None
    seen: Mapping[str, int]

    def beyond(self, other: Version) -> Iterator[tuple[str, int]]:
        """The writes (Region, number) that this version holds and `other` was made without."""
        known = other.seen
        for region, number in self.seen.items():
            for missing in range(known.get(region, 0) + 1, number + 1):
                yield region, missing


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
    def name(self) -> tuple[str, int]:
        """The Region and the count of its writes to this item, unique within the item."""
        return self.region, self.number


def successor(current: Version | None, region: str, clock: float, image: Attributes | None) -> Version:
    """Return the version that a write in `region`, at its `clock` in seconds, makes on top of `current`."""
    at_us = round(clock * 1_000_000)
    if current is None:
        return Version(Stamp(at_us, region), image, {region: 1})
    seen = dict(current.seen)
    seen[region] = seen.get(region, 0) + 1
    return Version(Stamp(max(at_us, current.stamp.at_us + 1), region), image, seen)


def winner(one: Version, other: Version) -> Version:
    """Return the later of two versions."""
    return one if one.stamp >= other.stamp else other
