"""Warm throughput over the world: asked for by a job, seen by any client in both Regions, later."""

import time

import pytest

from rehearsal.core.faults import Deny, Outage
from rehearsal.world import World
from tests.contract.table.conftest import Client, Run
from tests.contract.table.ended import EAST, WEST

WANTED = {"TABLE_WARM_THROUGHPUT_READ": "40000", "TABLE_WARM_THROUGHPUT_WRITE": "10000"}


def becomes_warm(client: Client, region: str, name: str) -> bool:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        shown = client(region).describe_table(TableName=name)["Table"]["WarmThroughput"]
        if shown == {"ReadUnitsPerSecond": 40_000, "WriteUnitsPerSecond": 10_000, "Status": "ACTIVE"}:
            return True
        time.sleep(0.05)
    return False


def test_from_nothing_and_then_nothing_to_do(
    run: Run, world: World, client: Client, variables: dict[str, str]
) -> None:
    ended = run(EAST, **WANTED)
    assert ended.code == 0
    assert ended.said("accepted")[-1] == "UpdateTable, to raise warm throughput"
    assert any("12000 reads and 4000 writes" in line for line in ended.said("warning"))
    for region in (EAST, WEST):
        assert becomes_warm(client, region, variables["TABLE_NAME"])
    world.inject(Deny(action="dynamodb:UpdateTable"))
    assert [line["event"] for line in run(EAST, **WANTED).lines] == ["observed", "observed", "converged"]


def test_an_upgrade_while_home_is_lost(
    run: Run, world: World, client: Client, variables: dict[str, str]
) -> None:
    assert [run(region).code for region in (EAST, WEST)] == [0, 0]
    world.inject(Outage(region=EAST))
    assert run(WEST, **WANTED).code == 0
    assert becomes_warm(client, WEST, variables["TABLE_NAME"])


@pytest.mark.parametrize("own", [EAST, WEST])
def test_a_role_that_may_not_is_told_of_and_rolls_out(run: Run, world: World, own: str) -> None:
    assert [run(region).code for region in (EAST, WEST)] == [0, 0]
    world.inject(Deny(action="dynamodb:UpdateTable", region=own))
    ended = run(own, **WANTED)
    assert ended.code == 0
    assert any("not authorized to perform: dynamodb:UpdateTable" in line for line in ended.said("warning"))
