"""The look into the target at the move: few keys, all of them, and at once."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.drill import place
from rehearsal.drill.place import Eyes, Place
from rehearsal.drill.record import Request, Step
from rehearsal.world import World, WorldConfig
from tests.unit.drill.seen import EAST, WEST, read, write
from tests.unit.drill.standing import Sight, drill


class Slow(Sight):
    """Remembers what it was asked for; while it looks, its drill hears of one more write."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, list[str]]] = []
        self.heard: list[Request] = []

    def held(self, region: str, keys: list[str]) -> dict[str, str]:
        self.asked.append((region, keys))
        self.heard.append(write(time.time() - 2, "just/x", "j1"))
        return {"a/x": "a1"}


def test_only_the_sources_last_writes_are_looked_for_the_latest_first() -> None:
    now = time.time()
    sight = Slow()
    made, _ = drill(sight=sight)
    sight.heard = [
        write(now - 100, "old/x", "o1"),
        write(now - 20, "a/x", "a1"),
        write(now - 10, "b/x", "b1", region=WEST),
        write(now - 5, "c/x", "c1"),
        read(now - 4, key="d/x"),
        write(now - 3, "a/x", "a2", over="a1"),
    ]
    made._traffic = SimpleNamespace(requests=sight.heard)  # type: ignore[assignment]  # a load that is told
    made._told(Step(at=now, kind="step", name="force", detail="", ok=True))
    assert sight.asked == [(WEST, ["a/x", "c/x"]), (WEST, ["just/x"])]
    assert made.evidence.at_move == {"a/x": "a1"}
    look = made.evidence.look
    assert look is not None
    assert (look.since, look.users) == (now - 60, 3)
    assert look.ended >= now


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(WorldConfig(port=0, time_factor=0)) as standing:
        schema = {"username": "HASH", "last_name": "RANGE"}
        table = {
            "TableName": "users",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in schema.items()],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in schema],
        }
        standing.dynamodb.call(EAST, "CreateTable", table)
        standing.shell.step()
        yield standing


def test_every_batch_is_read_and_asked_again_for_what_was_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"drill-r-{n}/Drill" for n in range(230)]
    for key in keys[:-1]:
        username = key.partition("/")[0]
        item = {"username": {"S": username}, "last_name": {"S": "Drill"}, "write_id": {"S": f"w-{username}"}}
        world.dynamodb.call(EAST, "PutItem", {"TableName": "users", "Item": item})
    eyes = Eyes(Place("http://door", "arn:x", (EAST, WEST), aws_endpoint=world.endpoint), "r")
    client: Any = eyes._patient[EAST]
    whole, sizes = client.batch_get_item, []

    def part(RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - boto3's name
        """Answer for 60 at most, as DynamoDB does when it is throttled."""
        asked = RequestItems["users"]
        sizes.append(len(asked["Keys"]))
        answer = whole(RequestItems={"users": {**asked, "Keys": asked["Keys"][:60]}})
        left = asked["Keys"][60:]
        return {**answer, "UnprocessedKeys": {"users": {**asked, "Keys": left}} if left else {}}

    monkeypatch.setattr(client, "batch_get_item", part)
    found = eyes.held(EAST, keys)
    assert found == {key: f"w-{key.partition('/')[0]}" for key in keys[:-1]}
    assert max(sizes) == 100
    monkeypatch.setattr(place, "LOOK_PATIENCE", 0.0)
    monkeypatch.setattr(
        client, "batch_get_item", lambda **asked: {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}
    )
    with pytest.raises(TimeoutError, match="us-east-1 has not read all users"):
        eyes.held(EAST, keys)
