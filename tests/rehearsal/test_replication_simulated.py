"""The real operations in virtual time: used like boto3, repeatable from a seed, and fast."""

import random
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from rehearsal.core.faults import Latency, Outage, Partition, Throttle
from rehearsal.core.timings import Timings
from tests.rehearsal.simulated import SimulatedWorld
from tests.rehearsal.worlds import ADA, EAST, KEY, WEST, client, make_global, start, users


def simulated(seed: int = 0) -> SimulatedWorld:
    world = SimulatedWorld(seed=seed, timings=Timings())
    east = world.client(EAST)
    east.create_table(**users())
    world.advance(10)
    east.update_table(TableName="users", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
    world.advance(60)
    return world


ONE = {":one": {"N": "1"}}
GOOD = {"PutRequest": {"Item": {**ADA, "username": {"S": "good"}}}}


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        pytest.param(
            "update_item",
            {"Key": KEY, "UpdateExpression": "SET a = :one ADD mail :one", "ExpressionAttributeValues": ONE},
            id="SET-then-ADD-to-a-string",
        ),
        pytest.param(
            "batch_write_item",
            [GOOD, {"PutRequest": {"Item": {**ADA, "pad": {"S": "x" * 420_000}}}}],
            id="one-good-one-too-big",
        ),
        pytest.param(
            "batch_write_item",
            [
                {"DeleteRequest": {"Key": KEY}},
                GOOD,
                {"PutRequest": {"Item": {**ADA, "username": {"N": "1"}}}},
            ],
            id="one-gone-one-good-one-without-its-key",
        ),
    ],
)
def test_what_is_refused_half_way_changes_nothing(method: str, request_: Any) -> None:
    world = simulated()
    east, west = world.client(EAST), world.client(WEST)
    east.put_item(TableName="users", Item=ADA)
    world.advance(10)
    whole = (
        {"RequestItems": {"users": request_}}
        if method.startswith("batch")
        else {"TableName": "users", **request_}
    )
    with pytest.raises(ClientError, match="ValidationException"):
        getattr(east, method)(**whole)
    world.advance(10)
    for client_ in (east, west):
        assert client_.scan(TableName="users")["Items"] == [ADA]
    assert world.ledger()["lost_updates"] == world.ledger()["in_flight"] == []


def test_a_batch_names_each_item_once() -> None:
    world = simulated()
    east = world.client(EAST)
    twice = [GOOD, {"DeleteRequest": {"Key": {**KEY, "username": {"S": "good"}}}}]
    with pytest.raises(ClientError, match="Provided list of item keys contains duplicates"):
        east.batch_write_item(RequestItems={"users": twice})
    assert east.scan(TableName="users")["Items"] == []


def test_a_direct_client_answers_as_boto3_does() -> None:
    direct = simulated()
    with start() as running:
        make_global(running)
        over_http, here = client(running), direct.client(EAST)
        calls: list[tuple[str, Any]] = [
            ("put_item", {"TableName": "users", "Item": ADA}),
            ("get_item", {"TableName": "users", "Key": KEY}),
            ("get_item", {"TableName": "users", "Key": {"username": {"S": "x"}}}),
            ("describe_table", {"TableName": "users"}),
            ("describe_table", {"TableName": "none"}),
            ("list_tables", {}),
            ("delete_table", {"TableName": "users"}),
            (
                "put_item",
                {"TableName": "users", "Item": ADA, "ConditionExpression": "attribute_not_exists(mail)"},
            ),
        ]
        for method, request in calls:
            assert outcome(here, method, request) == outcome(over_http, method, request), (method, request)
        with pytest.raises(here.exceptions.ConditionalCheckFailedException):
            here.put_item(**calls[-1][1])
        with pytest.raises(AttributeError):
            here.put_items()


def outcome(caller: Any, method: str, request: Any) -> Any:
    try:
        answer = dict(getattr(caller, method)(**request))
    except ClientError as error:
        return error.response["Error"], error.operation_name, type(error).__name__
    answer.pop("ResponseMetadata")
    return same(answer)


def same(value: Any) -> Any:
    """Without what is each table's own."""
    own = {"TableId", "CreationDateTime", "LatestStreamLabel", "LatestStreamArn"}
    if isinstance(value, dict):
        return {
            name: type(inner).__name__ if name in own or name.endswith("DateTime") else same(inner)
            for name, inner in value.items()
        }
    return [same(inner) for inner in value] if isinstance(value, list) else value


def test_time_passes_only_when_told_to_and_faults_wait_in_it() -> None:
    world = simulated()
    east, west, began = world.client(EAST), world.client(WEST), world.now
    east.put_item(TableName="users", Item=ADA)
    assert "Item" not in west.get_item(TableName="users", Key=KEY)
    world.inject(Latency(region=EAST, delay=2.0))
    east.get_item(TableName="users", Key=KEY)
    assert world.now == pytest.approx(began + 2.0)
    assert west.get_item(TableName="users", Key=KEY)["Item"] == ADA
    world.inject(Throttle(region=WEST, calls=1))
    with pytest.raises(west.exceptions.ProvisionedThroughputExceededException):
        west.get_item(TableName="users", Key=KEY)
    outage = world.inject(Outage(region=WEST))
    with pytest.raises(ConnectionClosedError):
        west.get_item(TableName="users", Key=KEY)
    world.undo(outage)
    west.get_item(TableName="users", Key=KEY)


def test_an_index_is_not_to_be_read_before_it_is_active_in_any_region() -> None:
    world = simulated()
    east, west = world.client(EAST), world.client(WEST)
    east.put_item(TableName="users", Item=ADA)
    world.advance(5)
    index = {
        "IndexName": "by-mail",
        "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    east.update_table(
        TableName="users",
        AttributeDefinitions=[
            *users()["AttributeDefinitions"],
            {"AttributeName": "mail", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    query = {
        "TableName": "users",
        "IndexName": "by-mail",
        "KeyConditionExpression": "mail = :m",
        "ExpressionAttributeValues": {":m": ADA["mail"]},
    }
    for here in (east, west):
        with pytest.raises(ClientError, match="Cannot read from backfilling global secondary index: by-mail"):
            here.query(**query)
    world.advance(60)
    for here in (east, west):
        assert here.query(**query)["Items"] == [ADA]
    with pytest.raises(ClientError, match=r"The table does not have the specified index|Invalid index"):
        east.query(**{**query, "IndexName": "by-name"})


def test_expired_items_are_deleted_in_minutes_and_the_deletes_replicated() -> None:
    world = simulated()
    east, west = world.client(EAST), world.client(WEST)

    def names(here: Any) -> set[str]:
        return {item["username"]["S"] for item in here.scan(TableName="users")["Items"]}

    for name, expires in (
        ("past", {"N": str(int(world.now) + 30)}),
        ("future", {"N": str(int(world.now) + 3600)}),
        ("string", {"S": str(int(world.now))}),
        ("milliseconds", {"N": str(int(world.now) * 1000)}),
        ("zero", {"N": "0"}),
    ):
        east.put_item(TableName="users", Item={**ADA, "username": {"S": name}, "expires": expires})
    world.advance(1200)
    assert "past" in names(east)
    wanted = {"Enabled": True, "AttributeName": "expires"}
    west.update_time_to_live(TableName="users", TimeToLiveSpecification=wanted)
    for _ in range(130):
        world.advance(10)
    assert names(east) == names(west) == {"future", "string", "milliseconds", "zero"}
    for _ in range(300):
        world.advance(10)
    assert names(east) == names(west) == {"string", "milliseconds", "zero"}
    assert not world.ledger()["lost_updates"]


def history(seed: int) -> tuple[Any, Any]:
    """A minute of writes in both Regions through a partition, and what is left."""
    rng, world = random.Random(seed), simulated(seed)
    clients = {region: world.client(region) for region in (EAST, WEST)}
    world.inject(Partition(regions=(EAST, WEST), seconds=rng.uniform(5, 20)))
    for _ in range(40):
        here = clients[rng.choice((EAST, WEST))]
        key = {**KEY, "username": {"S": rng.choice("abcd")}}
        if rng.random() < 0.2:
            here.delete_item(TableName="users", Key=key)
        else:
            here.update_item(
                TableName="users",
                Key=key,
                UpdateExpression="ADD version :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        world.advance(rng.expovariate(2.0))
    world.advance(60)
    scans = [clients[region].scan(TableName="users")["Items"] for region in (EAST, WEST)]
    assert scans[0] == scans[1]
    assert not world.ledger()["in_flight"]
    return scans[0], world.ledger(images=True)["lost_updates"]


def test_one_seed_is_one_history_and_another_is_another() -> None:
    assert history(1) == history(1)
    assert history(1) != history(2)


def test_histories_are_cheap() -> None:
    """Tens of milliseconds each, of CPU, so that a machine which is busy otherwise says nothing of it."""
    began = time.process_time()
    for seed in range(5):
        history(seed)
    assert (time.process_time() - began) / 5 < 0.4
