"""Several operators at once: one decision wins, and both Regions are never off."""

from collections.abc import Callable

import pytest
from dynamodr.failover.goal import Limits
from dynamodr.failover.run import STALE_SECONDS, Failover
from dynamodr.failover.steps import End
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.failover.virtual.time import WALL
from tests.unit.failover.virtual.world import EAST, WEST, World


def at_once(world: World, commands: list[Failover]) -> list[End]:
    """Let several runs go on side by side: whoever sleeps lets the others take their turns."""
    ended: dict[int, End] = {}

    def turn(number: int, command: Failover) -> Callable[[], None]:
        def step() -> None:
            found = command.turn()
            if isinstance(found, End):
                ended[number] = found
            else:
                world.time.at(max(found, 0.001), step)

        return step

    for number, command in enumerate(commands):
        world.time.at(world.table.rng.uniform(0.0, 12.0), turn(number, command))
    world.until(lambda: len(ended) == len(commands), 900.0)
    return [ended[number] for number in range(len(commands))]


def running(seed: int = 0) -> World:
    world = World(seed=seed, dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    return world


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_two_who_want_the_same_both_get_it(seed: int) -> None:
    world = running(seed)
    ends = at_once(world, [world.command(WEST), world.command(WEST)])
    # Whoever comes just as the other's dials are being deployed, and did not see the fence yet, is refused.
    assert sorted(end.exit_code for end in ends) in ([0, 0], [0, 2])
    world.time.sleep(4.0)
    assert world.active() == {WEST}
    assert (world.lost, world.edge.dark) == ([], [])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), targets=st.lists(st.sampled_from([EAST, WEST]), min_size=2, max_size=4))
def test_whoever_wants_what_nothing_is_lost_and_nothing_goes_dark(seed: int, targets: list[str]) -> None:
    world = running(seed)
    at_once(world, [world.command(target) for target in targets])
    world.time.sleep(4.0)
    assert len(world.active()) <= 1
    assert (world.lost, world.edge.dark) == ([], [])
    last = targets[-1]
    for _ in range(3):
        if world.run(last).exit_code == 0:
            break
    world.time.sleep(4.0)
    assert world.active() == {last}
    assert (world.lost, world.edge.dark) == ([], [])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), forced=st.lists(st.booleans(), min_size=2, max_size=2))
def test_by_force_too_one_region_is_left_writing(seed: int, forced: list[bool]) -> None:
    world = running(seed)
    at_once(world, [world.command(WEST, forced=forced[0]), world.command(EAST, forced=forced[1])])
    for _ in range(3):
        if world.run(WEST, forced=True).exit_code == 0:
            break
    world.time.sleep(4.0)
    assert world.active() == {WEST}
    look = world.edge.look()
    assert (look.dial(EAST), look.dial(WEST)) == (0, 100)
    assert world.edge.dark == []


def test_what_was_turned_off_at_the_same_moment_is_turned_on_again() -> None:
    world = running()
    command = world.command(WEST)

    def other_operator() -> None:
        if world.edge.asked[f"{EAST}/80"] == world.edge.asked[f"{EAST}/443"] == 0:
            world.edge.asked[f"{WEST}/443"] = 0
            world.on_call = lambda: None

    world.on_call = other_operator
    while not any(event.name == "dial-down" for event in world.events):
        command.turn()
    told = next(event for event in world.events if event.name == "dial-down")
    assert (told.ok, "turned on again" in told.detail) == (False, True)
    assert world.edge.look().below(EAST, 100) == ()
    assert command.run().exit_code == 0
    assert world.active() == {WEST}


def test_nobody_turns_a_region_off_by_a_fence_that_is_only_just_known() -> None:
    world = running()
    leaving = world.command(WEST)
    while not any(event.name == "dial-up" for event in world.events):
        leaving.turn()
    world.events.clear()
    assert world.run(EAST).exit_code == 0
    at = {event.name: event.elapsed for event in world.events if event.kind == "step"}
    assert at["dial-down"] - at["return"] >= Limits().settle


def test_nobody_turns_a_region_off_by_an_old_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's machine is suspended after it."""
    world = running()
    command = world.command(WEST)

    def suspended() -> float:
        world.time.sleep(STALE_SECONDS + 0.1)
        return WALL + world.time.now()

    with monkeypatch.context() as patch:
        patch.setattr(world.time, "wall", suspended)
        while not any(event.name == "dial-down" for event in world.events):
            command.turn()
    told = next(event for event in world.events if event.name == "dial-down")
    assert (told.ok, world.edge.look().dial(EAST)) == (False, 100)
    assert command.run().exit_code == 0


def test_what_was_proved_of_one_pause_is_not_proved_of_the_next() -> None:
    world = running()
    slow, other = world.command(WEST), world.command(WEST)
    while not any(event.name == "compare" and event.ok for event in world.events):
        slow.turn()
    assert world.run(EAST).exit_code == 0
    world.table.pause(EAST, WEST)
    world.time.sleep(5.0)
    world.events.clear()
    while not any(event.name == "fence" for event in world.events):
        other.turn()
    assert slow.run().exit_code == 1
    world.time.sleep(5.0)
    assert (world.active(), world.lost) == ({EAST}, [])
