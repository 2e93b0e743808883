"""Ended at any call, before or after it took effect, and run again: it arrives, and nothing was lost."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.failover.virtual.world import EAST, WEST, World


class InterruptedRunError(BaseException):
    """The operator's process ends."""


def interrupted(world: World, target: str, cut: int, *, forced: bool = False) -> bool:
    """Run the command, and end it at some call; say whether that call ever came."""
    left = cut

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise InterruptedRunError

    world.on_call = count
    try:
        world.run(target, forced=forced)
    except InterruptedRunError:
        return True
    finally:
        world.on_call = lambda: None
    return False


def until_done(world: World, target: str, cuts: list[int], *, forced: bool = False) -> bool:
    """Run the command again and again, cut short after so many calls each time; then let it end."""
    for cut in cuts:
        if not interrupted(world, target, cut, forced=forced):
            break
    return any(world.run(target, forced=forced).exit_code == 0 for _ in range(3))


CUTS = st.lists(st.integers(0, 160), max_size=4)


@settings(max_examples=60, deadline=None)
@given(cuts=CUTS, seed=st.integers(0, 1000), west=st.sampled_from([0, 50, 100]))
@example(cuts=[13, 19, 20], seed=0, west=0)
def test_a_planned_failover_arrives_however_often_it_is_interrupted(
    cuts: list[int], seed: int, west: int
) -> None:
    world = World(seed=seed, dials={EAST: 100, WEST: west})
    world.edge.deploy_seconds = seed % 4 + 0.1
    world.table.lag = (0.1, 0.1 + seed % 5)
    world.time.sleep(12.0)
    assert until_done(world, WEST, cuts)
    world.time.sleep(4.0)
    assert world.active() == {WEST}
    assert world.edge.dark == []
    assert world.lost == []
    assert set(world.acknowledged) <= set(world.table.users(WEST))
    dials = world.edge.look()
    assert (dials.dial(EAST), dials.dial(WEST)) == (0, 100)


@settings(max_examples=40, deadline=None)
@given(cuts=CUTS, seed=st.integers(0, 1000), answers=st.booleans(), west=st.sampled_from([0, 100]))
def test_so_does_a_forced_one(cuts: list[int], seed: int, answers: bool, west: int) -> None:
    world = World(seed=seed, dials={EAST: 100, WEST: west})
    world.time.sleep(12.0)
    world.edge.healthy[EAST] = False
    if not answers:
        world.table.lose(EAST)
        world.stop_pods(EAST)
    assert until_done(world, WEST, cuts, forced=True)
    world.time.sleep(4.0)
    assert world.active() == {WEST}
    assert world.edge.dark == []


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 160), seed=st.integers(0, 1000))
def test_a_planned_one_that_was_interrupted_may_be_taken_back(cut: int, seed: int) -> None:
    world = World(seed=seed, dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    interrupted(world, WEST, cut)
    assert until_done(world, EAST, [])
    world.time.sleep(4.0)
    assert world.active() == {EAST}
    assert world.edge.dark == []
    assert world.lost == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_nothing_is_lost_whatever_fails_on_the_way(seed: int) -> None:
    """Replication pauses, the accelerator's API and health come and go; runs end as they may."""
    draw = random.Random(seed)
    world = World(seed=seed, dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)

    def trouble() -> None:
        kind = draw.randrange(4)
        length = draw.uniform(0.5, 30.0)
        if kind == 0:
            way = draw.choice([(EAST, WEST), (WEST, EAST)])
            world.table.pause(*way)
            world.time.at(length, lambda: world.table.resume(*way))
        elif kind == 1:
            world.edge.down = True
            world.time.at(length, lambda: setattr(world.edge, "down", False))
        elif kind == 2:
            region = draw.choice([EAST, WEST])
            world.edge.healthy[region] = False
            world.time.at(length, lambda: world.edge.healthy.update({region: True}))
        else:
            region = draw.choice([EAST, WEST])
            world.table.lose(region)
            world.time.at(length, lambda: world.table.restore(region))
        world.time.at(draw.uniform(5.0, 30.0), trouble)

    world.time.at(draw.uniform(0.0, 15.0), trouble)
    for _ in range(4):
        world.run(draw.choice([EAST, WEST]), prove=15.0, deploy=20.0)
        world.time.sleep(draw.uniform(0.0, 10.0))
        assert len(world.active()) <= 1
    assert world.edge.dark == []
    assert world.lost == []
