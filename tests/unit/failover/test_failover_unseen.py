"""What a look does not see is no news: neither of what the pods obey, nor of another operator."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.steps import End
from dynamodr.fence.record import Fence
from dynamodr.settings import WriteMode

from tests.unit.failover.virtual.world import EAST, REGIONS, WEST, World

both = pytest.mark.parametrize("write_mode", ["any", "active-region"])
"""What the command assumes of pods that say nothing."""


def running() -> World:
    world = World(dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    return world


def east_lost() -> World:
    world = running()
    world.table.lose(EAST)
    world.stop_pods(EAST)
    world.edge.healthy[EAST] = False
    world.time.sleep(5.0)
    return world


def told(world: World, name: str) -> bool:
    return any(event.name == name and event.ok is not False for event in world.events)


def run(
    world: World, *, forced: bool, then: Callable[[], None], after: str, write_mode: WriteMode = "any"
) -> End:
    """Run the command to WEST; call `then` once, before the first look after the event named `after`."""
    command = world.command(WEST, forced=forced, write_mode=write_mode)
    once: Iterator[Callable[[], None]] = iter([then])
    while not isinstance(turned := command.turn(), End):
        if told(world, after):
            next(once, lambda: None)()
        world.time.sleep(turned)
    return turned


def silence(world: World, *regions: str, seconds: float) -> Callable[[], None]:
    """Let replicas not answer for a while: the operator's way to them is broken, or DynamoDB is."""

    def begin() -> None:
        for region in regions:
            world.table.lose(region)
            world.time.at(seconds, partial(world.table.restore, region))

    return begin


def test_writes_that_are_paused_stay_so_in_mind_when_nobody_answers() -> None:
    world = running()
    ended = run(world, forced=False, then=silence(world, EAST, WEST, seconds=600.0), after="dial-up")
    assert ended.exit_code == 1
    assert "writes may be paused" in ended.detail
    assert world.edge.asked[f"{EAST}/443"] == 100, "no Region is turned off without a proof"


def test_a_pause_that_may_have_been_written_is_no_refusal() -> None:
    world = running()

    def lose_the_answer() -> None:
        if world.table.read(EAST, "fence"):
            world.on_call = lambda: None
            world.table.lose(EAST)
            raise CallFailedError("us-east-1: no answer")

    world.on_call = lose_the_answer
    ended = world.run(WEST)
    assert (ended.name, world.edge.asked[f"{EAST}/443"]) == ("stopped", 100)


def test_what_was_fenced_is_lifted_whatever_pods_say_that_start_meanwhile() -> None:
    world = running()

    def replace_pods() -> None:
        world.mode = "any"
        for region in REGIONS:
            world.stop_pods(region)
            world.start_pods(region)
        world.time.sleep(5.0)

    assert run(world, forced=False, then=replace_pods, after="fence").exit_code == 0
    assert world.table.read(WEST, "fence").active_region == WEST


@both
@pytest.mark.parametrize("after", ["fence", "dial-up", "compare", "dial-down", "lift"])
def test_a_look_that_nobody_answers_is_made_again(after: str, write_mode: WriteMode) -> None:
    world = running()
    missing = silence(world, *REGIONS, seconds=1.2)
    ended = run(world, forced=False, then=missing, after=after, write_mode=write_mode)
    assert (ended.exit_code, world.lost) == (0, [])
    world.time.sleep(5.0)
    assert world.active() == {WEST}


def test_a_forced_one_is_not_done_before_a_pod_takes_writes() -> None:
    world = east_lost()
    world.stop_pods(WEST)
    ended = run(world, forced=True, then=silence(world, WEST, seconds=600.0), after="confirm")
    assert ended.exit_code == 1
    assert "does not answer" in ended.detail


@both
@pytest.mark.parametrize("after", ["force", "dial-up", "dial-down"])
def test_a_forced_one_waits_for_a_target_that_misses_a_look(after: str, write_mode: WriteMode) -> None:
    world = east_lost()
    missing = silence(world, WEST, seconds=1.2)
    ended = run(world, forced=True, then=missing, after=after, write_mode=write_mode)
    assert ended.exit_code == 0, ended.detail
    assert world.active() == {WEST}


def test_a_forced_one_asks_once_more_for_dials_that_it_misses_at_first() -> None:
    world = east_lost()
    world.edge.down = True

    def back() -> None:
        world.edge.down = False

    assert run(world, forced=True, then=back, after="force").exit_code == 0
    assert world.edge.look().dial(WEST) == 100


@both
def test_the_old_region_dies_once_it_has_the_fence(write_mode: WriteMode) -> None:
    world = running()
    world.table.pause(EAST, WEST)
    gone = partial(world.table.lose, EAST)
    ended = run(world, forced=True, then=gone, after="force", write_mode=write_mode)
    assert ended.exit_code == 0, ended.detail
    fence = world.table.read(WEST, "fence")
    assert fence.active_region == WEST


@pytest.mark.parametrize("lost", [False, True])
def test_pods_that_are_behind_get_a_new_epoch(lost: bool) -> None:
    world = running()
    world.run(WEST)
    world.run(EAST)
    world.run(WEST)
    world.table.write(WEST, "fence", Fence(active_region=WEST, epoch=2, source=EAST, target=WEST))
    world.time.sleep(10.0)
    if lost:
        world.table.lose(EAST)
        world.stop_pods(EAST)
        world.edge.healthy[EAST] = False
    world.time.sleep(5.0)
    assert world.standing(WEST) == {"behind"}
    assert world.run(WEST, forced=True).exit_code == 0
    assert world.active() == {WEST}


def test_whoever_lists_the_regions_in_another_order_is_refused() -> None:
    world = running()
    world.regions = (WEST, EAST)
    ended = world.run(WEST)
    assert ended.exit_code == 2
    assert "TABLE_REGIONS begins with us-west-2, the pods' with us-east-1" in ended.detail
    assert world.edge.asked[f"{EAST}/443"] == 100


def test_and_is_heard_all_the_same_when_the_home_region_is_gone() -> None:
    world = east_lost()
    world.regions = (WEST, EAST)
    assert world.run(WEST, forced=True).exit_code == 0
    assert world.active() == {WEST}
