"""What AWS syncs to every replica of a table, what stays with each Region, and what each change refuses."""

from typing import Any

import pytest

from rehearsal.core.effects import AlterCopy
from rehearsal.core.regional import (
    describe_backups,
    describe_ttl,
    tag,
    tags,
    untag,
    update_backups,
    update_ttl,
)
from tests.unit.core.planes import EAST, WEST, Plane, refused

INVALID = "ValidationException"
INDEX = {
    "IndexName": "by-mail",
    "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
MAIL = {"AttributeName": "mail", "AttributeType": "S"}
RECOVERY = {"TableName": "users", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}


def arn(region: str) -> str:
    return f"arn:aws:dynamodb:{region}:123456789012:table/users"


def global_table() -> Plane:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.wait(10)
    return plane


def recovery(plane: Plane, region: str) -> str:
    shown: dict[str, Any] = describe_backups(plane.core.control, region, "users", plane.now)
    described = shown["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return str(described["PointInTimeRecoveryStatus"])


def test_deletion_protection_stays_in_its_region_and_holds_the_table_updating() -> None:
    plane = global_table()
    answered = plane.update(WEST, DeletionProtectionEnabled=True)
    assert (answered["TableStatus"], answered["DeletionProtectionEnabled"]) == ("UPDATING", True)
    assert plane.describe(EAST)["DeletionProtectionEnabled"] is False
    changes = plane.timeline(WEST, 60)
    assert [status for _, status, _ in changes] == ["UPDATING", "ACTIVE"]
    assert 34 <= changes[1][0] <= 39.2


def test_point_in_time_recovery_stays_in_its_region() -> None:
    plane = global_table()
    update_backups(plane.core.control, WEST, RECOVERY, plane.now)
    assert recovery(plane, WEST) == "ENABLED"
    assert recovery(plane, EAST) == "DISABLED"


def test_point_in_time_recovery_is_not_to_be_had_in_the_first_seconds_of_a_table() -> None:
    plane = Plane()
    plane.table()
    with refused("ContinuousBackupsUnavailableException", "Backups are being enabled for the table: users."):
        update_backups(plane.core.control, EAST, RECOVERY, plane.now)
    plane.wait(3.1)
    update_backups(plane.core.control, EAST, RECOVERY, plane.now)


def test_continuous_backups_of_no_table_or_of_one_being_created_have_a_code_of_their_own() -> None:
    plane = Plane()
    plane.create()
    for region in (EAST, WEST):
        with refused("TableNotFoundException", "Table not found: users"):
            describe_backups(plane.core.control, region, "users", plane.now)
        with refused("TableNotFoundException", "Table not found: users"):
            update_backups(plane.core.control, region, RECOVERY, plane.now)


def test_a_recovery_period_is_kept_and_is_not_for_switching_off() -> None:
    plane = global_table()
    for enabled in (True, False):
        wanted = {
            "TableName": "users",
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": enabled,
                "RecoveryPeriodInDays": 7,
            },
        }
        if enabled:
            shown = update_backups(plane.core.control, EAST, wanted, plane.now)
            assert "'RecoveryPeriodInDays': 7" in str(shown)
        else:
            with refused(INVALID, "Cannot specify RecoveryPeriodInDays when disabling"):
                update_backups(plane.core.control, EAST, wanted, plane.now)


def test_tags_stay_in_their_region() -> None:
    plane = global_table()
    asked = {"ResourceArn": arn(WEST), "Tags": [{"Key": "team", "Value": "dr"}]}
    tag(plane.core.control, WEST, asked)
    assert tags(plane.core.control, WEST, asked) == {"Tags": [{"Key": "team", "Value": "dr"}]}
    assert tags(plane.core.control, EAST, {"ResourceArn": arn(EAST)}) == {"Tags": []}
    untag(plane.core.control, WEST, {"ResourceArn": arn(WEST), "TagKeys": ["team", "none"]})
    assert tags(plane.core.control, WEST, asked) == {"Tags": []}


def test_what_tagging_refuses() -> None:
    plane = global_table()
    one = [{"Key": "team", "Value": "dr"}]
    with refused("ResourceNotFoundException", "table/none not found"):
        tag(plane.core.control, EAST, {"ResourceArn": arn(EAST).replace("users", "none"), "Tags": one})
    with refused(INVALID, "Invalid ResourceArn provided as input"):
        tag(plane.core.control, EAST, {"ResourceArn": arn(WEST), "Tags": one})
    with refused(INVALID, "ARNs must start with 'arn:': users"):
        tag(plane.core.control, EAST, {"ResourceArn": "users", "Tags": one})
    with refused(INVALID, "Provided Arn is not a DynamoDB resource arn"):
        tag(plane.core.control, EAST, {"ResourceArn": "arn:aws:s3:::users", "Tags": one})
    with refused(INVALID, "Tag Key cannot be prefixed with aws:"):
        tag(plane.core.control, EAST, {"ResourceArn": arn(EAST), "Tags": [{"Key": "aws:x", "Value": ""}]})
    with refused(INVALID, "Number of Tags exceed the current limit"):
        many = [{"Key": str(number), "Value": ""} for number in range(51)]
        tag(plane.core.control, EAST, {"ResourceArn": arn(EAST), "Tags": many})
    assert tags(plane.core.control, EAST, {"ResourceArn": arn(EAST)}) == {"Tags": []}


def test_time_to_live_is_synced_and_can_be_changed_once_in_half_an_hour() -> None:
    plane = global_table()
    wanted = {"Enabled": True, "AttributeName": "expires"}
    asked = {"TableName": "users", "TimeToLiveSpecification": wanted}
    update_ttl(plane.core.control, WEST, asked, plane.now)
    for region in (EAST, WEST):
        assert describe_ttl(plane.core.control, region, "users")["TimeToLiveDescription"] == {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": "expires",
        }
    with refused(INVALID, "TimeToLive is already enabled"):
        update_ttl(plane.core.control, EAST, asked, plane.now)
    with refused(
        INVALID, "TimeToLive is active on a different AttributeName: current AttributeName is expires"
    ):
        other = {"TableName": "users", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "x"}}
        update_ttl(plane.core.control, EAST, other, plane.now)
    off = {"TableName": "users", "TimeToLiveSpecification": {**wanted, "Enabled": False}}
    with refused(INVALID, "Time to live has been modified multiple times within a fixed interval"):
        update_ttl(plane.core.control, EAST, off, plane.now)
    plane.wait(1801)
    update_ttl(plane.core.control, EAST, off, plane.now)
    with refused(INVALID, "TimeToLive is already disabled"):
        update_ttl(plane.core.control, EAST, off, plane.now)


def test_time_to_live_can_be_changed_but_the_table_not_while_a_replica_is_created() -> None:
    """While a replica is CREATING tags, TTL and recovery are admitted at the base; UpdateTable is not."""
    plane = Plane()
    plane.table()
    plane.wait(10)
    plane.replica("Create", WEST)
    update_backups(plane.core.control, EAST, RECOVERY, plane.now)
    tag(plane.core.control, EAST, {"ResourceArn": arn(EAST), "Tags": [{"Key": "a", "Value": "b"}]})
    wanted = {"Enabled": True, "AttributeName": "expires"}
    update_ttl(plane.core.control, EAST, {"TableName": "users", "TimeToLiveSpecification": wanted}, plane.now)
    with refused("ResourceInUseException", "in use"):
        plane.update(EAST, DeletionProtectionEnabled=True)


def test_time_to_live_of_a_table_being_created_cannot_be_described() -> None:
    plane = Plane()
    plane.create()
    with refused(INVALID, "Cannot describe time to live while table is in CREATING state"):
        describe_ttl(plane.core.control, EAST, "users")


def test_an_index_added_in_one_region_is_added_in_all_and_to_the_engine() -> None:
    plane = global_table()
    plane.update(WEST, AttributeDefinitions=[MAIL], GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    for region in (EAST, WEST):
        (shown,) = plane.describe(region)["GlobalSecondaryIndexes"]
        assert (shown["IndexName"], shown["IndexStatus"]) == ("by-mail", "CREATING")
    effects = plane.core.control.take_effects()
    assert [(type(effect), effect.region) for effect in effects] == [(AlterCopy, EAST), (AlterCopy, WEST)]
    with refused("ResourceInUseException", "in use"):
        plane.update(WEST, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-mail"}}])
    plane.wait(60)
    assert plane.describe(EAST)["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    with refused(INVALID, "Attempting to create an index which already exists"):
        plane.update(EAST, GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    plane.update(EAST, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-mail"}}])
    plane.wait(60)
    assert "GlobalSecondaryIndexes" not in plane.describe(WEST)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, {"TableClass": "STANDARD_INFREQUENT_ACCESS"}),
        ({"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}, {"SSEType": "KMS"}),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 5}}, {"MaxReadRequestUnits": 5}),
    ],
)
def test_class_encryption_and_on_demand_limits_are_synced(
    asked: dict[str, Any], shown: dict[str, Any]
) -> None:
    plane = global_table()
    plane.update(EAST, **asked)
    described = str(plane.describe(WEST))
    assert all(f"'{name}': {value!r}" in described for name, value in shown.items())


def test_capacity_mode_is_synced() -> None:
    plane = global_table()
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    plane.update(EAST, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert plane.describe(WEST)["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units}
    assert "BillingModeSummary" not in plane.describe(WEST)


def test_streams_can_be_switched_on_and_off_on_a_regional_table_only() -> None:
    plane = Plane()
    plane.table()
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    with refused(INVALID, "Table has no stream to disable: TableName: users"):
        plane.update(EAST, StreamSpecification={"StreamEnabled": False})
    with refused(INVALID, "UpdateViewType is required"):
        plane.update(EAST, StreamSpecification={"StreamEnabled": True})
    assert plane.update(EAST, StreamSpecification=view)["StreamSpecification"] == view
    plane.wait(5)
    with refused(INVALID, "Table already has an enabled stream: TableName: users"):
        plane.update(EAST, StreamSpecification=view)
    first = plane.describe()["LatestStreamLabel"]
    plane.update(EAST, StreamSpecification={"StreamEnabled": False})
    plane.wait(5)
    assert "StreamSpecification" not in plane.describe()
    assert plane.describe()["LatestStreamLabel"] == first
    plane.replica("Create", WEST)
    plane.run_until_active(WEST, "users")
    assert plane.describe()["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert plane.describe()["LatestStreamLabel"] != first


def test_a_stream_of_keys_only_stays_so_when_a_replica_is_added() -> None:
    plane = Plane()
    plane.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    plane.replica("Create", WEST)
    plane.run_until_active(WEST, "users")
    assert plane.describe(WEST)["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"


def test_some_changes_must_come_alone_and_nothing_is_no_change() -> None:
    plane = global_table()
    with refused(INVALID, "At least one of ProvisionedThroughput, BillingMode"):
        plane.update(EAST)
    with refused(INVALID, "DeletionProtection modification must be the only operation in the request"):
        plane.update(EAST, DeletionProtectionEnabled=True, TableClass="STANDARD")
    with refused(INVALID, "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified"):
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
        plane.update(EAST, ProvisionedThroughput=units)
    with refused("UnknownOperationException", "does not emulate UpdateTable with VectorIndexUpdates"):
        plane.update(EAST, VectorIndexUpdates=[])
    assert plane.describe(EAST)["TableStatus"] == "ACTIVE"


def test_create_table_checks_the_name() -> None:
    plane = Plane()
    plane.table()
    with refused("ResourceInUseException", "Table already exists: users"):
        plane.create()
    for name, text in (("ab", "greater than or equal to 3"), ("a b c", "regular expression pattern")):
        with refused(INVALID, text):
            plane.core.control.check_create(EAST, {"TableName": name})
    with refused("UnknownOperationException", "does not emulate CreateTable with ResourcePolicy"):
        plane.core.control.check_create(EAST, {"TableName": "other", "ResourcePolicy": "{}"})
    with refused(INVALID, "Table is being created with a stream enabled, UpdateViewType is required"):
        plane.core.control.check_create(
            EAST, {"TableName": "other", "StreamSpecification": {"StreamEnabled": True}}
        )


def test_delete_table_follows_the_state_of_the_table() -> None:
    plane = Plane()
    plane.create(DeletionProtectionEnabled=True)
    with refused("ResourceInUseException", "Table is being created: users"):
        plane.core.control.delete(EAST, "users", plane.now)
    plane.wait(9)
    with refused(INVALID, "Resource cannot be deleted as it is currently protected against deletion."):
        plane.core.control.delete(EAST, "users", plane.now)
    plane.update(EAST, DeletionProtectionEnabled=False)
    with refused("ResourceInUseException", "in the process of being updated"):
        plane.core.control.delete(EAST, "users", plane.now)
    plane.wait(5)
    plane.core.control.delete(EAST, "users", plane.now)
    assert plane.core.control.delete(EAST, "users", plane.now).status == "DELETING"
    with refused("ResourceInUseException", "Table is being deleted: users"):
        plane.update(EAST, DeletionProtectionEnabled=True)
    plane.wait(10)
    assert plane.seen(EAST)[0] == "ResourceNotFoundException"
