"""A global table over HTTP as DescribeTable, the errors and the per-Region settings show it."""

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.core.faults import DropCreate
from rehearsal.world import World
from tests.rehearsal.worlds import EAST, WEST, client, eventually, is_active, make_global, start, users

REGIONAL = {
    "AttributeDefinitions",
    "BillingModeSummary",
    "CreationDateTime",
    "DeletionProtectionEnabled",
    "ItemCount",
    "KeySchema",
    "ProvisionedThroughput",
    "TableArn",
    "TableId",
    "TableName",
    "TableSizeBytes",
    "TableStatus",
    "WarmThroughput",
}
STREAM = {"LatestStreamArn", "LatestStreamLabel", "StreamSpecification"}
GLOBAL = {"GlobalTableSettingsReplicationMode", "GlobalTableVersion", "Replicas"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with start() as running:
        make_global(running)
        yield running


def describe(world: World, region: str, name: str = "users") -> dict[str, Any]:
    return dict(client(world, region).describe_table(TableName=name)["Table"])


def test_a_regional_table_has_no_member_of_a_global_one(world: World) -> None:
    client(world).create_table(**users("regional"))
    eventually(lambda: is_active(world, EAST, "regional"))
    assert set(describe(world, EAST, "regional")) == REGIONAL


@pytest.mark.parametrize(("here", "there"), [(EAST, WEST), (WEST, EAST)])
def test_each_region_lists_the_other_and_has_its_own_arn_id_stream_and_time(
    world: World, here: str, there: str
) -> None:
    shown, other = describe(world, here), describe(world, there)
    assert set(shown) == REGIONAL | STREAM | GLOBAL
    assert shown["GlobalTableVersion"] == "2019.11.21"
    assert shown["Replicas"] == [
        {
            "RegionName": there,
            "ReplicaStatus": "ACTIVE",
            "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES",
        }
    ]
    assert shown["TableArn"] == f"arn:aws:dynamodb:{here}:123456789012:table/users"
    assert shown["LatestStreamArn"] == f"{shown['TableArn']}/stream/{shown['LatestStreamLabel']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", shown["LatestStreamLabel"])
    assert isinstance(shown["CreationDateTime"], datetime)
    assert shown["KeySchema"] == other["KeySchema"]
    for own in ("TableId", "LatestStreamLabel", "TableArn", "CreationDateTime"):
        assert shown[own] != other[own]


def test_update_table_answers_with_no_entry_yet() -> None:
    with start(time_factor=0.05) as slow:
        east = client(slow)
        east.create_table(**users())
        eventually(lambda: is_active(slow, EAST, "users"))
        answered = east.update_table(TableName="users", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
        shown = answered["TableDescription"]
        assert (shown["TableStatus"], shown["Replicas"]) == ("UPDATING", [])
        assert shown["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        for region in (EAST, WEST):
            here = client(slow, region)
            with pytest.raises(ClientError) as refused:
                here.update_table(TableName="users", DeletionProtectionEnabled=True)
            codes = {EAST: "ResourceInUseException", WEST: "ResourceNotFoundException"}
            assert refused.value.response["Error"]["Code"] == codes[region]


def test_a_dropped_create_is_seen_as_a_table_that_is_active_again_without_replicas(world: World) -> None:
    east = client(world)
    east.create_table(**users("dropped"))
    eventually(lambda: is_active(world, EAST, "dropped"))
    world.inject(DropCreate())
    east.update_table(TableName="dropped", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
    eventually(lambda: is_active(world, EAST, "dropped"))
    assert "Replicas" not in describe(world, EAST, "dropped")
    with pytest.raises(ClientError, match="Table: dropped not found"):
        describe(world, WEST, "dropped")


def test_create_table_is_checked_in_aws_words(world: World) -> None:
    east = client(world)
    with pytest.raises(ClientError, match="Table already exists: users"):
        east.create_table(**users())
    with pytest.raises(
        ClientError, match=r"provisioned throughput specified|ReadCapacityUnits and WriteCapacityUnits"
    ):
        east.create_table(**users("bad", BillingMode="PROVISIONED"))
    extra = [*users()["AttributeDefinitions"], {"AttributeName": "x", "AttributeType": "S"}]
    with pytest.raises(ClientError, match=r"(?i)number of attributes in key"):
        east.create_table(**users("bad", AttributeDefinitions=extra))
    assert "bad" not in east.list_tables()["TableNames"]
    east.create_table(**users("bad"))


def test_an_index_is_queried_in_both_regions_also_one_that_is_added_later() -> None:
    mail: Any = {"AttributeName": "mail", "AttributeType": "S"}
    index: Any = {
        "IndexName": "by-mail",
        "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    with start() as running:
        make_global(running)
        east, west = client(running), client(running, WEST)
        item = {"username": {"S": "ada"}, "last_name": {"S": "l"}, "mail": {"S": "ada@example.org"}}
        east.put_item(TableName="users", Item=item)
        west.update_table(
            TableName="users",
            AttributeDefinitions=[*users()["AttributeDefinitions"], mail],
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
        for region in (east, west):

            def found(region: Any = region) -> Any:
                return region.query(
                    TableName="users",
                    IndexName="by-mail",
                    KeyConditionExpression="mail = :m",
                    ExpressionAttributeValues={":m": {"S": "ada@example.org"}},
                )["Items"]

            def backfilled() -> Any:
                with contextlib.suppress(ClientError):
                    return found()

            eventually(backfilled)
            (shown,) = region.describe_table(TableName="users")["Table"]["GlobalSecondaryIndexes"]
            assert shown["IndexName"] == "by-mail"
            assert shown["IndexArn"].endswith("table/users/index/by-mail")


def test_settings_of_a_region_are_set_in_that_region(world: World) -> None:
    west = client(world, WEST)
    arn = describe(world, WEST)["TableArn"]
    west.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "dr"}])
    west.update_continuous_backups(
        TableName="users", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    west.update_time_to_live(
        TableName="users", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    recovery, tags, ttl = {}, {}, {}
    for region in (EAST, WEST):
        here = client(world, region)
        backups = here.describe_continuous_backups(TableName="users")["ContinuousBackupsDescription"]
        recovery[region] = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        tags[region] = here.list_tags_of_resource(ResourceArn=describe(world, region)["TableArn"])["Tags"]
        ttl[region] = here.describe_time_to_live(TableName="users")["TimeToLiveDescription"][
            "TimeToLiveStatus"
        ]
    assert recovery == {EAST: "DISABLED", WEST: "ENABLED"}
    assert tags == {EAST: [], WEST: [{"Key": "team", "Value": "dr"}]}
    assert ttl == {EAST: "ENABLED", WEST: "ENABLED"}
