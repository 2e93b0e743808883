"""Refused, with the reason, before anything is changed."""

from collections.abc import Callable

import pytest
from dynamodr.fence.record import Fence

from tests.unit.failover.virtual.world import EAST, WEST, World


def running() -> World:
    world = World()
    world.time.sleep(12.0)
    return world


def unhealthy(world: World) -> None:
    world.edge.healthy[WEST] = False


def unhealthy_behind_one_listener(world: World) -> None:
    world.edge.ill.add(f"{WEST}/443")


def not_active(world: World) -> None:
    world.table.status[WEST] = "CREATING"


def source_gone(world: World) -> None:
    world.table.lose(EAST)


def lag_unknown(world: World) -> None:
    del world.table.held[WEST][f"beat {EAST}"]


def lag_great(world: World) -> None:
    world.table.pause(EAST, WEST)
    world.time.sleep(40.0)


def accelerator_gone(world: World) -> None:
    world.edge.down = True


def accelerator_busy(world: World) -> None:
    world.edge.deploying = 1


def accelerator_disabled(world: World) -> None:
    world.edge.enabled = False


def provisioned(world: World) -> None:
    world.table.billing = "PROVISIONED"


def no_endpoint_group(world: World) -> None:
    del world.edge.asked[f"{WEST}/443"]


def another_under_way(world: World) -> None:
    fence = Fence(
        active_region="", epoch=9, source=EAST, target="eu-west-1", at=round(world.time.wall() * 1000)
    )
    world.table.write(EAST, "fence", fence)


def conflict(world: World) -> None:
    world.table.pause(EAST, WEST)
    world.table.pause(WEST, EAST)
    world.table.write(EAST, "fence", Fence(active_region=EAST, epoch=9))
    world.table.write(WEST, "fence", Fence(active_region=WEST, epoch=9))


def modes_differ(world: World) -> None:
    for pod in world.pods:
        if pod.region == WEST:
            pod.follower._mode = "any"
    world.time.sleep(10.0)


REASONS: dict[Callable[[World], None], str] = {
    unhealthy: "us-west-2 has no healthy endpoint (lb UNHEALTHY, lb UNHEALTHY)",
    unhealthy_behind_one_listener: "us-west-2 has no healthy endpoint (lb HEALTHY, lb UNHEALTHY)",
    not_active: "replica in us-west-2: us-east-1 says that it is CREATING",
    source_gone: "replica in us-east-1: does not answer: us-east-1: no answer",
    lag_unknown: "replication lag: unknown: us-west-2 has no heartbeat of us-east-1",
    lag_great: "the limit is 30 s",
    accelerator_gone: "accelerator: Global Accelerator does not answer: us-west-2: no answer in 0.5 s",
    accelerator_busy: "accelerator: users is still being changed (IN_PROGRESS)",
    accelerator_disabled: "accelerator: users is disabled",
    provisioned: "capacity: the replica in us-west-2 is provisioned, not on demand",
    no_endpoint_group: "users has a listener without an endpoint group in us-west-2",
    another_under_way: "one is under way: from us-east-1 to eu-west-1",
    conflict: "two Regions hold different fences of epoch 9",
    modes_differ: "write mode: the Regions differ: active-region in us-east-1, any in us-west-2",
}


@pytest.mark.parametrize("wrong", REASONS, ids=lambda wrong: wrong.__name__)
def test_planned(wrong: Callable[[World], None]) -> None:
    world = running()
    wrong(world)
    before = (world.table.read(EAST, "fence"), world.table.read(WEST, "fence"), dict(world.edge.asked))
    ended = world.run(WEST)
    assert ended.exit_code == 2
    assert REASONS[wrong] in ended.detail
    assert (world.table.read(EAST, "fence"), world.table.read(WEST, "fence"), world.edge.asked) == before
    assert not [event for event in world.events if event.kind == "step"]


@pytest.mark.parametrize("forced", [False, True])
def test_a_region_that_is_none_of_the_tables(forced: bool) -> None:
    world = running()
    ended = world.run("us-wset-2", forced=forced)
    assert ended.exit_code == 2
    assert "us-wset-2 is none of the table's Regions (us-east-1, us-west-2: TABLE_REGIONS)" in ended.detail


def test_another_home_region_than_the_pods() -> None:
    world = running()
    world.regions = (WEST, EAST)
    ended = world.run(EAST)
    assert ended.exit_code == 2
    assert "TABLE_REGIONS begins with us-west-2, the pods' with us-east-1" in ended.detail


def test_a_dial_down_is_refused_too_where_only_that_is_left() -> None:
    world = running()
    assert world.run(WEST).exit_code == 0
    world.edge.set_dial(EAST, 100)
    world.edge.healthy[WEST] = False
    ended = world.run(WEST)
    assert ended.exit_code == 2
    assert "last healthy Region" in ended.detail
