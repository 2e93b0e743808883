"""Which Region a connection through the front door reaches. Rows of the facts about failover are named."""

import socket

import pytest

from rehearsal.accelerator import Accelerator, AcceleratorConfig
from rehearsal.relay import Outcome
from tests.rehearsal.doors import EAST, WEST, ask, eventually, two_regions


def test_the_nearest_dialled_region_answers() -> None:
    with two_regions() as two:
        assert [two.who() for _ in range(5)] == [EAST] * 5


def test_clients_elsewhere_reach_their_own_nearest_region() -> None:
    config = AcceleratorConfig(dials={EAST: 100, WEST: 100}, nearest=(WEST, EAST), deploy_seconds=0)
    with two_regions(config) as two:
        assert two.who() == WEST


def test_row_new_connections_only() -> None:
    """Row: "New connections only": an open connection stays in its Region when the dials turn."""
    with two_regions() as two, socket.create_connection(two.door.address, timeout=10) as client:
        assert ask(client) == EAST
        turn(two.accelerator, east=0, west=100)
        assert two.who() == WEST
        assert ask(client) == EAST


def test_only_deployed_dials_count() -> None:
    with two_regions(AcceleratorConfig(deploy_seconds=3600)) as two:
        turn(two.accelerator, east=0, west=100)
        assert two.who() == EAST
        assert two.accelerator.dials() == {EAST: 100, WEST: 0}


def test_row_dial_0_is_not_a_fence() -> None:
    """Row: "Dial 0 is not a fence: health failover ignores 0 dial"."""
    with two_regions() as two:
        assert two.accelerator.dials()[WEST] == 0
        two.east.health = 503
        eventually(lambda: two.who() == WEST)
        assert two.door.connections()[-1].why == "failover"
        two.east.health = 200
        eventually(lambda: two.who() == EAST)


def test_row_then_fails_open() -> None:
    """Row: "then fails open": with no healthy endpoint anywhere, the closest Region is tried all the same."""
    with two_regions() as two:
        two.east.health = two.west.health = 503
        eventually(lambda: {h.state for h in two.accelerator.states().values()} == {"UNHEALTHY"})
        assert two.who() == EAST
        eventually(lambda: two.door.connections()[-1].why == "fail-open")


def test_row_health_check_of_the_load_balancer() -> None:
    """Row: "ELB endpoints: GA uses the ELB target-group health check"."""
    with two_regions() as two:
        assert set(two.east.checks) == {"ELB-HealthChecker/2.0"}
        two.east.health = 500
        eventually(lambda: two.accelerator.states()[EAST].state == "UNHEALTHY")
        assert two.accelerator.states()[EAST].reason == "Failed: HTTP 500"


def test_a_dead_region_resets_until_health_moves_the_next_connection() -> None:
    """A client sees resets, not hangs, from the Region's loss until the health checks see it."""
    with two_regions() as two:
        two.east.stop()
        reset = 0
        while True:
            try:
                if two.who() == WEST:
                    break
            except ConnectionError:
                reset += 1
        ended = [one for one in two.door.connections() if one.outcome == Outcome.UNREACHABLE]
        assert len(ended) == reset
        assert "refused" in two.accelerator.states()[EAST].reason.lower()


def test_every_dial_at_0_resets() -> None:
    with two_regions(AcceleratorConfig(dials={EAST: 0, WEST: 0})) as two:
        with pytest.raises(ConnectionError):
            two.who()
        last = two.door.connections()[-1]
        assert (last.outcome, last.why) == (Outcome.REFUSED, "no endpoint group takes traffic")


def turn(accelerator: Accelerator, *, east: float, west: float) -> None:
    """Turn both dials, the target first, in the state itself."""
    with accelerator.lock:
        (listener,) = accelerator.state.all[0].listeners
        wanted = {EAST: east, WEST: west}
        for group in sorted(listener.groups, key=lambda group: -wanted[group.region]):
            accelerator.state.update_endpoint_group(
                accelerator.clock(), group.arn, {"dial": wanted[group.region]}
            )
