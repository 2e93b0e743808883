"""How writes go from one Region to another: late, in order for each item, held when told to."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from rehearsal.core.items import ItemName
    from rehearsal.core.versions import Version, Write


@dataclass(frozen=True, slots=True)
class Lag:
    """How long a write takes to reach another Region: log-normal, in seconds.

    AWS: usually within a second. The defaults have a median of 0.4 s and a 99th percentile of 1.3 s.
    """

    median: float = 0.4
    sigma: float = 0.5
    ceiling: float = 5.0

    def draw(self, rng: Random) -> float:
        """Return one lag in seconds."""
        if self.median <= 0:
            return 0.0
        return float(min(self.ceiling, self.median * rng.lognormvariate(0.0, self.sigma)))


@dataclass(slots=True)
class Parcel:
    """A version on its way, with the writes that it carries (more than one when the replicator coalesced)."""

    item: ItemName
    version: Version
    writes: list[Write]
    due: float
    backfill: bool = False
    """Sent to fill a new replica, which is not ACTIVE before all of these have arrived."""


@dataclass(slots=True)
class Link:
    """One direction between two Regions, held while any hold is on. Held writes to one item coalesce."""

    source: str
    target: str
    lag: Lag
    holds: set[str] = field(default_factory=set)
    _queue: list[tuple[float, int, Parcel]] = field(default_factory=list)
    _last: dict[ItemName, Parcel] = field(default_factory=dict)
    _count: int = 0

    def __len__(self) -> int:
        return len(self._queue)

    def send(self, item: ItemName, version: Version, writes: list[Write], now: float, rng: Random) -> None:
        """Queue a version; one without writes is a backfill. An item's earlier version arrives first, or
        coalesces."""
        last = self._last.get(item)
        if last is not None and self.holds:
            last.version = version
            last.writes.extend(writes)
            return
        due = now + self.lag.draw(rng)
        if last is not None:
            due = max(due, last.due)
        self._push(Parcel(item, version, list(writes), due, backfill=not writes))

    def hold(self, reason: str) -> None:
        """Stop delivering until every reason is released."""
        self.holds.add(reason)

    def release(self, reason: str, now: float, rng: Random) -> None:
        """Take a hold away; when it was the last, what was held is sent anew, one parcel an item."""
        if reason not in self.holds:
            return
        self.holds.discard(reason)
        if not self.holds:
            held, self._queue, self._last = sorted(self._queue), [], {}
            for _, _, parcel in held:
                earlier = self._last.get(parcel.item)
                if earlier is not None:
                    earlier.version = parcel.version
                    earlier.writes.extend(parcel.writes)
                    earlier.backfill |= parcel.backfill
                else:
                    parcel.due = max(parcel.due, now + self.lag.draw(rng))
                    self._push(parcel)

    def arrivals(self, now: float) -> list[Parcel]:
        """Take what is due; the caller delivers it all."""
        taken: list[Parcel] = []
        while self._queue and not self.holds and self._queue[0][0] <= now:
            _, _, parcel = heapq.heappop(self._queue)
            if self._last.get(parcel.item) is parcel:
                del self._last[parcel.item]
            taken.append(parcel)
        return taken

    def take(self, table: str) -> list[Parcel]:
        """Take all of one table, due or not, in the order of arrival."""
        taken = [parcel for _, _, parcel in sorted(self._queue) if parcel.item.table == table]
        if taken:
            self._queue = [entry for entry in self._queue if entry[2].item.table != table]
            heapq.heapify(self._queue)
            self._last = {item: parcel for item, parcel in self._last.items() if item.table != table}
        return taken

    def next_due(self) -> float | None:
        """When the next parcel is due, or None when nothing will arrive by itself."""
        return self._queue[0][0] if self._queue and not self.holds else None

    def parcels(self, table: str | None = None) -> list[Parcel]:
        """What is on its way, in order of arrival."""
        return [p for _, _, p in sorted(self._queue) if table is None or p.item.table == table]

    def filling(self, table: str) -> bool:
        """Whether any of a backfill of this table is on its way."""
        return any(p.backfill and p.item.table == table for _, _, p in self._queue)

    def _push(self, parcel: Parcel) -> None:
        self._count += 1
        heapq.heappush(self._queue, (parcel.due, self._count, parcel))
        self._last[parcel.item] = parcel
