"""A table as DescribeTable shows it in one Region."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.core.tables import Copy, Definition, Request

GLOBAL_TABLE_VERSION = "2019.11.21"
SETTINGS_REPLICATION = "ENABLED_WITH_OVERRIDES"


def table_arn(region: str, account: str, name: str) -> str:
    """The ARN of a table in a Region."""
    return f"arn:aws:dynamodb:{region}:{account}:table/{name}"


def stream_label(at: float) -> str:
    """A stream's label: the time of its start, in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def describe(copy: Copy, account: str, items: int = 0, size: int = 0) -> Request:
    """Return the TableDescription of a copy. Replicas never lists the Region itself, and is absent from a
    regional table; it is empty between a Create's 200 and the entry's appearance some six seconds later."""
    group, definition = copy.group, copy.group.definition
    arn = table_arn(copy.region, account, definition.name)
    shown: Request = {
        "AttributeDefinitions": definition.attributes,
        "TableName": definition.name,
        "KeySchema": definition.key_schema,
        "TableStatus": copy.status,
        "CreationDateTime": round(copy.created_at, 3),
        "ProvisionedThroughput": _throughput(definition.throughput),
        "TableSizeBytes": size,
        "ItemCount": items,
        "TableArn": arn,
        "TableId": copy.table_id,
        "DeletionProtectionEnabled": copy.deletion_protection,
        "WarmThroughput": _warm(definition, copy.status),
    }
    if definition.billing == "PAY_PER_REQUEST":
        shown["BillingModeSummary"] = {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": round(copy.created_at, 3),
        }
    if definition.on_demand:
        shown["OnDemandThroughput"] = definition.on_demand
    if definition.local_indexes:
        shown["LocalSecondaryIndexes"] = [_index(index, arn) for index in definition.local_indexes]
    if definition.indexes:
        shown["GlobalSecondaryIndexes"] = [
            _global_index(index, arn, copy, definition) for index in definition.indexes
        ]
    if copy.stream_label is not None:
        if definition.stream_view is not None:
            shown["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": definition.stream_view}
        shown["LatestStreamLabel"] = copy.stream_label
        shown["LatestStreamArn"] = f"{arn}/stream/{copy.stream_label}"
    if definition.sse is not None:
        key = definition.sse.get("KMSMasterKeyId", "alias/aws/dynamodb")
        shown["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": f"arn:aws:kms:{copy.region}:{account}:{key if '/' in key else 'key/' + key}",
        }
    if definition.table_class is not None:
        shown["TableClassSummary"] = {"TableClass": definition.table_class}
    if group.is_global and copy.region in group.listed:
        shown["GlobalTableVersion"] = GLOBAL_TABLE_VERSION
        shown["GlobalTableSettingsReplicationMode"] = SETTINGS_REPLICATION
        shown["Replicas"] = [_replica(other) for other in group.others(copy.region)]
        if group.is_strong:
            shown["MultiRegionConsistency"] = "STRONG"
        if group.witness is not None and len(group.listed) > 1:
            shown["GlobalTableWitnesses"] = [
                {"RegionName": group.witness.region, "WitnessStatus": group.witness.status}
            ]
    return shown


def _replica(other: Copy) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "RegionName": other.region,
        "ReplicaStatus": other.replica_status,
        "GlobalTableSettingsReplicationMode": SETTINGS_REPLICATION,
    }
    if other.group.definition.table_class is not None:
        shown["ReplicaTableClassSummary"] = {"TableClass": other.group.definition.table_class}
    if other.group.definition.indexes:
        shown["GlobalSecondaryIndexes"] = [
            {"IndexName": index["IndexName"]} for index in other.group.definition.indexes
        ]
    return shown


def _throughput(throughput: dict[str, int]) -> dict[str, int]:
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": throughput.get("ReadCapacityUnits", 0),
        "WriteCapacityUnits": throughput.get("WriteCapacityUnits", 0),
    }


def _warm(definition: Definition, status: str) -> dict[str, Any]:
    """While it is being raised the old values show, and the table stays ACTIVE: DDB-TABLE-179."""
    changing = status == "CREATING" or definition.warming is not None
    return {**warm_units(definition), "Status": "UPDATING" if changing else "ACTIVE"}


def warm_units(definition: Definition) -> dict[str, int]:
    """What a table takes at once: what it was raised to, or else what each of its kind has."""
    units = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}
    if definition.billing != "PAY_PER_REQUEST":
        units = {
            "ReadUnitsPerSecond": definition.throughput.get("ReadCapacityUnits", 0),
            "WriteUnitsPerSecond": definition.throughput.get("WriteCapacityUnits", 0),
        }
    return {name: max(least, definition.warm.get(name, 0)) for name, least in units.items()}


def _index(index: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "IndexName": index["IndexName"],
        "KeySchema": index["KeySchema"],
        "Projection": index["Projection"],
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": f"{arn}/index/{index['IndexName']}",
    }


def _global_index(index: dict[str, Any], arn: str, copy: Copy, definition: Definition) -> dict[str, Any]:
    return {
        **_index(index, arn),
        "IndexStatus": index["IndexStatus"],
        "ProvisionedThroughput": _throughput(index.get("ProvisionedThroughput") or {}),
        "WarmThroughput": _warm(definition, copy.status),
    }
