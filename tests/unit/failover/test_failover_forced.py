"""A forced failover: never waits for the Region that is gone, and says what it overrides and can't know."""

import pytest
from dynamodr.failover.case import BLIND
from dynamodr.failover.ports import CallFailedError
from dynamodr.fence.record import Fence
from msgspec.structs import replace

from tests.unit.failover.virtual.table import Calls
from tests.unit.failover.virtual.world import EAST, WEST, World


def lost(*, dynamodb: bool = True, pods: bool = True) -> World:
    world = World(dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    if dynamodb:
        world.table.lose(EAST)
    if pods:
        world.stop_pods(EAST)
    world.edge.healthy[EAST] = False
    world.time.sleep(5.0)
    return world


def steps(world: World) -> list[str]:
    return [event.name for event in world.events if event.kind == "step" and event.ok]


def test_fence_first_dials_second() -> None:
    world = lost()
    ended = world.run(WEST, forced=True)
    assert ended.exit_code == 0
    assert steps(world) == ["force", "dial-up", "dial-down"]
    assert world.active() == {WEST}
    assert world.edge.dark == []
    fence = world.table.read(WEST, "fence")
    assert (fence.active_region, fence.epoch, fence.forced) == (WEST, BLIND, True)


def test_it_does_not_wait_for_the_region_that_is_gone() -> None:
    world = lost()
    world.run(WEST, forced=True)
    forced = next(event for event in world.events if event.name == "force")
    assert forced.elapsed < 1.0
    asked = [event for event in world.events if "no answer" in event.detail]
    assert len(asked) == 1, "it is asked once"


def test_it_says_what_it_overrides() -> None:
    world = lost()
    world.stop_pods(WEST)
    world.run(WEST, forced=True, confirm=2.0, lag=1.0)
    overridden = {event.name for event in world.events if event.kind == "overridden"}
    assert overridden == {"replica in us-east-1", "replication lag"}


def test_it_says_what_cannot_be_known() -> None:
    world = lost()
    world.run(WEST, forced=True)
    notes = [event.detail for event in world.events if event.kind == "note"]
    assert len(notes) == 1
    assert "after its last heartbeat to get here" in notes[0]


def test_what_was_lost_is_what_had_not_replicated() -> None:
    world = World(dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    world.table.pause(EAST, WEST)
    world.time.sleep(2.0)
    missing = set(world.acknowledged) - set(world.table.users(WEST))
    assert missing
    world.table.lose(EAST)
    world.edge.healthy[EAST] = False
    world.run(WEST, forced=True)
    assert set(world.acknowledged) - set(world.table.users(WEST)) >= missing
    world.table.resume(EAST, WEST)
    world.table.restore(EAST)
    world.time.sleep(30.0)
    assert set(world.acknowledged) <= set(world.table.users(WEST)), "it arrives late, and merges"


def test_the_region_that_comes_back_stands_by() -> None:
    world = lost()
    world.run(WEST, forced=True)
    world.table.restore(EAST)
    world.start_pods(EAST)
    seen = set()
    for _ in range(200):
        world.time.sleep(0.1)
        seen |= world.standing(EAST)
    assert "active" not in seen
    assert world.standing(EAST) == {"standby"}
    world.edge.healthy[EAST] = True
    assert world.run(EAST).exit_code == 0, "and back, as planned"
    assert world.active() == {EAST}


def test_an_old_region_that_does_answer_is_told_at_once() -> None:
    world = lost(dynamodb=False, pods=False)
    world.table.pause(WEST, EAST)  # replication would take for ever
    assert world.run(WEST, forced=True).exit_code == 0
    assert world.active() == {WEST}
    forced = [event for event in world.events if event.name == "force"]
    assert ["us-east-1" in event.detail for event in forced] == [True]
    assert world.table.read(EAST, "fence").epoch == 1, "everybody answered: no epoch was skipped"


def test_an_old_region_that_takes_no_fence_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its DynamoDB answers reads, and refuses writes."""
    move = Calls.move

    def denied(calls: Calls, fence: Fence, over: int | None) -> bool:
        if calls.region == EAST:
            raise CallFailedError("us-east-1: InternalServerError")
        return move(calls, fence, over)

    monkeypatch.setattr(Calls, "move", denied)
    world = lost(dynamodb=False)
    assert world.run(WEST, forced=True).exit_code == 0
    forced = [(event.ok, event.elapsed < 5.0) for event in world.events if event.name == "force"]
    assert forced == [(False, True), (True, True)]
    assert world.active() == {WEST}


def test_without_global_accelerators_control_plane_the_fence_is_written_all_the_same() -> None:
    world = lost()
    world.edge.down = True
    ended = world.run(WEST, forced=True)
    assert ended.exit_code == 1
    assert steps(world) == ["force"]
    assert world.active() == {WEST}
    assert "dials are not turned" in ended.detail
    assert "health checks" in ended.detail
    world.edge.down = False
    world.events.clear()
    assert world.run(WEST, forced=True).exit_code == 0
    assert steps(world) == ["dial-up", "dial-down"]


def test_the_last_healthy_region_is_never_turned_off() -> None:
    world = World()
    world.time.sleep(12.0)
    world.edge.healthy[WEST] = False
    ended = world.run(WEST, forced=True)
    assert (ended.exit_code, steps(world)) == (2, [])
    assert "us-east-1 would be turned off, and us-west-2 has no healthy endpoint" in ended.detail
    assert world.table.read(WEST, "fence") is None


def test_with_no_region_healthy_it_goes_on() -> None:
    world = lost()
    world.edge.healthy[WEST] = False
    assert world.run(WEST, forced=True).exit_code == 0
    assert world.edge.dark == []


def test_a_target_that_falls_ill_halfway_leaves_the_other_on() -> None:
    world = World(dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)

    def ill() -> None:
        if any(event.name == "force" for event in world.events):
            world.edge.healthy[WEST] = False

    world.on_call = ill
    ended = world.run(WEST, forced=True)
    assert ended.exit_code == 1
    assert "no other Region is turned off" in ended.detail
    assert world.edge.look().dial(EAST) == 100


def test_a_target_that_does_not_answer_is_refused() -> None:
    world = lost()
    world.table.lose(WEST)
    ended = world.run(WEST, forced=True)
    assert (ended.exit_code, steps(world)) == (2, [])
    assert "replica in us-west-2: does not answer" in ended.detail


def test_pods_that_started_after_the_fence_was_written_get_a_new_epoch() -> None:
    world = lost()
    assert world.run(WEST, forced=True).exit_code == 0
    # Let it forget that it was forced, or the survivors would help themselves.
    world.table.write(WEST, "fence", replace(world.table.read(WEST, "fence"), forced=False))
    world.stop_pods(WEST)
    world.start_pods(WEST)
    world.time.sleep(30.0)
    assert world.standing(WEST) == {"unproven"}
    world.events.clear()
    assert world.run(WEST, forced=True).exit_code == 0
    assert steps(world) == ["affirm"]
    assert world.standing(WEST) == {"active"}


def test_pods_that_say_nothing_any_more_get_one_new_epoch_and_no_second() -> None:
    world = lost()
    world.table.write(WEST, "fence", Fence(active_region=WEST, epoch=1, source=EAST, target=WEST))
    world.stop_pods(WEST)
    world.start_pods(WEST)
    world.time.sleep(5.0)
    assert world.standing(WEST) == {"unproven"}
    world.stop_pods(WEST)
    ended = world.run(WEST, forced=True)
    assert (ended.exit_code, steps(world).count("affirm")) == (1, 1)
    assert "no pod there says so (the last one said 'unproven'" in ended.detail


def test_the_fence_is_written_where_only_the_survivors_pods_obey_it() -> None:
    world = World(dials={EAST: 100, WEST: 0})
    for pod in world.pods:
        pod.follower._mode = "any" if pod.region == EAST else "active-region"
    world.time.sleep(12.0)
    world.table.lose(EAST)
    world.edge.healthy[EAST] = False
    assert world.run(WEST, forced=True).exit_code == 0
    assert "force" in steps(world)


def test_in_write_mode_any_nothing_can_be_done_without_the_accelerators_api() -> None:
    world = World(mode="any", dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    world.edge.down = True
    ended = world.run(WEST, forced=True)
    assert (ended.exit_code, steps(world)) == (1, [])
    assert ended.detail.startswith("No dial is turned: Global Accelerator's API does not answer")
