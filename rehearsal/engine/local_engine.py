"""DynamoDB Local over HTTP: AWS's own engine, faster under many clients, with no replicas of its own."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
import urllib3

from rehearsal.core.errors import AwsError
from rehearsal.core.items import attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rehearsal.core.items import Attributes, ItemName, Key
    from rehearsal.core.tables import Request

STRIPES = 256
INDEX_SECONDS = 30.0
CREATE = {
    "TableName",
    "KeySchema",
    "AttributeDefinitions",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
}
"""What makes a table here; all else of it is the world's."""


class LocalEngine:
    """An Engine over a running DynamoDB Local, started without -sharedDb.

    Without it DynamoDB Local keeps a database for each access key and Region: a key of its own keeps this
    world's tables apart from all others'. Safe for threads: writers of one item take turns, whatever their
    Region.
    """

    aliases_requests = False
    leaves_halves = False

    def __init__(self, regions: Sequence[str], url: str) -> None:
        key = "REHEARSAL" + secrets.token_hex(6).upper()
        self._headers = {
            region: {
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/dynamodb/aws4_request,"
                " SignedHeaders=host, Signature=0",
                "X-Amz-Date": "20260101T000000Z",
            }
            for region in regions
        }
        self._url = url
        self._http = urllib3.PoolManager(maxsize=64, retries=False, timeout=30.0)
        self._names: dict[str, tuple[str, ...]] = {}
        self._stripes = [threading.RLock() for _ in range(STRIPES)]

    def create_table(self, region: str, request: Request) -> None:
        """Make an empty table from a CreateTable request."""
        self.execute(region, "CreateTable", {k: v for k, v in request.items() if k in CREATE})
        schema = sorted(request["KeySchema"], key=lambda element: element["KeyType"] != "HASH")
        self._names[request["TableName"]] = tuple(element["AttributeName"] for element in schema)

    def update_indexes(self, region: str, request: Request) -> None:
        """Add or delete global secondary indexes, from an UpdateTable request."""
        self.execute(region, "UpdateTable", request)
        table, deadline = {"TableName": request["TableName"]}, time.monotonic() + INDEX_SECONDS
        while self._backfills(region, table) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _backfills(self, region: str, table: Request) -> bool:
        indexes = self.execute(region, "DescribeTable", table)["Table"].get("GlobalSecondaryIndexes", [])
        return any(index["IndexStatus"] != "ACTIVE" for index in indexes)

    def drop_table(self, region: str, table: str) -> None:
        """Drop a table and its items."""
        self.execute(region, "DeleteTable", {"TableName": table})

    def count(self, region: str, table: str) -> tuple[int, int]:
        """Return how many items a table has, and their bytes."""
        try:
            shown = self.execute(region, "DescribeTable", {"TableName": table})["Table"]
        except AwsError:
            return 0, 0
        return shown["ItemCount"], shown["TableSizeBytes"]

    def get(self, region: str, table: str, key: Key) -> Attributes | None:
        """Return an item, or None."""
        asked = {"TableName": table, "Key": self._key(table, key), "ConsistentRead": True}
        found: Attributes | None = self.execute(region, "GetItem", asked).get("Item")
        return found

    def put(self, region: str, table: str, key: Key, image: Attributes) -> None:
        """Store an item whole."""
        del key
        self.execute(region, "PutItem", {"TableName": table, "Item": image})

    def delete(self, region: str, table: str, key: Key) -> None:
        """Delete an item, if it is there."""
        self.execute(region, "DeleteItem", {"TableName": table, "Key": self._key(table, key)})

    def execute(self, region: str, operation: str, request: Request) -> Request:
        """Answer one call. Raises AwsError; InternalServerError where DynamoDB Local does not answer."""
        headers = {**self._headers[region], "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        try:
            answer = self._http.request("POST", self._url, body=msgspec.json.encode(request), headers=headers)
            body: dict[str, Any] = msgspec.json.decode(answer.data)
        except (urllib3.exceptions.HTTPError, msgspec.DecodeError) as error:
            raise AwsError("InternalServerError", f"DynamoDB Local at {self._url}: {error}", 500) from error
        if answer.status == 200:
            return body
        code = str(body.pop("__type", "InternalServerError")).rsplit("#", 1)[-1]
        message = body.pop("message", None) or body.pop("Message", "")
        raise AwsError(code, message, answer.status, **body)

    @contextlib.contextmanager
    def guard(self, region: str, items: Iterable[ItemName]) -> Iterator[None]:
        """Hold these items in every Region: a strong write holds them in all."""
        del region
        numbers = {zlib.crc32(repr(item).encode()) % STRIPES for item in items}
        with contextlib.ExitStack() as held:
            for number in sorted(numbers):
                held.enter_context(self._stripes[number])
            yield

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def _key(self, table: str, key: Key) -> Attributes:
        return attributes_of(self._names[table], key)
