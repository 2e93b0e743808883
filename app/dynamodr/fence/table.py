"""The fence and the heartbeats in this Region's replica, by the low-level client."""

from typing import TYPE_CHECKING, Any

from dynamodr.fence.items import fence_item, heartbeat_item, key, read_fence, read_heartbeat
from dynamodr.fence.record import FENCE_KEY, HEARTBEATS, Fence, Heartbeat

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class FenceTable:
    """Strongly consistent reads and conditional writes of one replica. Errors are botocore's, and
    MalformedItem."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def fence(self) -> Fence | None:
        """Read the fence; None if there is none."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=key(*FENCE_KEY), ConsistentRead=True)
        return read_fence(answer.get("Item"))

    def heartbeats(self) -> dict[str, Heartbeat]:
        """Read every Region's heartbeat, by Region."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="username = :heartbeats",
            ExpressionAttributeValues={":heartbeats": {"S": HEARTBEATS}},
            ConsistentRead=True,
        )
        return {one.region: one for one in map(read_heartbeat, answer["Items"])}

    def beat(self, heartbeat: Heartbeat) -> bool:
        """Write `heartbeat` if its predecessor is still there; False if somebody else was faster."""
        values = {":before": {"N": str(heartbeat.beat - 1)}}
        return self._put(heartbeat_item(heartbeat), "beat", values)

    def move(self, fence: Fence, over: int | None) -> bool:
        """Write `fence` if the stored one has the epoch `over` (None: there is none); False if not."""
        values = {":before": {"N": str(-1 if over is None else over)}}
        return self._put(fence_item(fence), "epoch", values, new=over is None)

    def _put(self, item: Any, attribute: str, values: Any, *, new: bool = True) -> bool:
        condition = "#counter = :before"
        if new:
            condition = f"attribute_not_exists(#counter) OR {condition}"
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#counter": attribute},
                ExpressionAttributeValues=values,
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True
