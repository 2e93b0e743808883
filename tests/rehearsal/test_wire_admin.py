"""The world's own API over HTTP: faults, lag, state and ledger."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.exceptions
import pytest
import urllib3
from botocore.config import Config

from rehearsal.world import World
from tests.rehearsal.worlds import ADA, EAST, KEY, WEST, client, eventually, make_global, start, world

__all__ = ["world"]


def admin(world: World, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = urllib3.request(method, f"{world.endpoint}/_rehearsal/{path}", json=body, retries=False)
    return answer.status, answer.json()


def test_a_partition_by_http_splits_the_brain_and_its_end_names_what_was_lost(world: World) -> None:
    make_global(world)
    east, west = client(world), client(world, WEST)
    ok, fault = admin(world, "POST", "faults", {"fault": "partition", "regions": [EAST, WEST]})
    assert ok == 200
    for mail, region in (("east", east), ("west", west)):
        region.put_item(TableName="users", Item={**ADA, "mail": {"S": mail}})
    state = admin(world, "GET", "state")[1]
    assert [link["held"] for link in state["replication"]] == [[fault["id"]], [fault["id"]]]
    assert state["faults"] == [
        {"id": fault["id"], "fault": "partition", "regions": [EAST, WEST], "seconds": None}
    ]
    ledger = admin(world, "GET", "ledger?images=1")[1]
    assert [(w["region"], w["key"], w["pending"]) for w in ledger["in_flight"]] == [
        (EAST, KEY, [WEST]),
        (WEST, KEY, [EAST]),
    ]
    assert ledger["in_flight"][0]["image"]["mail"] == {"S": "east"}
    assert admin(world, "DELETE", f"faults/{fault['id']}") == (200, {"undone": [fault["id"]]})
    eventually(lambda: not admin(world, "GET", "ledger")[1]["in_flight"])
    (lost,) = admin(world, "GET", "ledger?table=users&images=1")[1]["lost_updates"]
    assert (lost["region"], lost["fate"], lost["won_by"]) == (EAST, "overwritten", WEST)
    assert lost["lost_image"]["mail"] == {"S": "east"}
    assert admin(world, "GET", "ledger?table=other")[1]["lost_updates"] == []
    for region in (east, west):
        assert region.get_item(TableName="users", Key=KEY)["Item"]["mail"] == {"S": "west"}


def test_the_lag_can_be_set_for_one_direction(world: World) -> None:
    make_global(world)
    wanted = {"median": 3600.0, "sigma": 0.0, "ceiling": 3600.0, "source": EAST, "target": WEST}
    assert admin(world, "PUT", "lag", wanted) == (200, wanted)
    client(world).put_item(TableName="users", Item=ADA)
    client(world, WEST).put_item(TableName="users", Item={**ADA, "username": {"S": "grace"}})
    eventually(
        lambda: client(world).get_item(TableName="users", Key={**KEY, "username": {"S": "grace"}}).get("Item")
    )
    assert [w["key"] for w in admin(world, "GET", "ledger")[1]["in_flight"]] == [KEY]


def test_a_denied_action_answers_as_iam_does_to_that_key_only(world: World) -> None:
    make_global(world)
    deny = {"fault": "deny", "action": "dynamodb:GetItem", "access_key": "AKIASERVICE"}
    assert admin(world, "POST", "faults", deny)[0] == 200
    with pytest.raises(
        botocore.exceptions.ClientError, match="is not authorized to perform: dynamodb:GetItem"
    ) as denied:
        client(world, key="AKIASERVICE").get_item(TableName="users", Key=KEY)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    client(world, key="AKIAOTHER").get_item(TableName="users", Key=KEY)
    assert admin(world, "DELETE", "faults")[0] == 200
    client(world, key="AKIASERVICE").get_item(TableName="users", Key=KEY)


def test_a_slow_region_does_not_slow_the_other(world: World) -> None:
    make_global(world)
    admin(world, "POST", "faults", {"fault": "latency", "region": EAST, "delay": 1.5})
    east, west = client(world), client(world, WEST)
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(east.get_item, TableName="users", Key=KEY) for _ in range(20)]
        for _ in range(5):
            west.get_item(TableName="users", Key=KEY)
        assert not any(call.done() for call in waiting)


def test_another_services_api_can_be_gone_while_dynamodb_answers() -> None:
    def there(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"Accelerators": []}']

    with start(services={"globalaccelerator": there}) as world:
        accelerators: Any = boto3.client(
            "globalaccelerator",
            region_name=WEST,
            endpoint_url=world.endpoint,
            aws_access_key_id="AKIATEST",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        assert accelerators.list_accelerators()["Accelerators"] == []
        fault = admin(world, "POST", "faults", {"fault": "service-outage", "service": "globalaccelerator"})[1]
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            accelerators.list_accelerators()
        assert client(world).list_tables()["TableNames"] == []
        admin(world, "DELETE", f"faults/{fault['id']}")
        deny = {"fault": "deny", "action": "globalaccelerator:ListAccelerators"}
        admin(world, "POST", "faults", deny)
        with pytest.raises(botocore.exceptions.ClientError, match="globalaccelerator:ListAccelerators"):
            accelerators.list_accelerators()


@pytest.mark.parametrize(
    ("asked", "body", "status", "text"),
    [
        ("POST faults", {"fault": "earthquake"}, 400, "earthquake"),
        ("POST faults", {"fault": "outage", "region": "eu-west-1"}, 400, "no Region 'eu-west-1'"),
        ("DELETE faults/fault-9", None, 404, "no fault 'fault-9' is on"),
        ("PUT lag", {"median": "slow"}, 400, "median"),
        ("PUT lag", {"median": 1, "sourc": EAST}, 400, "sourc"),
        ("PUT lag", {"median": 1, "source": "eu-west-1"}, 400, "no Region 'eu-west-1'"),
        ("GET nothing", None, 404, "no GET /_rehearsal/nothing"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(
    world: World, asked: str, body: Any, status: int, text: str
) -> None:
    method, path = asked.split()
    answered, said = admin(world, method, path, body)
    assert answered == status
    assert text in said["error"]
    assert admin(world, "GET", "faults") == (200, {"faults": []})
