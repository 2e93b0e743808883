"""moto in process: every Region a backend of its own, called without HTTP, parsing or serialising again."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, cast

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from rehearsal.core.errors import AwsError, no_such_resource
from rehearsal.engine.moto_tables import QuickTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from moto.core.responses import ActionResult

    from rehearsal.core.items import Attributes, ItemName, Key
    from rehearsal.core.tables import Request

METHODS = {
    "GetItem": "get_item",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "Query": "query",
    "Scan": "scan",
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
}
MEMBERS = {
    "GetItem": {"Item"},
    "PutItem": {"Attributes"},
    "UpdateItem": {"Attributes"},
    "DeleteItem": {"Attributes"},
    "Query": {"Items", "Count", "ScannedCount", "LastEvaluatedKey"},
    "Scan": {"Items", "Count", "ScannedCount", "LastEvaluatedKey"},
    "BatchGetItem": {"Responses", "UnprocessedKeys"},
    "BatchWriteItem": {"UnprocessedItems"},
    "TransactGetItems": {"Responses"},
    "TransactWriteItems": set(),
}
"""What AWS answers with; moto adds to it. ConsumedCapacity is answered when it was asked for."""


class _Handler(DynamoHandler):
    """moto's handler of one request, on a backend that is ours and not the process's."""

    def __init__(self, backend: DynamoDBBackend, body: Request) -> None:
        self.backend = backend
        self.body = body

    @property
    def dynamodb_backend(self) -> DynamoDBBackend:
        return self.backend


def _wire(value: Any) -> Any:
    """Turn moto's values into DynamoDB JSON."""
    if type(value) is DynamoType:
        inner = value.value
        if type(inner) is str:
            return {value.type: inner}
        return {value.type: _wire(inner)}
    if isinstance(value, dict):
        return {name: _wire(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_wire(inner) for inner in value]
    return value


def _error(raised: JsonRESTError) -> AwsError:
    body = json.loads(raised.description)
    code = body.pop("__type").rsplit("#", 1)[-1]
    message = body.pop("message", None) or body.pop("Message", "")
    return AwsError(code, message, int(raised.code or 400), **body)


class MotoEngine:
    """An Engine over moto. It changes its items in place, and Python runs one thread: one lock for all."""

    aliases_requests = True
    leaves_halves = True

    def __init__(
        self, regions: Sequence[str], account: str = "123456789012", lock: threading.RLock | None = None
    ) -> None:
        self._backends = {region: DynamoDBBackend(region, account) for region in regions}
        self._lock = lock or threading.RLock()

    def _table(self, region: str, table: str) -> QuickTable:
        try:
            return cast("QuickTable", self._backends[region].tables[table])
        except KeyError:
            raise no_such_resource() from None

    def create_table(self, region: str, request: Request) -> None:
        """Make an empty table from a CreateTable request."""
        backend = self._backends[region]
        with self._lock:
            handler = _Handler(backend, request)
            try:
                handler._validate_table_creation(
                    billing_mode=request.get("BillingMode", "PROVISIONED"),
                    throughput=request.get("ProvisionedThroughput"),
                    key_schema=request["KeySchema"],
                    global_indexes=request.get("GlobalSecondaryIndexes"),
                    local_secondary_indexes=request.get("LocalSecondaryIndexes"),
                    attr=request["AttributeDefinitions"],
                    warm_throughput=request.get("WarmThroughput"),
                )
            except JsonRESTError as raised:
                raise _error(raised) from None
            backend.tables[request["TableName"]] = QuickTable(  # type: ignore[abstract]  # for CloudFormation
                request["TableName"],
                account_id=backend.account_id,
                region=region,
                schema=request["KeySchema"],
                attr=list(request["AttributeDefinitions"]),
                billing_mode="PAY_PER_REQUEST",
                indexes=request.get("LocalSecondaryIndexes"),
                global_indexes=request.get("GlobalSecondaryIndexes"),
            )

    def update_indexes(self, region: str, request: Request) -> None:
        """Add or delete global secondary indexes, from an UpdateTable request."""
        with self._lock:
            table = self._table(region, request["TableName"])
            table.attr = list(request["AttributeDefinitions"])
            self._backends[region].update_table_global_indexes(table, request["GlobalSecondaryIndexUpdates"])

    def drop_table(self, region: str, table: str) -> None:
        """Drop a table and its items."""
        with self._lock:
            self._backends[region].tables.pop(table, None)

    def count(self, region: str, table: str) -> tuple[int, int]:
        """Return how many items a table has; moto keeps no sizes."""
        with self._lock:
            found = self._backends[region].tables.get(table)
            return (0 if found is None else len(found)), 0

    def get(self, region: str, table: str, key: Key) -> Attributes | None:
        """Return an item, or None."""
        with self._lock:
            item = self._table(region, table).get_item(*_typed(key))
            return None if not item else _wire(dict(item.attrs))

    def put(self, region: str, table: str, key: Key, image: Attributes) -> None:
        """Store an item whole."""
        with self._lock:
            # moto keeps, and changes, what it is given: a copy.
            self._table(region, table).replace(_typed(key), _wire(image))

    def delete(self, region: str, table: str, key: Key) -> None:
        """Delete an item, if it is there."""
        with self._lock:
            hash_key, range_key = _typed(key)
            self._table(region, table).delete_item(hash_key, range_key)

    def execute(self, region: str, operation: str, request: Request) -> Request:
        """Answer one data-plane call. Raises AwsError."""
        with self._lock:
            handler = _Handler(self._backends[region], request)
            try:
                if operation == "TransactWriteItems":
                    result = self._transact(handler)
                else:
                    result = getattr(handler, METHODS[operation])()
            except JsonRESTError as raised:
                raise _error(raised) from None
            except ServiceException as raised:
                raise AwsError(raised.code, raised.message) from None
            members = MEMBERS[operation]
            if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
                members = members | {"ConsumedCapacity"}
            answered = cast("dict[str, Any]", result.result)
            return {name: _wire(value) for name, value in answered.items() if name in members}

    def _transact(self, handler: _Handler) -> ActionResult:
        tables = [cast("QuickTable", table) for table in handler.backend.tables.values()]
        for table in tables:
            table.in_transaction = True
        try:
            return handler.transact_write_items()
        finally:
            for table in tables:
                table.in_transaction = False

    def guard(self, region: str, items: Iterable[ItemName]) -> AbstractContextManager[object]:  # noqa: ARG002
        """Hold everything: moto has no finer grain."""
        return self._lock

    def close(self) -> None:
        """Forget everything."""
        self._backends.clear()


def _typed(key: Key) -> tuple[DynamoType, DynamoType | None]:
    typed = [DynamoType({part[0]: part[1:]}) for part in key]
    return typed[0], (typed[1] if len(typed) > 1 else None)
