"""Regions that come back, restart and start cold: real followers in virtual time."""

from dynamodr.fence.core import MAX_AGE
from dynamodr.fence.record import Fence
from dynamodr.fence.trust import SILENCE_SECONDS

from tests.unit.failover.virtual.world import EAST, WEST, World


def running() -> World:
    world = World(writing=False)
    world.time.sleep(12.0)
    assert world.active() == {EAST}
    return world


def force(world: World, region: str, epoch: int) -> None:
    """As `failover to --forced` does when it can reach nobody else."""
    fence = Fence(active_region=region, epoch=epoch, target=region, written_in=region, forced=True)
    world.table.write(region, "fence", fence)


def test_the_first_start_takes_writes_at_once_and_the_rest_follow() -> None:
    world = World(writing=False, pods=3)
    assert world.until(lambda: EAST in world.active()) < 8.0
    world.time.sleep(8.0)
    assert world.standing(EAST) == {"active"}
    assert world.standing(WEST) == {"standby"}


def test_a_pod_that_starts_beside_others_writes_within_a_few_seconds() -> None:
    world = running()
    world.start_pods(EAST, 1)
    assert world.until(lambda: world.pods[-1].standing == "active") < 4.5


def test_all_pods_of_the_active_region_restart_at_once() -> None:
    world = running()
    world.stop_pods(EAST)
    world.time.sleep(5.0)
    world.start_pods(EAST)
    assert world.standing(EAST) == {"unknown"}
    assert world.until(lambda: world.standing(EAST) == {"active"}) < 9.0


def test_both_regions_start_cold_on_an_old_table() -> None:
    world = running()
    world.stop_pods(EAST)
    world.stop_pods(WEST)
    world.time.sleep(30.0)
    world.start_pods(WEST)
    world.start_pods(EAST)
    assert world.until(lambda: world.standing(EAST) == {"active"}) < 9.0
    assert world.standing(WEST) == {"standby"}


def test_all_pods_restart_while_the_other_region_is_lost_and_wait_for_an_operator() -> None:
    world = running()
    world.table.lose(WEST)
    world.stop_pods(WEST)
    world.stop_pods(EAST)
    world.time.sleep(5.0)
    world.start_pods(EAST)
    world.time.sleep(120.0)
    assert world.standing(EAST) == {"unproven"}
    world.edge.healthy[WEST] = False
    assert world.run(EAST, forced=True).name == "done"
    assert world.standing(EAST) == {"active"}


def test_a_region_comes_back_after_the_writes_were_forced_elsewhere() -> None:
    world = running()
    world.table.lose(EAST)
    world.time.sleep(MAX_AGE + 2.0)
    assert world.standing(EAST) == {"unknown"}
    force(world, WEST, 100)
    world.time.sleep(20.0)
    world.table.lag = (5.0, 9.0)  # the backlog takes a while
    world.table.restore(EAST)
    seen = set()
    for _ in range(300):
        world.time.sleep(0.1)
        seen |= world.standing(EAST)
    assert "active" not in seen
    assert world.standing(EAST) == {"standby"}


def test_it_stays_shut_for_as_long_as_nothing_replicates_to_it() -> None:
    world = running()
    world.table.lose(EAST)
    world.time.sleep(5.0)
    force(world, WEST, 100)
    world.table.pause(WEST, EAST)
    world.table.restore(EAST)
    world.time.sleep(300.0)
    assert world.standing(EAST) == {"unproven"}
    world.table.resume(WEST, EAST)
    world.time.sleep(5.0)
    assert world.standing(EAST) == {"standby"}


def test_a_short_outage_of_the_active_region_ends_by_itself() -> None:
    world = running()
    world.table.lose(EAST)
    world.time.sleep(6.0)
    assert world.active() == set()
    world.table.restore(EAST)
    assert world.until(lambda: world.standing(EAST) == {"active"}) < 12.0


def test_an_outage_shorter_than_max_age_is_not_noticed() -> None:
    world = running()
    for _ in range(5):
        world.table.lose(EAST)
        world.time.sleep(0.6)
        world.table.restore(EAST)
        world.time.sleep(2.0)
        assert world.standing(EAST) == {"active"}


def test_the_survivor_of_a_lost_region_restarts_without_its_operator() -> None:
    world = running()
    world.table.lose(EAST)
    world.stop_pods(EAST)
    force(world, WEST, 100)
    world.time.sleep(5.0)
    assert world.standing(WEST) == {"active"}
    world.stop_pods(WEST)
    world.time.sleep(30.0)
    world.start_pods(WEST)
    took = world.until(lambda: world.standing(WEST) == {"active"})
    assert SILENCE_SECONDS <= took < SILENCE_SECONDS + 4.0


def test_but_not_once_the_lost_region_has_been_back() -> None:
    world = running()
    world.table.lose(EAST)
    force(world, WEST, 100)
    world.time.sleep(5.0)
    world.table.restore(EAST)
    world.time.sleep(10.0)  # the Region in the east now knows, and has said so
    world.table.lose(EAST)
    world.stop_pods(WEST)
    world.start_pods(WEST)
    world.time.sleep(120.0)
    assert world.standing(WEST) == {"unproven"}


def test_a_frozen_heartbeat_of_a_dead_region_proves_nothing() -> None:
    world = running()
    world.stop_pods(WEST)  # its replica goes on, its pods don't
    world.stop_pods(EAST)
    world.start_pods(EAST)
    world.time.sleep(60.0)
    assert world.standing(EAST) == {"unproven"}
    world.start_pods(WEST)
    assert world.until(lambda: world.standing(EAST) == {"active"}) < 9.0


def test_a_region_that_is_cut_off_but_alive_goes_on_until_it_is_told() -> None:
    """The risk that remains; a forced failover that reaches its replica ends it within a second or two."""
    world = running()
    world.table.pause(EAST, WEST)
    world.table.pause(WEST, EAST)
    force(world, WEST, 100)
    world.time.sleep(30.0)
    assert world.active() == {EAST, WEST}
    world.table.write(EAST, "fence", Fence(active_region=WEST, epoch=100, written_in=EAST, forced=True))
    assert world.until(lambda: world.active() == {WEST}) < 1.5
