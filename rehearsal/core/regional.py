"""What each Region's table has of its own: tags and point-in-time recovery; and TTL, which AWS syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.core import errors

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request

BACKUPS_ENABLED_AFTER = 3.0
"""Seconds (on AWS) after ACTIVE in which point-in-time recovery can't be switched on."""
TTL_COOLDOWN = 30 * 60.0


def _for_backups(plane: ControlPlane, region: str, name: str) -> Copy:
    copy = plane.find(region, name.rsplit("/", 1)[-1])
    if copy is None or copy.status == "CREATING":
        raise errors.no_such_table_for_backups(name)
    return copy


def describe_backups(plane: ControlPlane, region: str, name: str, now: float) -> Request:
    """DescribeContinuousBackups."""
    copy = _for_backups(plane, region, name)
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if copy.recovery_since is not None:
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": copy.recovery_days,
            "EarliestRestorableDateTime": round(copy.recovery_since, 3),
            "LatestRestorableDateTime": round(max(copy.recovery_since, now - 300.0), 3),
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": recovery,
        }
    }


def update_backups(plane: ControlPlane, region: str, request: Request, now: float) -> Request:
    """UpdateContinuousBackups: this Region only."""
    copy = _for_backups(plane, region, request["TableName"])
    wanted = request["PointInTimeRecoverySpecification"]
    if copy.active_since is None or now < copy.active_since + BACKUPS_ENABLED_AFTER * plane.timings.factor:
        raise errors.AwsError(
            "ContinuousBackupsUnavailableException",
            f"Backups are being enabled for the table: {copy.name}. Please retry later",
        )
    if wanted["PointInTimeRecoveryEnabled"]:
        copy.recovery_since = copy.recovery_since if copy.recovery_since is not None else now
        copy.recovery_days = int(wanted.get("RecoveryPeriodInDays", 35))
    elif "RecoveryPeriodInDays" in wanted:
        raise errors.validation(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
        )
    else:
        copy.recovery_since = None
    return describe_backups(plane, region, copy.name, now)


def tagged(plane: ControlPlane, region: str, arn: str) -> Copy:
    """The table of an ARN, for the tagging calls."""
    if not arn.startswith("arn:"):
        raise errors.invalid_value(f"ARNs must start with 'arn:': {arn}")
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/"):
        raise errors.invalid_value(f"Provided Arn is not a DynamoDB resource arn: {arn}")
    if parts[3] != region:
        raise errors.validation(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    copy = plane.find(region, parts[5].split("/")[1])
    if copy is None or copy.status == "CREATING":
        raise errors.no_such_resource_arn(arn)
    return copy


def tag(plane: ControlPlane, region: str, request: Request) -> Request:
    """TagResource: this Region only."""
    copy = tagged(plane, region, request["ResourceArn"])
    new = {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]}
    if not new:
        raise errors.validation("Atleast one Tag needs to be provided as Input.")
    for key in new:
        if key.startswith("aws:"):
            raise errors.validation(f"Tag Key cannot be prefixed with aws:, Key: {key}")
    if len(copy.tags | new) > 50:
        raise errors.validation("Number of Tags exceed the current limit for the provided ResourceArn")
    copy.tags |= new
    return {}


def untag(plane: ControlPlane, region: str, request: Request) -> Request:
    """UntagResource: this Region only."""
    copy = tagged(plane, region, request["ResourceArn"])
    for key in request["TagKeys"]:
        copy.tags.pop(key, None)
    return {}


def tags(plane: ControlPlane, region: str, request: Request) -> Request:
    """ListTagsOfResource."""
    copy = tagged(plane, region, request["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(copy.tags.items())]}


def describe_ttl(plane: ControlPlane, region: str, name: str) -> Request:
    """DescribeTimeToLive."""
    copy = plane.table(region, name)
    if copy.status == "CREATING" and copy.group.is_global:
        raise errors.no_such_table(name)
    if copy.status in {"CREATING", "DELETING"}:
        raise errors.validation(
            f"Cannot describe time to live while table is in {copy.status} state: "
            f"Current table state is {copy.status}"
        )
    attribute = copy.group.definition.ttl_attribute
    if attribute is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}}


def update_ttl(plane: ControlPlane, region: str, request: Request, now: float) -> Request:
    """UpdateTimeToLive: every Region of the table."""
    copy = plane.table(region, request["TableName"])
    wanted, group = request["TimeToLiveSpecification"], copy.group
    if copy.status == "CREATING":
        raise errors.no_such_table(copy.name)
    if group.is_strong:
        raise errors.invalid_value(
            "Time to live is not supported for tables with MultiRegionConsistency STRONG."
        )
    current = group.definition.ttl_attribute
    if wanted["Enabled"] and current == wanted["AttributeName"]:
        raise errors.validation("TimeToLive is already enabled")
    if wanted["Enabled"] and current is not None:
        raise errors.validation(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
        )
    if not wanted["Enabled"] and current is None:
        raise errors.validation("TimeToLive is already disabled")
    changed = group.ttl_changed_at
    if changed is not None and now < changed + TTL_COOLDOWN * plane.timings.factor:
        raise errors.validation("Time to live has been modified multiple times within a fixed interval")
    group.definition.ttl_attribute = wanted["AttributeName"] if wanted["Enabled"] else None
    group.ttl_changed_at = now
    return {"TimeToLiveSpecification": wanted}
