"""A strongly consistent global table (MRSC) over HTTP: three Regions in one call, no lag, conflicts."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from botocore.exceptions import ClientError

from rehearsal.core.faults import Outage, Partition
from rehearsal.core.links import Lag
from rehearsal.world import World
from tests.rehearsal.worlds import ADA, EAST, KEY, OHIO, WEST, client, eventually, is_active, start, users

HOUR = Lag(median=3600.0, sigma=0.0, ceiling=3600.0)


@pytest.fixture
def world() -> Iterator[World]:
    with start(regions=(EAST, WEST, OHIO), lag=HOUR) as running:
        east = client(running)
        east.create_table(**users())
        eventually(lambda: is_active(running, EAST, "users"))
        east.update_table(
            TableName="users",
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": WEST}}, {"Create": {"RegionName": OHIO}}],
        )
        for region in (EAST, WEST, OHIO):
            eventually(lambda region=region: is_active(running, region, "users"))  # type: ignore[misc]
        yield running


def test_a_write_is_read_in_every_region_at_once(world: World) -> None:
    client(world, WEST).put_item(TableName="users", Item=ADA)
    for region in (EAST, WEST, OHIO):
        here = client(world, region)
        assert here.get_item(TableName="users", Key=KEY, ConsistentRead=True)["Item"] == ADA
        assert here.describe_table(TableName="users")["Table"]["MultiRegionConsistency"] == "STRONG"
    assert not world.ledger()["in_flight"]


def test_two_regions_that_write_one_item_conflict_and_a_retry_succeeds(world: World) -> None:
    with world.shell.lock:
        world.core.replication.contention.delay = Lag(median=0.8, sigma=0.0)
    clients, together = {region: client(world, region) for region in (EAST, WEST)}, Barrier(2)

    def outcome(region: str) -> str:
        with contextlib.suppress(BrokenBarrierError):
            together.wait()
        try:
            clients[region].update_item(
                TableName="users",
                Key=KEY,
                UpdateExpression="ADD #n :one",
                ExpressionAttributeNames={"#n": "count"},
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "written"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(outcome, (EAST, WEST)))
    assert outcomes == ["ReplicatedWriteConflictException", "written"]
    together.abort()
    eventually(lambda: outcome(WEST) == "written")
    item = client(world, OHIO).get_item(TableName="users", Key=KEY, ConsistentRead=True)["Item"]
    assert item["count"] == {"N": "2"}
    assert not world.ledger()["lost_updates"]


def test_a_region_alone_neither_writes_nor_reads_strongly_and_catches_up_when_it_is_back(
    world: World,
) -> None:
    client(world).put_item(TableName="users", Item=ADA)
    faults = [world.inject(Partition(regions=(WEST, other))) for other in (EAST, OHIO)]
    west = client(world, WEST)
    newer = {**ADA, "version": {"N": "2"}}
    client(world).put_item(TableName="users", Item=newer)
    assert west.get_item(TableName="users", Key=KEY)["Item"] == ADA
    with pytest.raises(ClientError, match="InternalServerError"):
        west.get_item(TableName="users", Key=KEY, ConsistentRead=True)
    with pytest.raises(ClientError, match="InternalServerError"):
        west.put_item(TableName="users", Item=ADA)
    for fault in faults:
        world.undo(fault)
    assert west.get_item(TableName="users", Key=KEY, ConsistentRead=True)["Item"] == newer


def test_the_loss_of_one_region_of_three_stops_nobody_else(world: World) -> None:
    world.inject(Outage(region=EAST))
    client(world, WEST).put_item(TableName="users", Item=ADA)
    ohio = client(world, OHIO)
    assert ohio.get_item(TableName="users", Key=KEY, ConsistentRead=True)["Item"] == ADA


def test_transactions_are_not_for_strong_tables(world: World) -> None:
    east = client(world)
    with pytest.raises(ClientError, match="Transactions are not supported"):
        east.transact_write_items(TransactItems=[{"Put": {"TableName": "users", "Item": ADA}}])
    with pytest.raises(ClientError, match="Transactions are not supported"):
        east.transact_get_items(TransactItems=[{"Get": {"TableName": "users", "Key": KEY}}])
    assert "Item" not in east.get_item(TableName="users", Key=KEY)
