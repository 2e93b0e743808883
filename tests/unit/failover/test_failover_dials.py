"""Dials that do not do as they are told, and listeners that lead to one Region only."""

import pytest

from tests.unit.failover.virtual.accelerator import Edge
from tests.unit.failover.virtual.world import EAST, REGIONS, WEST, World

THIRD = "eu-west-1"


def running(*regions: str, **dials: int) -> World:
    world = World(regions=regions or REGIONS, dials={EAST: 100, WEST: 0, **dials})
    world.time.sleep(12.0)
    return world


@pytest.mark.parametrize("lost", [False, True])
def test_a_listener_that_leads_to_the_old_region_alone_stays(lost: bool) -> None:
    world = running()
    del world.edge.asked[f"{WEST}/443"]
    world.edge.healthy[EAST] = not lost
    ended = world.run(WEST, forced=True)
    assert ended.exit_code == 1
    assert "no endpoint group in us-west-2 has the listener 443 (to us-east-1), which stays" in ended.detail
    assert (world.edge.asked[f"{EAST}/443"], world.edge.asked[f"{EAST}/80"]) == (100, 0)
    assert world.edge.dark == []
    assert len([event for event in world.events if event.name == "dial-down"]) == 1


def test_a_region_of_the_accelerators_that_is_none_of_the_tables() -> None:
    world = World(dials={EAST: 100, WEST: 0})
    world.edge = Edge(world.time, (EAST, WEST, THIRD), {EAST: 100, WEST: 0, THIRD: 100})
    world.time.sleep(12.0)
    world.edge.refusing = {f"{THIRD}/80", f"{THIRD}/443"}
    began = world.time.now()
    ended = world.run(WEST, forced=True)
    assert (ended.exit_code, world.time.now() - began < 120) == (1, True)
    assert "the dial of eu-west-1 cannot be turned" in ended.detail


@pytest.mark.parametrize("forced", [False, True])
def test_something_else_that_turns_the_dial_back(forced: bool) -> None:
    world = running()

    def own() -> None:
        if world.edge.asked[f"{WEST}/443"]:
            world.edge.set_dial(WEST, 0)
        world.time.at(1.5, own)

    own()
    began = world.time.now()
    ended = world.run(WEST, forced=forced)
    assert (ended.exit_code, world.time.now() - began < 240) == (1, True)
    assert "turns the dial of us-west-2 back" in ended.detail if not forced else "stay" in ended.detail
    world.time.sleep(5.0)
    assert world.active() == ({WEST} if forced else {EAST}), "nobody is left without a Region that writes"


def test_a_run_that_takes_too_long_gives_the_writes_back() -> None:
    world = running()
    world.table.pause(EAST, WEST)
    ended = world.run(WEST, prove=10_000.0)
    assert ended.exit_code == 1
    assert "it has taken more than 1800 s. The writes are back in us-east-1" in ended.detail
    world.time.sleep(5.0)
    assert world.active() == {EAST}


def test_a_third_region_is_turned_on_again_when_the_writes_go_back() -> None:
    world = running(EAST, WEST, THIRD, **{THIRD: 100})

    def falls_ill() -> None:
        if world.edge.asked[f"{THIRD}/443"] == 0:
            world.edge.healthy[WEST] = False

    world.on_call = falls_ill
    ended = world.run(WEST)
    assert ended.exit_code == 1
    assert {one: world.edge.asked[f"{one}/443"] for one in world.regions} == {EAST: 100, WEST: 0, THIRD: 100}
