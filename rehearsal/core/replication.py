"""Asynchronous replication: which Region holds which version of an item, and what is on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.core.contention import Contention
from rehearsal.core.ledger import Ledger
from rehearsal.core.links import Lag, Link, Parcel
from rehearsal.core.versions import Version, Write, successor, winner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from rehearsal.core.items import Attributes, ItemName


class Arrival(NamedTuple):
    """A parcel that is due in a Region."""

    source: str
    target: str
    parcel: Parcel


@dataclass(slots=True)
class Replication:
    """The replicator of all global tables. Times are seconds of one clock that the caller owns.

    A shell (threads and an engine, or a simulation) calls `write` for each acknowledged write, and
    `arrivals`, then `arrive` for each; when that returns True it stores the parcel's image, or deletes the
    item, there.
    """

    regions: Sequence[str]
    rng: Random
    lag: Lag = field(default_factory=Lag)
    ledger: Ledger = field(default_factory=Ledger)
    skew: dict[str, float] = field(default_factory=dict)
    written: dict[ItemName, dict[str, int]] = field(default_factory=dict)
    """How many writes each Region has made to an item."""
    strong: set[str] = field(default_factory=set)
    """Tables whose writes reach the other Regions before they are acknowledged."""
    contention: Contention = field(init=False)
    links: dict[tuple[str, str], Link] = field(init=False)
    _members: dict[str, list[str]] = field(default_factory=dict)
    _held: dict[str, dict[ItemName, Version]] = field(init=False)

    def __post_init__(self) -> None:
        self.contention = Contention(rng=self.rng)
        self.links = {(a, b): Link(a, b, self.lag) for a in self.regions for b in self.regions if a != b}
        self._held = {region: {} for region in self.regions}

    def members(self, table: str) -> Sequence[str]:
        """The Regions that hold a copy of the table and receive its writes."""
        return self._members.get(table, ())

    def join(self, table: str, region: str) -> None:
        """Let a Region receive the table's writes from now on."""
        members = self._members.setdefault(table, [])
        if region not in members:
            members.append(region)

    def leave(self, table: str, region: str) -> None:
        """Forget a Region's copy. What it had sent is still delivered; what was sent to it is dropped."""
        members = self._members.get(table, [])
        if region in members:
            members.remove(region)
        for (_, target), link in self.links.items():
            if target == region:
                for parcel in link.take(table):
                    for write in parcel.writes:
                        self.ledger.reached(write, region)
        self._held[region] = {item: v for item, v in self._held[region].items() if item.table != table}

    def version(self, region: str, item: ItemName) -> Version | None:
        """What a Region holds of an item; a tombstone is a version too."""
        return self._held[region].get(item)

    def versions(self, region: str, table: str) -> Iterator[tuple[ItemName, Version]]:
        """All that a Region holds of a table, tombstones included."""
        return ((item, v) for item, v in self._held[region].items() if item.table == table)

    def write(self, region: str, item: ItemName, image: Attributes | None, now: float) -> Write:
        """Record a write (image None: a delete) that a Region has made, and send it to the other members."""
        written = self.written.setdefault(item, {})
        written[region] = number = written.get(region, 0) + 1
        clock = now + self.skew.get(region, 0.0)
        version = successor(self._held[region].get(item), region, number, clock, image)
        self._held[region][item] = version
        others = [member for member in self._members.get(item.table, ()) if member != region]
        write = Write(item, region, number, now, image is None, set(others))
        self.ledger.acknowledge(write)
        for other in others:
            self.links[region, other].send(item, version, [write], now, self.rng)
        return write

    def has_items(self, region: str, table: str) -> bool:
        """Whether a Region holds any item of a table."""
        return any(version.image is not None for _, version in self.versions(region, table))

    def at_once(self, table: str, source: str | None = None, target: str | None = None) -> list[Arrival]:
        """Take all of a table that no hold keeps back, due or not: strong consistency waits for it."""
        return [
            Arrival(link.source, link.target, parcel)
            for link in self._chosen(source, target)
            if not link.holds
            for parcel in link.take(table)
        ]

    def backfill(self, table: str, target: str, now: float) -> None:
        """Send all that the other members hold of a table to a Region that has just joined."""
        for source in self._members.get(table, ()):
            if source != target:
                for item, version in list(self.versions(source, table)):
                    self.links[source, target].send(item, version, [], now, self.rng)

    def drained(self, table: str, target: str) -> bool:
        """Whether the backfill of a Region has arrived whole."""
        return not any(link.filling(table) for (_, to), link in self.links.items() if to == target)

    def arrivals(self, now: float) -> list[Arrival]:
        """Take everything that is due, in the order in which it is due."""
        due = [Arrival(a, b, parcel) for (a, b), link in self.links.items() for parcel in link.arrivals(now)]
        due.sort(key=lambda arrival: arrival.parcel.due)
        return due

    def arrive(self, arrival: Arrival, now: float) -> bool:
        """Settle one arrival; True when the target must now store the parcel's version."""
        wins = self._merge(arrival, now)
        for write in arrival.parcel.writes:
            self.ledger.reached(write, arrival.target)
        return wins

    def _merge(self, arrival: Arrival, now: float) -> bool:
        target, parcel = arrival.target, arrival.parcel
        item, incoming = parcel.item, parcel.version
        if target not in self._members.get(item.table, ()):
            return False
        held = self._held[target].get(item)
        if held is None:
            self._held[target][item] = incoming
            return True
        won = winner(held, incoming)
        beaten = held if won is incoming else incoming
        self.ledger.settle(item, won, beaten, parcel.writes, now)
        if won is held:
            return False
        self._held[target][item] = incoming
        return True

    def next_due(self) -> float | None:
        """When the next parcel arrives by itself, or None."""
        first: float | None = None  # asked for at each step of a simulation: no list, no generator
        for link in self.links.values():
            due = link.next_due()
            if due is not None and (first is None or due < first):
                first = due
        return first

    def set_lag(self, lag: Lag, source: str | None = None, target: str | None = None) -> None:
        """Change the lag of new writes, in every direction or from and to the Regions named.

        Raises ValueError for a Region that is not there.
        """
        for link in self._chosen(source, target):
            link.lag = lag

    def hold(self, reason: str, source: str | None = None, target: str | None = None) -> None:
        """Stop replication, in every direction or from and to the Regions named, until released."""
        for link in self._chosen(source, target):
            link.hold(reason)

    def release(self, reason: str, now: float, source: str | None = None, target: str | None = None) -> None:
        """Take a hold away; what was held is delivered late, and merges."""
        for link in self._chosen(source, target):
            link.release(reason, now, self.rng)

    def _chosen(self, source: str | None, target: str | None) -> list[Link]:
        for region in (source, target):
            if region is not None and region not in self.regions:
                raise ValueError(f"no Region {region!r} in this world; there are {', '.join(self.regions)}")
        return [
            link
            for (a, b), link in self.links.items()
            if (source is None or a == source) and (target is None or b == target)
        ]
