"""A Region of the world is lost: the survivor rolls out; a first install says what it needs."""

from typing import Literal

import pytest

from rehearsal.core.faults import Latency, Outage
from rehearsal.world import World
from tests.contract.table.conftest import Run
from tests.contract.table.ended import EAST, WEST

Mode = Literal["close", "unavailable", "errors"]
MODES: list[Mode] = ["close", "unavailable", "errors"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("lost", "own"), [(EAST, WEST), (WEST, EAST)])
def test_on_an_upgrade_the_own_replica_is_enough(
    run: Run, world: World, mode: Mode, lost: str, own: str
) -> None:
    assert run(EAST).code == 0
    assert run(WEST).code == 0
    fault = world.inject(Outage(region=lost, mode=mode))
    ended = run(own)
    assert (ended.code, ended.last["event"]) == (0, "converged")
    assert any(lost in warning for warning in ended.said("warning"))
    assert ended.seconds < 10
    world.undo(fault)
    ended = run(own)
    assert (ended.code, ended.said("warning")) == (0, [])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lost", [EAST, WEST])
def test_on_a_first_install_nothing_is_made(run: Run, world: World, mode: Mode, lost: str) -> None:
    fault = world.inject(Outage(region=lost, mode=mode))
    for own in (EAST, WEST):
        ended = run(own)
        assert (ended.code, ended.last["event"]) == (1, "not yet")
        assert lost in ended.last["message"]
    world.undo(fault)
    ended = run(WEST)
    assert ended.said("observed")[:2] == [f"{EAST}: no table", f"{WEST}: no table"]
    assert ended.code == 0


def test_home_is_lost_while_the_replica_is_made(run: Run, world: World) -> None:
    assert run(EAST, TABLE_REGIONS=EAST).code == 0
    fault = world.inject(Outage(region=EAST))
    assert run(WEST).code == 1
    world.undo(fault)
    assert run(WEST).code == 0


def test_a_region_that_accepts_and_never_answers(run: Run, world: World) -> None:
    """Each look is bounded, whatever hangs: no rollout in the survivor waits for it."""
    assert run(EAST).code == 0
    assert run(WEST).code == 0
    fault = world.inject(Latency(region=EAST, delay=5.0))
    ended = run(WEST, look=1.0)
    assert ended.code == 0
    assert ended.seconds < 8, "two looks, of a second each here"
    world.undo(fault)
