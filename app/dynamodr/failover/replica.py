"""One Region's replica, by DynamoDB's API: implements `ports.ReplicaCalls`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from dynamodr.credentials import OPERATOR_CURE, sentence
from dynamodr.failover.digest import Digest, Digesting, Written
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.together import each
from dynamodr.failover.view import Capacity, Replica
from dynamodr.fence.items import MalformedItemError, key
from dynamodr.fence.record import Fence
from dynamodr.fence.table import FenceTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

SEGMENTS = 4
"""How many parts of a table are scanned at once."""
MARKERS = 64
"""On so many keys, which are so many places in the table."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn every way a call can fail into CallFailedError."""
    try:
        yield
    except ClientError as error:
        code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        raise CallFailedError(f"{where}: {code}: {text}") from error
    except BotoCoreError as error:
        raise CallFailedError(f"{where}: {sentence(error, OPERATOR_CURE)}") from error
    except MalformedItemError as error:
        raise CallFailedError(f"{where}: {error}") from error
    except KeyError as error:
        raise CallFailedError(f"{where}: that is no answer of DynamoDB's: it has no {error}") from error


class TableReplica:
    """The calls. `dynamodb` is used from several threads at once."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, region: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._fences = FenceTable(dynamodb, table)
        self.region = region

    def look(self) -> Replica:
        """Read the table's state, the fence and the heartbeats."""
        with told(self.region):
            try:
                described = self._dynamodb.describe_table(TableName=self._table)["Table"]
            except self._dynamodb.exceptions.ResourceNotFoundException as error:
                raise CallFailedError(f"{self.region}: there is no table {self._table}") from error
            fence, heartbeats = self._fences.fence(), self._fences.heartbeats()
        replicas = {
            one["RegionName"]: one.get("ReplicaStatus", "")
            for one in described.get("Replicas", [])
            if "RegionName" in one
        }
        return Replica(
            region=self.region,
            status=described.get("TableStatus", ""),
            replicas=replicas,
            items=described.get("ItemCount", 0),
            capacity=_capacity(described),
            fence=fence,
            heartbeats=heartbeats,
        )

    def move(self, fence: Fence, over: int | None) -> bool:
        """Write the fence, conditionally."""
        with told(self.region):
            return self._fences.move(fence, over)

    def digest(self, most: int) -> Digest | None:
        """Scan all users, in parts at once. Memory: a page of each part, and the digests."""
        enough = Event()
        counts = [0] * SEGMENTS

        def scan(segment: int) -> Digesting:
            digesting = Digesting()
            with told(self.region):
                for item in self._segment(segment, enough.is_set):
                    digesting.add(item)
                    counts[segment] = digesting.items
                    if sum(counts) > most:
                        enough.set()
                        break
            return digesting

        total, *others = each([partial(scan, segment) for segment in range(SEGMENTS)])
        for one in others:
            total.merge(one)
        return None if enough.is_set() else total.done()

    def mark(self, epoch: int) -> None:
        """Write the markers."""

        def put(numbers: range) -> None:
            with told(self.region):
                for number in numbers:
                    item = {**_marker(number), "epoch": {"N": str(epoch)}}
                    self._dynamodb.put_item(TableName=self._table, Item=item)

        each([partial(put, range(part, MARKERS, SEGMENTS)) for part in range(SEGMENTS)])

    def marked(self, epoch: int) -> bool:
        """Whether all markers are here."""

        def got(numbers: range) -> bool:
            with told(self.region):
                return all(self._get_marker(number) == epoch for number in numbers)

        return all(each([partial(got, range(part, MARKERS, SEGMENTS)) for part in range(SEGMENTS)]))

    def _segment(self, segment: int, enough: Callable[[], bool]) -> Iterator[Written]:
        start: Any = {}
        while not enough():
            page = self._dynamodb.scan(
                TableName=self._table,
                Segment=segment,
                TotalSegments=SEGMENTS,
                ConsistentRead=True,
                ProjectionExpression="username, last_name, #version, write_id",
                ExpressionAttributeNames={"#version": "version"},
                **start,
            )
            for item in page["Items"]:
                if not item["username"]["S"].startswith("!"):
                    yield _written(item)
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _get_marker(self, number: int) -> int:
        answer = self._dynamodb.get_item(TableName=self._table, Key=_marker(number), ConsistentRead=True)
        return int(answer["Item"]["epoch"]["N"]) if "Item" in answer else -1


def _marker(number: int) -> dict[str, Any]:
    return key(f"!marker-{number:02}", "failover")


def _written(item: Any) -> Written:
    version, write_id = item.get("version", {}), item.get("write_id", {})
    return Written(item["username"]["S"], item["last_name"]["S"], version.get("N"), write_id.get("S"))


def _capacity(described: "TableDescriptionTypeDef") -> Capacity:
    warm = described.get("WarmThroughput", {})
    return Capacity(
        billing=described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        reads=warm.get("ReadUnitsPerSecond", 0),
        writes=warm.get("WriteUnitsPerSecond", 0),
    )
