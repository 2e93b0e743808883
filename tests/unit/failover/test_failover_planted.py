"""The tests are tested: a planned failover that skips what keeps it safe is caught by them."""

from functools import partial

import pytest
from dynamodr.failover import moving
from dynamodr.failover.case import Case
from dynamodr.failover.goal import Limits
from dynamodr.failover.steps import Proof

from tests.unit.failover.virtual.world import EAST, WEST, World


def slow_down(world: World) -> None:
    """Let replication be quick until the proof and slow after it: what comes late is seen to be late."""
    if any(event.name == "compare" and event.ok for event in world.events):
        world.table.lag = (8.0, 8.0)


def lost_in(seeds: range, settle: float) -> list[str]:
    lost = []
    for seed in seeds:
        world = World(seed=seed, dials={EAST: 100, WEST: 100})
        world.edge.deploy_seconds = 0.1
        world.table.lag = (0.05, 0.1)
        world.time.sleep(12.0)
        world.on_call = partial(slow_down, world)
        world.run(WEST, settle=settle)
        world.time.sleep(6.0)
        lost += world.lost
        lost += [str(user) for user in world.acknowledged if user not in world.table.users(WEST)]
    return lost


def test_with_everything_in_place_nothing_is_lost() -> None:
    assert lost_in(range(12), settle=Limits().settle) == []


def test_a_fence_that_is_not_waited_for() -> None:
    assert lost_in(range(12), settle=0.0)


def test_a_wait_that_forgets_how_long_a_write_may_take() -> None:
    assert lost_in(range(12), settle=1.0)


def test_an_arrival_that_is_taken_for_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    def granted(case: Case) -> Proof:
        return Proof(epoch=case.view.fence.epoch, compared=True, detail="")

    monkeypatch.setattr(moving, "proven", granted)
    world = World(dials={EAST: 100, WEST: 100})
    world.time.sleep(12.0)
    world.table.lag = (25.0, 25.0)
    world.time.sleep(2.0)
    world.run(WEST)
    world.time.sleep(6.0)
    assert world.lost
