"""The job over the world: made from nothing, by one or by all at once, whatever AWS does on the way."""

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.core.faults import Deny, DropCreate, Throttle
from rehearsal.world import World
from tests.contract.table.conftest import Client, Run
from tests.contract.table.ended import EAST, WEST, Ended

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MUTATIONS = ("CreateTable", "UpdateTable", "UpdateContinuousBackups", "TagResource", "DeleteTable")


def at_once(*jobs: Callable[[], Ended]) -> list[Ended]:
    ended: dict[int, Ended] = {}
    threads = [
        Thread(target=lambda each=each, job=job: ended.update({each: job()})) for each, job in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [ended[each] for each in range(len(jobs))]


def standing(client: Client, region: str, name: str) -> dict[str, Any]:
    """What any AWS client sees."""
    dynamodb: DynamoDBClient = client(region)
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    return {
        "status": table["TableStatus"],
        "key": [(each["AttributeName"], each["KeyType"]) for each in table["KeySchema"]],
        "billing": table["BillingModeSummary"]["BillingMode"],
        "replicas": {each["RegionName"]: each["ReplicaStatus"] for each in table["Replicas"]},
        "protected": table["DeletionProtectionEnabled"],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }


def as_wanted(other: str, tags: dict[str, str]) -> dict[str, Any]:
    return {
        "status": "ACTIVE",
        "key": [("username", "HASH"), ("last_name", "RANGE")],
        "billing": "PAY_PER_REQUEST",
        "replicas": {other: "ACTIVE"},
        "protected": True,
        "recovery": "ENABLED",
        "tags": tags,
    }


def test_both_regions_at_once_from_nothing(run: Run, client: Client, variables: dict[str, str]) -> None:
    ends = at_once(lambda: run(EAST, TABLE_TAGS="in=east"), lambda: run(WEST, TABLE_TAGS="in=west"))
    assert [ended.code for ended in ends] == [0, 0]
    # The first to be done does not wait for the other's deletion protection, which makes home UPDATING too.
    assert run(EAST).code == 0
    assert standing(client, EAST, variables["TABLE_NAME"]) == as_wanted(WEST, {"in": "east"})
    assert standing(client, WEST, variables["TABLE_NAME"]) == as_wanted(EAST, {"in": "west"})
    creates = [
        message for ended in ends for message in ended.said("accepted") if message.startswith("CreateTable")
    ]
    assert len(creates) == 1


@pytest.mark.parametrize("first", [EAST, WEST])
def test_in_any_order_and_the_last_run_has_nothing_to_do(run: Run, world: World, first: str) -> None:
    other = WEST if first == EAST else EAST
    for own in (first, other):
        assert run(own, TABLE_TAGS="team=dr").code == 0
    for mutation in MUTATIONS:
        world.inject(Deny(action=f"dynamodb:{mutation}"))
    for own in (EAST, WEST):
        ended = run(own, TABLE_TAGS="team=dr")
        assert ended.code == 0
        assert [line["event"] for line in ended.lines] == ["observed", "observed", "converged"]


def test_the_base_is_active_while_the_replica_is_creating(
    run: Run, client: Client, variables: dict[str, str]
) -> None:
    """A table with items: home is ACTIVE, UPDATING and ACTIVE again before the replica serves."""
    assert run(EAST, TABLE_REGIONS=EAST).code == 0
    client(EAST).put_item(
        TableName=variables["TABLE_NAME"], Item={"username": {"S": "ada"}, "last_name": {"S": "Lovelace"}}
    )
    ended = run(EAST)
    assert ended.code == 0
    assert f"{EAST}: table ACTIVE, replicas: {WEST} CREATING" in ended.said("observed")
    key = {"username": {"S": "ada"}, "last_name": {"S": "Lovelace"}}
    assert "Item" in client(WEST).get_item(TableName=variables["TABLE_NAME"], Key=key)


def test_a_create_that_was_accepted_and_dropped(
    run: Run, world: World, client: Client, variables: dict[str, str]
) -> None:
    world.inject(DropCreate(count=2))
    ended = run(EAST)
    assert ended.code == 0
    assert [message for message in ended.said("accepted") if "replica" in message] == [
        f"UpdateTable, to add a replica in {WEST}"
    ] * 3
    assert standing(client, EAST, variables["TABLE_NAME"])["replicas"] == {WEST: "ACTIVE"}


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable", "DescribeTable", "TagResource"])
def test_throttled(run: Run, world: World, operation: str) -> None:
    for region in (EAST, WEST):
        world.inject(Throttle(region=region, operations=(operation,), calls=4))
    ended = run(WEST, TABLE_TAGS="a=b")
    assert ended.code == 0
    assert any("throttled" in line["message"] for line in ended.lines)
