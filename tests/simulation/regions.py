"""The world's own replication core, control plane and faults, over items in memory, in virtual time."""

import threading
from contextlib import nullcontext
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectTimeoutError
from dynamodr.fence.record import FENCE_KEY

from rehearsal.core.calls import Decision
from rehearsal.core.errors import AwsError
from rehearsal.core.global_tables import GlobalTables
from rehearsal.core.items import ItemName
from rehearsal.core.links import Lag
from rehearsal.core.timings import Timings
from rehearsal.engine.shell import Shell
from rehearsal.wire.app_scope import Scope
from rehearsal.wire.dynamodb_calls import DynamoDB
from tests.simulation.oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from rehearsal.core.items import Attributes, Key
    from rehearsal.core.tables import Request
    from rehearsal.core.versions import WriteName
    from tests.simulation.clockwork import Clockwork

TABLE = "users"
EAST, WEST = "us-east-1", "us-west-2"
REGIONS = (EAST, WEST)
CREATE = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "username", "KeyType": "HASH"},
        {"AttributeName": "last_name", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "username", "AttributeType": "S"},
        {"AttributeName": "last_name", "AttributeType": "S"},
    ],
}
UNHARMED = Decision()


class GoneError(Exception):
    """A call got no answer in time, or was refused."""


class Memory:
    """Items in memory: implements rehearsal.engine.base.Engine, but for requests in DynamoDB's language."""

    aliases_requests = False
    leaves_halves = False

    def __init__(self, arrived: "Callable[[str, Key], None]") -> None:
        """`arrived` is told of each item that replication has changed."""
        self.items: dict[str, dict[Key, Attributes]] = {region: {} for region in REGIONS}
        self.dropped: list[str] = []
        self._arrived = arrived

    def get(self, region: str, table: str, key: "Key") -> "Attributes | None":  # noqa: ARG002
        return self.items[region].get(key)

    def put(self, region: str, table: str, key: "Key", image: "Attributes") -> None:  # noqa: ARG002
        self.items[region][key] = image
        self._arrived(region, key)

    def delete(self, region: str, table: str, key: "Key") -> None:  # noqa: ARG002
        self.items[region].pop(key, None)
        self._arrived(region, key)

    def create_table(self, region: str, request: "Request") -> None:
        pass

    def update_indexes(self, region: str, request: "Request") -> None:
        pass

    def drop_table(self, region: str, table: str) -> None:
        self.dropped.append(f"{table} in {region}")

    def count(self, region: str, table: str) -> tuple[int, int]:  # noqa: ARG002
        return len(self.items[region]), 0

    def execute(self, region: str, operation: str, request: "Request") -> "Request":
        raise NotImplementedError

    def guard(self, region: str, items: "Iterable[ItemName]") -> "AbstractContextManager[object]":  # noqa: ARG002
        return nullcontext()

    def close(self) -> None:
        pass


class Regions:
    """Both Regions' DynamoDB. Calls take time, and meet the faults that are on."""

    def __init__(self, clock: "Clockwork", seed: int, *, born: bool, timings: Timings | None = None) -> None:
        """`born`: the global table is there already."""
        self.clock = clock
        self.rng = Random(seed)
        self.memory = Memory(self._arrived)
        self.fenced_since: dict[str, float | None] = {EAST: None, WEST: float("-inf")}
        """Since when a Region's own replica has said that it takes no writes; None while it says it does."""
        self.core = GlobalTables(REGIONS, seed, timings=timings or Timings(), lag=self._lag())
        self.shell = Shell(self.core, self.memory, clock.now, threading.RLock())
        self.oracle = Oracle()
        self.calls: list[tuple[str, str]] = []
        """(Region, operation) of every call to the control plane."""
        self._dynamodb = DynamoDB(self.shell)
        clock.beside = (self.core.next_due, self.shell.step)
        self.group = ""
        if born:
            self._bear()

    def _lag(self) -> Lag:
        return Lag(median=self.rng.choice((0.05, 0.3, 0.8, 2.0)), sigma=self.rng.choice((0.2, 0.6, 1.0)))

    def _bear(self) -> None:
        quick, self.core.control.timings = self.core.control.timings, Timings(factor=0.0)
        self._dynamodb.call(EAST, "CreateTable", dict(CREATE))
        self.shell.step()
        create = {"TableName": TABLE, "ReplicaUpdates": [{"Create": {"RegionName": WEST}}]}
        self._dynamodb.call(EAST, "UpdateTable", create)
        for _ in range(5):
            self.shell.step()
        self.core.control.timings = quick
        self.group = self.core.control.serving(WEST, TABLE).group.id

    def reach(self, region: str, operation: str, patience: float) -> None:
        """Let a call's time pass and its faults happen; raise GoneError."""
        decision = self._meet(region, operation)
        usual = self.rng.uniform(0.002, 0.02)
        if decision.hang_up or decision.delay + usual > patience:
            self.clock.sleep(patience if self.rng.random() < 0.5 else usual)
            raise GoneError(f"{region}: no answer to {operation}")
        self.clock.sleep(decision.delay + usual)
        if decision.error is not None or self._meet(region, operation).hang_up:
            raise GoneError(f"{region}: {operation} refused")

    def read(self, region: str, username: str, last_name: str) -> Any:
        """What a Region's replica holds of an item now; None if nothing."""
        held = self.memory.items[region].get((f"S{username}", f"S{last_name}"))
        return held and held["value"]

    def write(self, region: str, username: str, last_name: str, value: Any) -> None:
        """Write an item in a Region now (None deletes it), and let it be replicated."""
        key = (f"S{username}", f"S{last_name}")
        image = None if value is None else {"value": value}
        if image is not None:
            self.memory.items[region][key] = image
        elif self.memory.items[region].pop(key, None) is None:
            return  # deleting what is not there writes nothing
        item = ItemName(self.group, key)
        write = self.shell.record(region, item, image)
        version = self.core.replication.version(region, item)
        assert version is not None
        self.oracle.note(region, key, write.name, version.stamp, value)
        self._see_fence(region, key)

    def users(self, region: str) -> dict["Key", Any]:
        """All users that a Region's replica holds, by key."""
        items = self.memory.items[region].items()
        return {key: image["value"] for key, image in items if not key[0].startswith("S!")}

    def in_flight(self, source: str, target: str) -> set[tuple["Key", "WriteName"]]:
        """The writes of users that are on their way, as the world's ledger says."""
        pending = self.core.replication.ledger.in_flight.values()
        going = [write for write in pending if write.region == source and target in write.pending]
        return {(write.item.key, write.name) for write in going if not write.item.key[0].startswith("S!")}

    def api(self, region: str) -> Any:
        """DynamoDB in a Region as the table job calls it: boto3's errors."""

        def ask(operation: str, request: "Mapping[str, Any]") -> "Mapping[str, Any]":
            try:
                self.reach(region, operation, 4.0)
                self.calls.append((region, operation))
                return self._dynamodb.call(region, operation, dict(request))
            except GoneError as gone:
                raise ConnectTimeoutError(endpoint_url=region) from gone
            except AwsError as error:
                said: Any = {"Error": {"Code": error.code, "Message": error.message}}
                raise ClientError(said, operation) from error

        return ask

    def _arrived(self, region: str, key: "Key") -> None:
        version = self.core.replication.version(region, ItemName(self.group, key))
        assert version is not None
        self.oracle.arrived(region, key, version.stamp)
        self._see_fence(region, key)

    def _see_fence(self, region: str, key: "Key") -> None:
        if key[0] != f"S{FENCE_KEY[0]}":
            return
        if self.memory.items[region][key]["value"].active_region == region:
            self.fenced_since[region] = None
        elif self.fenced_since[region] is None:
            self.fenced_since[region] = self.clock.now()

    def _meet(self, region: str, operation: str) -> Decision:
        if not self.core.calls:
            return UNHARMED
        scope = Scope(access_key="AKIA", region=region, service="dynamodb")
        return self._dynamodb.meet_faults(scope, operation, {"TableName": TABLE}) or UNHARMED
