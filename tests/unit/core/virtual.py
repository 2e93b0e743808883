"""The core in virtual time, over a plain store: thousands of histories, with no engine, thread or clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.core.effects import DropCopy
from rehearsal.core.errors import unavailable
from rehearsal.core.global_tables import GlobalTables
from rehearsal.core.items import ItemName
from rehearsal.core.replicas import update_replicas

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.core.items import Attributes, Key
    from rehearsal.core.links import Lag
    from rehearsal.core.tables import Request
    from rehearsal.core.timings import Timings
    from rehearsal.core.versions import Write

FOREVER = 1e12


class MemoryStore:
    """Items by Region, table and key, in dictionaries."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], dict[Key, Attributes]] = {}

    def get(self, region: str, table: str, key: Key) -> Attributes | None:
        """Return an item, or None."""
        return self._items.get((region, table), {}).get(key)

    def put(self, region: str, table: str, key: Key, image: Attributes) -> None:
        """Store an item whole."""
        self._items.setdefault((region, table), {})[key] = image

    def delete(self, region: str, table: str, key: Key) -> None:
        """Delete an item, if it is there."""
        self._items.get((region, table), {}).pop(key, None)

    def items(self, region: str, table: str) -> dict[Key, Attributes]:
        """All items of a table in a Region."""
        return dict(self._items.get((region, table), {}))

    def drop(self, region: str, table: str) -> None:
        """Drop a table."""
        self._items.pop((region, table), None)


class VirtualTables:
    """Global tables in virtual time. `now` moves only in `run`; everything else happens at `now`."""

    def __init__(
        self,
        regions: Sequence[str],
        seed: int,
        *,
        timings: Timings | None = None,
        lag: Lag | None = None,
        now: float = 1_800_000_000.0,
    ) -> None:
        self.core = GlobalTables(regions, seed, timings=timings, lag=lag)
        self.store = MemoryStore()
        self.now = now

    def put(self, region: str, table: str, key: Key, image: Attributes) -> Write:
        """Store an item in a Region. Raises AwsError where the table does not answer there."""
        item = self.name(region, table, key)
        self.store.put(region, table, key, image)
        return self.core.replication.write(region, item, image, self.now)

    def delete(self, region: str, table: str, key: Key) -> Write | None:
        """Delete an item in a Region; None when it was not there. Raises AwsError as put does."""
        item = self.name(region, table, key)
        if self.store.get(region, table, key) is None:
            return None
        self.store.delete(region, table, key)
        return self.core.replication.write(region, item, None, self.now)

    def get(self, region: str, table: str, key: Key) -> Attributes | None:
        """Read an item in a Region. Raises AwsError as put does."""
        self.name(region, table, key)
        return self.store.get(region, table, key)

    def items(self, region: str, table: str) -> dict[Key, Attributes]:
        """All items in a Region, whatever its state: what a later look would find there."""
        return self.store.items(region, table)

    def name(self, region: str, table: str, key: Key) -> ItemName:
        """The name of an item, for a call in a Region. Raises AwsError where the table does not answer
        there."""
        if region in self.core.control.unreachable:
            raise unavailable()
        return ItemName(self.core.control.serving(region, table).group.id, key)

    def create_global(self, request: Request, home: str, *others: str) -> None:
        """Make a table with replicas, and let the time pass that it takes."""
        name = request["TableName"]
        self.core.control.create(home, request, self.now)
        self.run_until_active(home, name)
        for other in others:
            replicas = [{"Create": {"RegionName": other}}]
            update_replicas(
                self.core.control, home, {"TableName": name, "ReplicaUpdates": replicas}, self.now
            )
            self.run_until_active(other, name)

    def run_until_active(self, region: str, table: str) -> None:
        """Let time pass until a Region's copy is ACTIVE. Raises LookupError when nothing leads there."""
        for _ in self._dues(FOREVER):
            copy = self.core.control.find(region, table)
            if copy is not None and copy.status == "ACTIVE":
                return
        raise LookupError(f"{table} in {region} does not become ACTIVE")

    def run(self, until: float | None = None) -> None:
        """Let time pass until then; or, when absent, until nothing more will happen by itself."""
        for _ in self._dues(FOREVER if until is None else until):
            pass
        if until is not None:
            self.now = max(self.now, until)
            self._step()

    def _dues(self, until: float) -> Iterator[float]:
        self._step()
        while (due := self.core.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self._step()
            yield self.now

    def _step(self) -> None:
        self.core.advance(self.now)
        for effect in self.core.control.take_effects():
            if isinstance(effect, DropCopy):
                self.store.drop(effect.region, effect.table)
        for arrival in self.core.replication.arrivals(self.now):
            if self.core.replication.arrive(arrival, self.now):
                item, image = arrival.parcel.item, arrival.parcel.version.image
                table = item.table.split("/")[0]
                if image is None:
                    self.store.delete(arrival.target, table, item.key)
                else:
                    self.store.put(arrival.target, table, item.key, image)
