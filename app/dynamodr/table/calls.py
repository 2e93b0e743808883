"""Each action as the one AWS call that carries it out: region, operation, request."""

from typing import Any, NamedTuple

from dynamodr.table.decisions import Action, AddReplica, CreateTable, KeepBackups, Protect, Tag, Warm
from dynamodr.table.spec import KEYS, TYPES, Spec

OPERATIONS: dict[type[Action], str] = {
    CreateTable: "CreateTable",
    AddReplica: "UpdateTable",
    Protect: "UpdateTable",
    KeepBackups: "UpdateContinuousBackups",
    Tag: "TagResource",
    Warm: "UpdateTable",
}


class Call(NamedTuple):
    """A request to DynamoDB in `region`."""

    region: str
    operation: str
    request: dict[str, Any]


def region_of(spec: Spec, action: Action) -> str:
    """Say whose endpoint the action goes to: the table is home's business, settings are the own Region's."""
    return spec.home if isinstance(action, CreateTable | AddReplica) else spec.own


def call(spec: Spec, action: Action) -> Call:
    """Build the request."""
    return Call(region_of(spec, action), OPERATIONS[type(action)], _request(spec, action))


def _request(spec: Spec, action: Action) -> dict[str, Any]:
    match action:
        case CreateTable():
            return _create(spec)
        case AddReplica(region):
            # Nothing else may be in the request, and one Create only (validated by AWS before any state).
            return {"TableName": spec.name, "ReplicaUpdates": [{"Create": {"RegionName": region}}]}
        case Protect():
            return {"TableName": spec.name, "DeletionProtectionEnabled": True}
        case KeepBackups():
            recovery = {"PointInTimeRecoveryEnabled": True}
            return {"TableName": spec.name, "PointInTimeRecoverySpecification": recovery}
        case Tag(arn):
            return {"ResourceArn": arn, "Tags": _tags(spec.tags)}
        case Warm(read, write):
            # Through the own Region, for it must work while home is lost; AWS applies it to every replica.
            throughput = {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write}
            return {"TableName": spec.name, "WarmThroughput": throughput}


def _create(spec: Spec) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": spec.name,
        "KeySchema": [{"AttributeName": name, "KeyType": role} for name, role in KEYS],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES],
        "BillingMode": "PAY_PER_REQUEST",
        # From the first moment, and for nothing: turned on later it makes the table UPDATING.
        "DeletionProtectionEnabled": spec.deletion_protection,
    }
    if spec.own == spec.home and spec.tags:  # another Region's job has that Region's tags
        request["Tags"] = _tags(spec.tags)
    return request


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
