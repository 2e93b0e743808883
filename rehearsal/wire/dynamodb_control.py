"""The control plane's operations: tables, replicas, and what each Region's table has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.changes import update_table
from rehearsal.core.describe import describe
from rehearsal.core.regional import (
    describe_backups,
    describe_ttl,
    tag,
    tags,
    untag,
    update_backups,
    update_ttl,
)
from rehearsal.core.strong import update_group

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.core.tables import Copy, Request
    from rehearsal.engine.shell import Shell

LIMITS = {
    "AccountMaxReadCapacityUnits": 80000,
    "AccountMaxWriteCapacityUnits": 80000,
    "TableMaxReadCapacityUnits": 40000,
    "TableMaxWriteCapacityUnits": 40000,
}


class ControlCalls:
    """The control plane of every Region."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._plane = shell.core.control
        self._operations: dict[str, Callable[[str, Request, float], Request]] = {
            "CreateTable": self._create,
            "DescribeTable": lambda region, request, _: {
                "Table": self._describe(self._plane.table(region, request["TableName"]))
            },
            "UpdateTable": self._update,
            "DeleteTable": lambda region, request, now: {
                "TableDescription": self._describe(
                    self._plane.delete(region, request["TableName"].rsplit("/", 1)[-1], now)
                )
            },
            "ListTables": self._list,
            "DescribeContinuousBackups": lambda region, request, now: describe_backups(
                self._plane, region, request["TableName"], now
            ),
            "UpdateContinuousBackups": lambda region, request, now: update_backups(
                self._plane, region, request, now
            ),
            "DescribeTimeToLive": lambda region, request, _: describe_ttl(
                self._plane, region, request["TableName"]
            ),
            "UpdateTimeToLive": lambda region, request, now: update_ttl(self._plane, region, request, now),
            "TagResource": lambda region, request, _: tag(self._plane, region, request),
            "UntagResource": lambda region, request, _: untag(self._plane, region, request),
            "ListTagsOfResource": lambda region, request, _: tags(self._plane, region, request),
            "DescribeLimits": lambda *_: dict(LIMITS),
            "DescribeEndpoints": lambda *_: {
                "Endpoints": [{"Address": self._shell.address, "CachePeriodInMinutes": 1440}]
            },
            "ListGlobalTables": lambda *_: {"GlobalTables": []},
            "CreateGlobalTable": _legacy_unsupported,
            "UpdateGlobalTable": _legacy_unsupported,
            "DescribeGlobalTable": _legacy_unknown,
            "DescribeGlobalTableSettings": _legacy_unknown,
            "UpdateGlobalTableSettings": _legacy_unknown,
        }

    def call(self, region: str, operation: str, request: Request) -> Request:
        """Answer one call. Raises AwsError."""
        operate = self._operations.get(operation)
        if operate is None:
            raise errors.not_emulated(operation)
        with self._shell.stepping() as now:
            return operate(region, request, now)

    def _describe(self, copy: Copy) -> Request:
        items, size = self._shell.engine.count(copy.region, copy.name)
        return describe(copy, self._plane.account, items, size)

    def _create(self, region: str, request: Request, now: float) -> Request:
        self._plane.check_create(region, request)
        self._shell.engine.create_table(region, request)
        return {"TableDescription": self._describe(self._plane.create(region, request, now))}

    def _update(self, region: str, request: Request, now: float) -> Request:
        request["TableName"] = request["TableName"].rsplit("/", 1)[-1]
        change = update_group if request.get("ReplicaUpdates") else update_table
        return {"TableDescription": self._describe(change(self._plane, region, request, now))}

    def _list(self, region: str, request: Request, _: float) -> Request:
        names = self._plane.names(region)
        start, limit = request.get("ExclusiveStartTableName"), int(request.get("Limit", 100))
        if start is not None:
            names = [name for name in names if name > start]
        listed: Request = {"TableNames": names[:limit]}
        if len(names) > limit:
            listed["LastEvaluatedTableName"] = names[limit - 1]
        return listed


def _legacy_unsupported(*_: object) -> Request:
    raise errors.invalid_value(
        "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global "
        "tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
    )


def _legacy_unknown(_region: str, request: Request, _now: float) -> Request:
    name = request["GlobalTableName"]
    raise errors.AwsError(
        "GlobalTableNotFoundException",
        f"Global table not found: Global table with name: '{name}' does not exist.",
    )
