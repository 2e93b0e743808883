"""`rehearsal fault`, on a running world."""

import json

import pytest
import urllib3
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from rehearsal.cli import main
from rehearsal.fault.desk import LoseRegion
from rehearsal.world import World
from tests.rehearsal.worlds import ADA, EAST, KEY, WEST, client, eventually, make_global, world

__all__ = ["world"]


def fault(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["fault", *arguments, "--endpoint", world.endpoint])


def on(world: World) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(fault(world, "list", "--output", "json").output)
    return found


@pytest.mark.parametrize("name", ["pause-replication", "aws:dynamodb:global-table-pause-replication"])
def test_replication_is_paused_by_either_name_and_held_writes_arrive_late(world: World, name: str) -> None:
    make_global(world)
    begun = fault(world, name, "--source", EAST)
    assert begun.exit_code == 0, begun.output
    client(world).put_item(TableName="users", Item=ADA)
    (shown,) = on(world)
    assert (shown["id"], shown["fault"]) == (begun.output.strip(), "pause-replication")
    assert (shown["source"], shown["target"]) == (EAST, None)
    eventually(lambda: world.ledger()["in_flight"])
    west = client(world, WEST)
    assert "Item" not in west.get_item(TableName="users", Key=KEY, ConsistentRead=True)
    assert fault(world, "undo", begun.output.strip()).exit_code == 0
    eventually(lambda: "Item" in west.get_item(TableName="users", Key=KEY, ConsistentRead=True))
    assert "No fault is on." in fault(world, "list").output


def test_fiss_name_is_taken_by_the_api_too(world: World) -> None:
    body = json.dumps({"fault": "aws:dynamodb:global-table-pause-replication", "target": WEST})
    answer = urllib3.request("POST", f"{world.endpoint}/_rehearsal/faults", body=body)
    assert answer.status == 200
    assert on(world)[0]["fault"] == "pause-replication"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["partition", EAST, WEST], {"fault": "partition", "regions": [EAST, WEST]}),
        (
            ["throttle", EAST, "--calls", "3", "--operation", "PutItem"],
            {"fault": "throttle", "region": EAST, "calls": 3, "operations": ["PutItem"]},
        ),
        (["latency", WEST, "0.25"], {"fault": "latency", "region": WEST, "delay": 0.25}),
        (["skew-clock", WEST, "-2.5"], {"fault": "clock-skew", "region": WEST, "by": -2.5}),
        (
            ["lose-control-plane", "--seconds", "60"],
            {"fault": "service-outage", "service": "globalaccelerator", "seconds": 60.0},
        ),
        (
            ["lose-region", EAST, "--only", "service"],
            {"fault": "lose-region", "region": EAST, "only": "service"},
        ),
    ],
)
def test_each_fault_begins_is_listed_and_ends(
    world: World, arguments: list[str], kind: dict[str, object]
) -> None:
    name = fault(world, *arguments).output.strip()
    (shown,) = on(world)
    assert kind.items() <= shown.items()
    assert kind["fault"] in fault(world, "list").output  # type: ignore[operator]  # a text
    assert name in fault(world, "undo", "--all").output
    assert on(world) == []


def test_a_lost_region_is_one_fault_takes_both_parts_and_gives_both_back(world: World) -> None:
    services: list[str] = []
    world.desk.attend(
        lambda region: services.append(f"kill {region}"), lambda r: services.append(f"start {r}")
    )
    make_global(world)
    name = fault(world, "lose-region", EAST).output.strip()
    assert [one["fault"] for one in on(world)] == ["lose-region"]
    with pytest.raises(Exception, match=r"closed|endpoint"):
        client(world).get_item(TableName="users", Key=KEY)
    assert client(world, WEST).get_item(TableName="users", Key=KEY)
    second = fault(world, "lose-region", EAST, "--only", "service").output.strip()
    fault(world, "undo", name)
    assert client(world).get_item(TableName="users", Key=KEY)
    assert services == [f"kill {EAST}", f"kill {EAST}"], "the second fault still keeps the service away"
    fault(world, "undo", second)
    assert services[-1] == f"start {EAST}"


def test_a_part_of_a_region_can_be_lost_and_comes_back_by_itself(world: World) -> None:
    services: list[str] = []
    world.desk.attend(services.append, services.append)
    make_global(world)
    world.inject(LoseRegion(region=EAST, only="dynamodb", mode="unavailable", seconds=0.2))
    with pytest.raises(ClientError):
        client(world).get_item(TableName="users", Key=KEY)
    eventually(lambda: not on(world))
    assert client(world).get_item(TableName="users", Key=KEY)
    assert services == [], "its service was not touched"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["lose-region", "eu-west-1"], 1, "there is no 'eu-west-1' here, but us-east-1, us-west-2"),
        (["undo", "nothing"], 1, "no fault 'nothing' is on"),
        (["undo"], 2, "give the ID of a fault"),
        (["undo", "x", "--all"], 2, "give the ID of a fault"),
        (["partition", EAST], 2, "takes 2 values"),
        (["latency", EAST, "soon"], 2, "soon"),
        (["meteor"], 2, "meteor"),
    ],
)
def test_what_is_refused_says_why(world: World, arguments: list[str], code: int, text: str) -> None:
    result = fault(world, *arguments)
    assert (result.exit_code, text in result.output) == (code, True), result.output
    assert on(world) == []


def test_without_a_rehearsal_it_says_how_to_start_one() -> None:
    result = CliRunner().invoke(main, ["fault", "list", "--endpoint", "http://127.0.0.1:9"])
    assert result.exit_code == 1
    assert "Start one: rehearsal up" in result.output
