"""A planned failover: the order of its steps, what it proves, and how it turns back."""

from functools import partial

import pytest
from dynamodr.failover.goal import Limits
from dynamodr.failover.moving import RECENT
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.steps import End
from dynamodr.fence.record import Fence

from tests.unit.failover.virtual.table import Calls
from tests.unit.failover.virtual.world import EAST, WEST, World


def running(**changes: int) -> World:
    world = World(dials={EAST: 100, WEST: 0}, seed=changes.get("seed", 0))
    world.time.sleep(12.0)
    assert world.active() == {EAST}
    return world


def steps(world: World) -> list[str]:
    return [event.name for event in world.events if event.kind == "step" and event.ok]


def detail(world: World, name: str) -> str:
    return next(event.detail for event in world.events if event.name == name and event.kind == "step")


def test_it_moves_writes_and_traffic_and_loses_nothing() -> None:
    world = running()
    ended = world.run(WEST)
    assert (ended.name, ended.exit_code) == ("done", 0)
    assert steps(world) == ["fence", "dial-up", "compare", "dial-down", "lift", "carry"]
    world.time.sleep(5.0)
    assert world.active() == {WEST}
    assert set(world.acknowledged) <= set(world.table.users(WEST))
    assert any(region == WEST for _, region in world.acknowledged)
    assert (world.lost, world.edge.dark) == ([], [])
    assert "proved: us-west-2 holds all" in detail(world, "lift")


def test_again_there_is_nothing_left_to_do() -> None:
    world = running()
    world.run(WEST)
    world.events.clear()
    assert world.run(WEST).exit_code == 0
    assert steps(world) == []


def test_and_back() -> None:
    world = running()
    assert world.run(WEST).exit_code == 0
    assert world.run(EAST).exit_code == 0
    world.time.sleep(5.0)
    assert world.active() == {EAST}
    assert world.table.read(EAST, "fence").epoch == 4
    assert world.lost == []


def test_writes_are_paused_until_all_have_arrived() -> None:
    world = running()
    world.table.lag = (9.0, 9.0)
    assert world.run(WEST, lag=60.0, prove=30.0).exit_code == 0
    compared = [event for event in world.events if event.name == "compare"]
    assert any("users differ" in event.detail for event in compared)
    assert compared[-1].ok
    assert set(world.acknowledged) <= set(world.table.users(WEST))
    assert world.lost == []


def test_what_does_not_arrive_in_time_turns_it_back() -> None:
    world = running()
    command = world.command(WEST, prove=10.0)
    world.on_call = lambda: world.table.pause(EAST, WEST)
    ended = command.run()
    assert ended.exit_code == 1
    assert "not everything has arrived in us-west-2 after 10 s" in ended.detail
    assert "The writes are back in us-east-1" in ended.detail
    assert steps(world)[-3:] == ["give-up", "return", "dial-back"]
    world.time.sleep(3.0)
    assert world.active() == {EAST}
    assert world.edge.look().dial(WEST) == 0, "as it was before"
    assert world.edge.dark == []


def test_a_fence_that_may_not_be_written_ends_it_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_calls: Calls, _fence: Fence, _over: int | None) -> bool:
        raise CallFailedError("us-east-1: AccessDeniedException")

    monkeypatch.setattr(Calls, "move", denied)
    world = running()
    began = world.time.now()
    ended = world.run(WEST)
    assert (ended.exit_code, ended.detail) == (1, "the fence cannot be written in us-east-1")
    assert world.time.now() - began < 60.0
    assert world.active() == {EAST}


def test_a_source_that_is_lost_on_the_way_stops_it_and_says_what_to_do() -> None:
    world = running()
    command = world.command(WEST)
    world.time.at(3.0, lambda: world.table.lose(EAST))
    ended = command.run()
    assert ended.exit_code == 1
    assert "--forced" in ended.detail
    assert world.run(WEST, forced=True).exit_code == 0
    assert world.active() == {WEST}
    assert world.edge.dark == []


def test_a_target_that_is_lost_on_the_way_turns_it_back() -> None:
    world = running()
    command = world.command(WEST)
    world.time.at(3.0, lambda: world.table.lose(WEST))
    ended = command.run()
    assert ended.exit_code == 1
    world.time.sleep(15.0)
    assert world.active() == {EAST}


def test_a_target_that_falls_ill_after_the_dials_were_turned_turns_it_back() -> None:
    world = running()
    command = world.command(WEST)

    def ill() -> None:
        if any(event.name == "dial-down" for event in world.events):
            world.edge.healthy[WEST] = False

    world.on_call = ill
    ended = command.run()
    assert ended.exit_code == 1
    assert "no healthy endpoint any more" in ended.detail
    world.time.sleep(4.0)
    assert world.active() == {EAST}
    assert world.edge.look().dial(EAST) == 100
    assert world.edge.dark == []


def test_the_target_is_on_until_the_edge_obeys_the_dial_that_was_turned_back() -> None:
    world = running()
    world.edge.deploy_seconds = 20.0

    def ill() -> None:
        if any(event.name == "dial-down" for event in world.events):
            world.edge.healthy[WEST] = False

    world.on_call = ill
    assert world.run(WEST).exit_code == 1
    east, west = (event.elapsed for event in world.events if event.name == "dial-back")
    assert west - east >= 20.0


def test_nor_does_it_go_off_by_a_fence_that_is_only_just_known() -> None:
    world = running()
    world.table.pause(EAST, WEST)
    assert world.run(WEST, prove=10.0).exit_code == 1
    at = {event.name: event.elapsed for event in world.events if event.kind == "step"}
    assert at["dial-back"] - at["return"] >= Limits().settle


def test_nor_where_the_source_has_fallen_ill() -> None:
    world = running()
    world.table.pause(EAST, WEST)

    def ill() -> None:
        world.edge.healthy[EAST] = not any(event.name == "return" for event in world.events)

    world.on_call = ill
    ended = world.run(WEST, prove=10.0)
    assert (ended.exit_code, world.edge.look().dial(WEST)) == (1, 100)
    assert "us-west-2 stays on as well" in ended.detail


def test_dials_that_cannot_be_turned_turn_it_back_before_any_proof() -> None:
    world = running()
    command = world.command(WEST)

    def down() -> None:
        world.edge.down = any(event.name == "fence" for event in world.events)

    world.on_call = down
    ended = command.run()
    assert ended.exit_code == 1
    assert "Global Accelerator" in ended.detail
    assert "compare" not in steps(world)
    world.time.sleep(3.0)
    assert world.active() == {EAST}


@pytest.mark.parametrize("forced", [False, True])
def test_the_source_is_on_until_the_edge_obeys_the_targets_dial(forced: bool) -> None:
    world = running()
    world.edge.deploy_seconds = 20.0
    assert world.run(WEST, forced=forced).exit_code == 0
    at = {event.name: event.elapsed for event in world.events if event.kind == "step"}
    assert at["dial-down"] - at["dial-up"] >= 20.0


def test_a_dial_that_was_turned_down_for_one_listener_only_is_turned_back_first() -> None:
    world = running()

    def half() -> None:
        east = {arn: dial for arn, dial in world.edge.asked.items() if arn.startswith(EAST)}
        given_up = any(event.name == "give-up" for event in world.events)
        world.edge.down = sorted(east.values()) == [0, 100] and not given_up

    world.on_call = half
    ended = world.run(WEST)
    assert ended.exit_code == 1
    assert steps(world)[-4:] == ["give-up", "dial-back", "return", "dial-back"]
    look = world.edge.look()
    assert (look.dial(EAST), look.dial(WEST)) == (100, 0)
    assert look.below(EAST, 100) == ()
    assert world.edge.dark == []
    assert world.active() == {EAST}


def test_a_target_stays_on_where_the_source_cannot_be_turned_back_on() -> None:
    world = running()
    command = world.command(WEST)

    def stuck() -> None:
        if world.edge.asked[f"{EAST}/80"] == 0:
            world.edge.refusing = {f"{EAST}/80", f"{EAST}/443"}

    world.on_call = stuck
    ended = command.run()
    assert ended.exit_code == 1
    assert "us-west-2 stays on as well" in ended.detail
    look = world.edge.look()
    assert (look.dial(EAST), look.dial(WEST)) == (100, 100)
    assert world.edge.dark == []
    assert world.active() == {EAST}


def test_dials_that_take_for_ever_to_deploy_do_not_hold_up_the_writes() -> None:
    world = running()
    command = world.command(WEST, deploy=10.0)

    def stuck() -> None:
        if any(event.name == "dial-down" for event in world.events):
            world.edge.deploying = 1

    world.on_call = stuck
    ended = command.run()
    assert "lift" in steps(world)
    assert "still not DEPLOYED after 10 s" in detail(world, "lift")
    assert ended.exit_code == 1
    assert world.active() == {WEST}


def test_no_pod_in_the_target() -> None:
    world = running()
    world.stop_pods(WEST)
    ended = world.run(WEST)
    assert ended.exit_code == 1
    assert "no pod there says so" in ended.detail
    world.start_pods(WEST)
    world.time.sleep(12.0)
    assert world.run(WEST).exit_code == 0


def test_what_a_pod_said_when_it_last_took_writes_is_no_word_of_now() -> None:
    world = running()
    assert world.run(WEST).exit_code == 0
    world.time.sleep(5.0)
    world.stop_pods(WEST)
    assert world.run(EAST).exit_code == 0
    ended = world.run(WEST)
    assert ended.exit_code == 1
    assert "no pod there says so (the last one said 'active' of epoch 2)" in ended.detail


def test_too_many_users_are_waited_for_and_that_is_said() -> None:
    world = running()
    began = world.time.now()
    assert world.run(WEST, prove_items=5).exit_code == 0
    assert "compare" not in steps(world)
    assert "not proved: markers have arrived" in detail(world, "lift")
    assert world.time.now() - began > RECENT * 1.0
    assert world.lost == []


def test_too_many_users_that_only_the_scan_finds() -> None:
    world = running()
    world.table.counted = 0
    assert world.run(WEST, prove_items=5).exit_code == 0
    compared = next(event for event in world.events if event.name == "compare")
    assert "there are more than 5 users" in compared.detail
    assert "not proved" in detail(world, "lift")


def test_a_wait_that_would_be_too_long_is_not_begun() -> None:
    world = running()
    world.table.lag = (8.0, 8.0)
    world.time.sleep(20.0)
    ended = world.run(WEST, prove_items=5, lag=60.0)
    assert ended.exit_code == 1
    assert "times the recent lag" in ended.detail
    world.time.sleep(3.0)
    assert world.active() == {EAST}


def test_users_without_a_write_id_are_compared_by_key_and_that_is_said() -> None:
    world = running()
    world.table.write(EAST, ("jane", "Doe"), "")
    assert world.run(WEST).exit_code == 0
    assert "1 of them by key only" in detail(world, "lift")


def test_in_write_mode_any_the_dials_are_turned_and_no_fence_is_written() -> None:
    world = World(mode="any", dials={EAST: 100, WEST: 0})
    world.time.sleep(12.0)
    assert world.run(WEST).exit_code == 0
    assert steps(world) == ["dial-up", "dial-down"]
    assert world.table.read(EAST, "fence") is None
    assert world.edge.dark == []


def test_the_operator_changes_their_mind_halfway() -> None:
    world = running()
    command = world.command(WEST)
    while not any(event.name == "settle" for event in world.events):
        command.turn()
    assert world.run(EAST).exit_code == 0
    world.time.sleep(3.0)
    assert world.active() == {EAST}
    ended = command.run()
    assert ended.exit_code == 1
    assert "somebody else has given the writes to us-east-1" in ended.detail


@pytest.mark.parametrize("seed", range(5))
def test_slow_writes_are_waited_for(seed: int) -> None:
    """A fifth of the client's writes takes up to its time-outs; none may land behind the proof."""
    world = running(seed=seed)
    assert world.run(WEST).exit_code == 0
    world.time.sleep(5.0)
    assert world.lost == []


def fenced_then_silent(world: World, regions: tuple[str, ...], seconds: float) -> End:
    """Fence, then let these Regions answer nothing for a while."""
    command = world.command(WEST)
    while command.memory.known is None or command.memory.known[0] == 0:
        turned = command.turn()
        assert isinstance(turned, float)
        world.time.sleep(turned)
    for region in regions:
        world.table.lose(region)
        world.time.at(seconds, partial(world.table.restore, region))
    return command.run()


@pytest.mark.parametrize("regions", [(EAST, WEST), (EAST,), (WEST,)])
def test_silence_is_not_taken_for_somebody_elses_decision(regions: tuple[str, ...]) -> None:
    world = running()
    # The fence has not reached the target either.
    world.table.lag = (6.0, 6.0)
    ended = fenced_then_silent(world, regions, 9.0)
    assert (ended.name, ended.exit_code) == ("done", 0), ended.detail
    world.time.sleep(12.0)
    assert world.active() == {WEST}
    assert (world.lost, world.edge.dark) == ([], [])


def test_a_longer_silence_stops_it_and_it_can_be_run_again() -> None:
    world = running()
    ended = fenced_then_silent(world, (EAST, WEST), 40.0)
    assert ended.exit_code == 1
    assert "writes may be paused. Run this again" in ended.detail
    world.time.sleep(30.0)
    assert world.active() == set()
    assert world.run(WEST).exit_code == 0
