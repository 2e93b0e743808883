"""A global table in virtual time: replicas, last writer wins, lag, pauses and outages."""

import random
from typing import Any

import msgspec
from dynamodr.failover.digest import Digest, Written, digest
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.view import Capacity, Replica
from dynamodr.fence.record import Fence, Heartbeat

from tests.unit.failover.virtual.time import Time

MARKERS = 8


class Replicated(msgspec.Struct):
    """One version of one item."""

    value: Any
    stamp: tuple[float, str]


class Table:
    """Every Region's replica."""

    def __init__(self, time: Time, regions: tuple[str, ...], seed: int = 0) -> None:
        self.time = time
        self.regions = regions
        self.rng = random.Random(seed)
        self.held: dict[str, dict[Any, Replicated]] = {region: {} for region in regions}
        self.down: set[str] = set()
        self.paused: set[tuple[str, str]] = set()
        self.waiting: list[tuple[str, str, Any, Replicated]] = []
        self.lag = (0.2, 1.5)
        self.counted: int | None = None
        """What the table's description says of its size, if not the truth: AWS counts every few hours."""
        self.status = dict.fromkeys(regions, "ACTIVE")
        self.billing = "PAY_PER_REQUEST"

    def reach(self, region: str) -> None:
        if region in self.down:
            raise CallFailedError(f"{region}: no answer")

    def read(self, region: str, key: Any) -> Any:
        found = self.held[region].get(key)
        return found.value if found else None

    def write(self, region: str, key: Any, value: Any) -> None:
        old = self.held[region].get(key)
        at = self.time.now() if old is None else max(self.time.now(), old.stamp[0] + 1e-6)
        new = Replicated(value, (at, region))
        self.held[region][key] = new
        for other in self.regions:
            if other != region:
                self._send(region, other, key, new)

    def pause(self, source: str, target: str) -> None:
        self.paused.add((source, target))

    def resume(self, source: str, target: str) -> None:
        self.paused.discard((source, target))
        self._retry()

    def lose(self, region: str) -> None:
        self.down.add(region)

    def restore(self, region: str) -> None:
        self.down.discard(region)
        self._retry()

    def users(self, region: str) -> dict[tuple[str, str], str]:
        rows = self.held[region].items()
        return {key: one.value for key, one in rows if isinstance(key, tuple) and one.value is not None}

    def _send(self, source: str, target: str, key: Any, version: Replicated) -> None:
        self.time.at(self.rng.uniform(*self.lag), lambda: self._arrive(source, target, key, version))

    def _arrive(self, source: str, target: str, key: Any, version: Replicated) -> None:
        if (source, target) in self.paused or source in self.down or target in self.down:
            self.waiting.append((source, target, key, version))
            return
        held = self.held[target].get(key)
        if held is None or held.stamp < version.stamp:
            self.held[target][key] = version

    def _retry(self) -> None:
        waiting, self.waiting = self.waiting, []
        for source, target, key, version in waiting:
            self._send(source, target, key, version)


class Calls:
    """One Region's replica, for a follower (errors are raised) and for the command (`failover.ports`)."""

    def __init__(self, table: Table, region: str, latency: float = 0.0, timeout: float = 0.0) -> None:
        """A pod's calls take no time: a pod that slept would make all others wait."""
        self.table = table
        self.region = region
        self.latency = latency
        self.timeout = timeout

    def fence(self) -> Fence | None:
        self._reach()
        fence: Fence | None = self.table.read(self.region, "fence")
        return fence

    def heartbeats(self) -> dict[str, Heartbeat]:
        self._reach()
        return self._heartbeats()

    def beat(self, heartbeat: Heartbeat) -> bool:
        self._reach()
        old: Heartbeat | None = self.table.read(self.region, f"beat {heartbeat.region}")
        if old is not None and old.beat != heartbeat.beat - 1:
            return False
        self.table.write(self.region, f"beat {heartbeat.region}", heartbeat)
        return True

    def look(self) -> Replica:
        self._reach()
        others = {one: self.table.status[one] for one in self.table.regions if one != self.region}
        return Replica(
            region=self.region,
            status="ACTIVE",
            replicas=others,
            items=len(self.table.users(self.region)) if self.table.counted is None else self.table.counted,
            capacity=Capacity(billing=self.table.billing),
            fence=self.table.read(self.region, "fence"),
            heartbeats=self._heartbeats(),
        )

    def move(self, fence: Fence, over: int | None) -> bool:
        self._reach()
        old: Fence | None = self.table.read(self.region, "fence")
        if (old.epoch if old else None) != over:
            return False
        self.table.write(self.region, "fence", fence)
        return True

    def digest(self, most: int) -> Digest | None:
        self._reach()
        users = self.table.users(self.region)
        if len(users) > most:
            return None
        return digest(Written(*key, "1", write_id or None) for key, write_id in users.items())

    def mark(self, epoch: int) -> None:
        self._reach()
        for number in range(MARKERS):
            self.table.write(self.region, f"marker {number}", epoch)

    def marked(self, epoch: int) -> bool:
        self._reach()
        return all(self.table.read(self.region, f"marker {number}") == epoch for number in range(MARKERS))

    def _reach(self) -> None:
        if self.latency:
            self.table.time.sleep(self.timeout if self.region in self.table.down else self.latency)
        self.table.reach(self.region)

    def _heartbeats(self) -> dict[str, Heartbeat]:
        found = {one: self.table.read(self.region, f"beat {one}") for one in self.table.regions}
        return {region: beat for region, beat in found.items() if beat}
