"""UpdateTable without ReplicaUpdates, and the settings that each Region has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.core import errors
from rehearsal.core.describe import stream_label
from rehearsal.core.effects import AlterCopy
from rehearsal.core.warmth import raise_warmth

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request

ALONE = {
    "DeletionProtectionEnabled": "DeletionProtection modification must be the only operation in the request",
    "TableClass": "TableClass modification must be the only operation in the request",
    "SSESpecification": "Server-Side Encryption modification must be the only operation in the request",
    "WarmThroughput": "WarmThroughput must be the only operation in the request",
}
KNOWN = {
    *ALONE,
    "BillingMode",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
}
REQUIRED = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
    "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
    "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
    "required"
)


def update_table(plane: ControlPlane, region: str, request: Request, now: float) -> Copy:
    """Change a table. What AWS syncs changes in every Region. Raises AwsError and changes nothing."""
    asked = set(request) - {"TableName", "AttributeDefinitions"}
    # Measured: consistency and witnesses do not count as a change where no replica comes with them.
    if not asked - {"MultiRegionConsistency", "GlobalTableWitnessUpdates"}:
        raise errors.validation(REQUIRED)
    if unknown := sorted(asked - KNOWN):
        raise errors.not_emulated(f"UpdateTable with {', '.join(unknown)}")
    for member, message in ALONE.items():
        if member in asked and len(asked) > 1:
            raise errors.invalid_value(message)
    copy = plane.table(region, request["TableName"])
    _check_stream(copy, request.get("StreamSpecification"))
    if copy.status == "CREATING":
        if copy.group.is_global:
            raise errors.no_such_table(copy.name)
        raise errors.in_use(f"Table is being created: {copy.name}")
    if copy.status == "DELETING":
        raise errors.in_use(f"Table is being deleted: {copy.name}")
    if copy.status != "ACTIVE" or copy.group.acting:
        raise errors.busy()
    if "WarmThroughput" in request:
        raise_warmth(plane, copy, request["WarmThroughput"], now)
    else:
        _apply(plane, copy, request, now)
    return copy


def _check_stream(copy: Copy, stream: dict[str, Any] | None) -> None:
    if stream is None:
        return
    enabled, view = bool(stream.get("StreamEnabled")), copy.group.definition.stream_view
    if copy.group.is_global:
        if not enabled:
            raise errors.stream_of_replica()
        raise errors.validation(f"Table already has an enabled stream: TableName: {copy.name}")
    if enabled and view is not None:
        raise errors.validation(f"Table already has an enabled stream: TableName: {copy.name}")
    if not enabled and view is None:
        raise errors.validation(f"Table has no stream to disable: TableName: {copy.name}")
    if enabled and not stream.get("StreamViewType"):
        raise errors.invalid_value("If stream is being enabled then UpdateViewType is required")
    if not enabled and stream.get("StreamViewType"):
        raise errors.invalid_value("If stream is being disabled, then UpdateViewType must not be specified")


def _apply(plane: ControlPlane, copy: Copy, request: Request, now: float) -> None:
    definition = copy.group.definition
    billing = request.get("BillingMode", definition.billing)
    throughput = request.get("ProvisionedThroughput")
    if billing == "PAY_PER_REQUEST" and throughput:
        raise errors.invalid_value(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if billing == "PROVISIONED" and definition.billing != billing and not throughput:
        raise errors.invalid_value("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    if updates := request.get("GlobalSecondaryIndexUpdates"):
        _change_indexes(plane, copy, request, updates)
    if "DeletionProtectionEnabled" in request:
        copy.deletion_protection = bool(request["DeletionProtectionEnabled"])
    definition.billing = billing
    if billing == "PAY_PER_REQUEST":
        definition.throughput = {}
    elif throughput:
        definition.throughput = dict(throughput)
    if request.get("OnDemandThroughput"):
        definition.on_demand = request["OnDemandThroughput"]
    if request.get("TableClass"):
        definition.table_class = request["TableClass"]
    if (sse := request.get("SSESpecification")) is not None:
        definition.sse = sse if sse.get("Enabled") else None
    if (stream := request.get("StreamSpecification")) is not None:
        definition.stream_view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
        if definition.stream_view is not None:
            copy.stream_label = stream_label(now)
    span = plane.timings.update_global_table if copy.group.is_global else plane.timings.update_table
    copy.status = "UPDATING"
    plane.schedule.at(plane.after(span, now), lambda _: _settle(copy))


def _settle(copy: Copy) -> None:
    if copy.status == "UPDATING":
        copy.status = "ACTIVE"
    definition = copy.group.definition
    definition.indexes = [index for index in definition.indexes if index["IndexStatus"] != "DELETING"]
    for index in definition.indexes:
        index["IndexStatus"] = "ACTIVE"


def _change_indexes(plane: ControlPlane, copy: Copy, request: Request, updates: list[dict[str, Any]]) -> None:
    definition = copy.group.definition
    by_name = {index["IndexName"]: index for index in definition.indexes}
    for update in updates:
        ((kind, body),) = update.items()
        name = body["IndexName"]
        if kind == "Create" and name in by_name:
            raise errors.validation("Attempting to create an index which already exists")
        if kind == "Delete" and name not in by_name:
            raise errors.no_such_resource()
        if kind == "Update":
            raise errors.not_emulated("GlobalSecondaryIndexUpdates Update")
    for update in updates:
        ((kind, body),) = update.items()
        if kind == "Create":
            definition.indexes.append({**body, "IndexStatus": "CREATING"})
        else:
            by_name[body["IndexName"]]["IndexStatus"] = "DELETING"
    for attribute in request.get("AttributeDefinitions") or []:
        if attribute not in definition.attributes:
            definition.attributes.append(attribute)
    altered = {
        "TableName": copy.name,
        "AttributeDefinitions": definition.attributes,
        "GlobalSecondaryIndexUpdates": updates,
    }
    plane.effects += [AlterCopy(other.region, altered) for other in copy.group.copies if other.visible]
