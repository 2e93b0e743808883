"""What the world refuses for good: final, said in words, and nothing of it changed."""

import time
from typing import Any

import pytest

from rehearsal.core.faults import Deny
from rehearsal.world import World, WorldConfig
from tests.contract.table.conftest import FACTOR, Client, Run
from tests.contract.table.ended import EAST, WEST

KEY = {
    "KeySchema": [
        {"AttributeName": "username", "KeyType": "HASH"},
        {"AttributeName": "last_name", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "username", "AttributeType": "S"},
        {"AttributeName": "last_name", "AttributeType": "S"},
    ],
}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}
OTHER_KEY = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
}


@pytest.fixture
def name(variables: dict[str, str]) -> str:
    return variables["TABLE_NAME"]


def make(client: Client, region: str, name: str, **request: Any) -> dict[str, Any]:
    dynamodb = client(region)
    dynamodb.create_table(TableName=name, **request)
    while describe(client, region, name)["TableStatus"] != "ACTIVE":
        time.sleep(0.01)
    return describe(client, region, name)


def describe(client: Client, region: str, name: str) -> dict[str, Any]:
    return dict(client(region).describe_table(TableName=name)["Table"])


@pytest.mark.parametrize("own", [EAST, WEST])
def test_another_key(run: Run, client: Client, name: str, own: str) -> None:
    before = make(client, EAST, name, **OTHER_KEY, **ON_DEMAND)
    ended = run(own)
    assert (ended.code, ended.last["event"]) == (2, "never")
    assert "id (HASH, N)" in ended.last["message"]
    assert describe(client, EAST, name) == before


def test_provisioned(run: Run, client: Client, name: str) -> None:
    before = make(client, EAST, name, **KEY, **PROVISIONED)
    ended = run(WEST)
    assert ended.code == 2
    assert "provisioned" in ended.last["message"]
    assert describe(client, EAST, name) == before


@pytest.mark.parametrize("own", [EAST, WEST])
def test_a_foreign_table_where_the_replica_should_be(run: Run, client: Client, name: str, own: str) -> None:
    before = {region: make(client, region, name, **KEY, **ON_DEMAND) for region in (EAST, WEST)}
    ended = run(own)
    assert ended.code == 2
    assert "no replica" in ended.last["message"]
    assert {region: describe(client, region, name) for region in (EAST, WEST)} == before


def test_a_table_in_the_other_region_alone(run: Run, client: Client, name: str) -> None:
    before = make(client, WEST, name, **KEY, **ON_DEMAND)
    ended = run(WEST)
    assert ended.code == 2
    assert f"put {WEST} first in TABLE_REGIONS" in ended.last["message"]
    assert describe(client, WEST, name) == before


def test_the_cure_that_is_given_works(run: Run, client: Client, name: str) -> None:
    make(client, WEST, name, **KEY, **ON_DEMAND)
    assert run(WEST).code == 2
    assert run(WEST, TABLE_REGIONS=f"{WEST},{EAST}").code == 0
    assert run(EAST, TABLE_REGIONS=f"{WEST},{EAST}").code == 0


def test_a_region_that_the_account_has_not_enabled(run: Run) -> None:
    with World(WorldConfig(port=0, time_factor=FACTOR, disabled_regions=frozenset({WEST}))) as world:
        ended = run(EAST, DYNAMO_ENDPOINT=world.endpoint)
    assert ended.code == 2
    assert "region is disabled" in ended.last["message"]
    assert "enable that Region" in ended.last["message"]


@pytest.mark.parametrize(
    "action",
    [
        "DescribeTable",
        "CreateTable",
        "UpdateTable",
        "DescribeContinuousBackups",
        "UpdateContinuousBackups",
        "ListTagsOfResource",
        "TagResource",
    ],
)
def test_a_missing_permission_is_named(run: Run, world: World, name: str, action: str) -> None:
    if action == "TagResource":  # on the own table it is tagged as it is created
        assert run(EAST).code == 0
    world.inject(Deny(action=f"dynamodb:{action}"))
    ended = run(EAST, TABLE_TAGS="a=b")
    assert ended.code == 2
    assert (
        f"allow dynamodb:{action} on arn:aws:dynamodb:{EAST}:123456789012:table/{name}"
        in ended.last["message"]
    )


def test_a_permission_that_comes_in_time(run: Run, world: World) -> None:
    fault = world.inject(Deny(action="dynamodb:UpdateTable"))
    ended = run(EAST, hear=lambda line: line["event"] == "refused" and world.undo(fault))
    assert ended.code == 0
    assert len(ended.said("refused")) == 1
