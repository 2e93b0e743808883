"""The command, as a process, on the rehearsal's world: planned, forced, interrupted."""

from rehearsal.core.faults import Outage
from tests.contract.failover.stage import EAST, WEST, Stage, eventually


def test_planned_with_every_users_arrival_proved_and_back(stage: Stage) -> None:
    stage.add(EAST, 400, size=4000)  # more than one page of each part of the scan
    ended = stage.run("to", WEST, "--planned", "--output", "json", "--reason", "a test")
    assert ended.code == 0, ended.out + ended.err
    done = [step for step in ended.steps() if step != "carry"]  # replication may be faster
    assert done == ["fence", "dial-up", "compare", "dial-down", "lift"]
    lift = next(event for event in ended.events if event["name"] == "lift")
    assert "proved: us-west-2 holds all 400 users as us-east-1 does" in lift["detail"]
    assert 5.0 <= ended.result["paused_seconds"] < 20.0
    eventually(lambda: (stage.standing(EAST), stage.standing(WEST)) == ("standby", "active"))
    assert stage.accelerator.dials() == {EAST: 0.0, WEST: 100.0}
    fence = stage.fence(WEST)
    assert fence is not None
    assert fence["reason"]["S"] == "a test"
    assert set(stage.asked) <= {
        "globalaccelerator:ListAccelerators",
        "globalaccelerator:DescribeAccelerator",
        "globalaccelerator:ListListeners",
        "globalaccelerator:ListEndpointGroups",
        "globalaccelerator:UpdateEndpointGroup",
    }
    endpoints = stage.accelerator.state.all[0].listeners[0].groups
    assert [len(group.settings.endpoints) for group in endpoints] == [1, 1], "none was detached"

    again = stage.call("to", WEST, "--planned", "--output", "json")
    assert (again.code, set(again.steps()) <= {"carry"}) == (0, True)


def test_what_never_arrives_turns_it_back(stage: Stage) -> None:
    stage.world.set_lag(60.0, 0.0, EAST, WEST)
    stage.add(EAST, 3)
    ended = stage.call("to", WEST, "--planned", "--prove-seconds", "4", "--max-lag", "90")
    assert ended.code == 1
    assert "not everything has arrived in us-west-2 after 4 s: at least 3 users differ" in ended.out
    assert "The writes are back in us-east-1" in ended.out
    eventually(lambda: stage.standing(EAST) == "active")
    eventually(lambda: stage.accelerator.dials() == {EAST: 100.0, WEST: 0.0})


def test_interrupted_and_taken_back(stage: Stage) -> None:
    process = stage.begin("to", WEST, "--planned")
    eventually(lambda: stage.fence(EAST) is not None)
    ended = stage.interrupt(process)
    assert ended.code == 1
    assert "interrupted" in ended.out
    eventually(lambda: {stage.standing(EAST), stage.standing(WEST)} == {"moving"})
    assert "moving to us-west-2" in stage.call("status").out
    assert stage.call("to", EAST, "--planned").code == 0
    eventually(lambda: (stage.standing(EAST), stage.standing(WEST)) == ("active", "standby"))


def test_it_goes_on_when_nobody_reads_what_it_says(stage: Stage) -> None:
    with stage.begin("to", WEST, "--planned") as process:
        assert process.stdout
        process.stdout.close()
        assert process.wait(60) == 0
    eventually(lambda: (stage.standing(EAST), stage.standing(WEST)) == ("standby", "active"))


def test_forced_out_of_a_region_that_is_gone(stage: Stage) -> None:
    stage.world.inject(Outage(region=EAST))
    stage.stop(EAST)
    stage.healthy(EAST, "no answer")
    ended = stage.call("to", WEST, "--forced", "--output", "json")
    assert ended.code == 0, ended.out + ended.err
    assert ended.steps()[:3] == ["force", "dial-up", "dial-down"]
    assert "replica in us-east-1" in ended.result["overridden"]
    assert len(ended.result["unknown"]) == 1
    forced = next(event for event in ended.events if event["name"] == "force")
    assert forced["elapsed"] < 5.0
    eventually(lambda: stage.standing(WEST) == "active")


def test_forced_while_global_accelerators_api_is_gone(stage: Stage) -> None:
    stage.world.inject(Outage(region=EAST, mode="unavailable"))
    stage.stop(EAST)
    stage.refusal = (503, "ServiceUnavailableException", "us-west-2 is not well")
    ended = stage.call("to", WEST, "--forced", "--output", "json")
    assert (ended.code, ended.steps()) == (1, ["force"])
    assert "leave a Region whose endpoints fail their health checks" in ended.result["detail"]
    eventually(lambda: stage.standing(WEST) == "active")
    stage.refusal = None
    stage.healthy(EAST, "no answer")
    again = stage.call("to", WEST, "--forced", "--output", "json")
    assert (again.code, again.steps()[:2]) == (0, ["dial-up", "dial-down"])


def test_the_region_that_comes_back_stands_by(stage: Stage) -> None:
    gone = stage.world.inject(Outage(region=EAST))
    stage.healthy(EAST, "no answer")
    eventually(lambda: stage.followers[EAST].reading.verdict.standing == "unknown")
    assert stage.call("to", WEST, "--forced").code == 0
    stage.world.undo(gone)
    seen = set()

    def standby() -> bool:
        seen.add(stage.standing(EAST))
        return stage.standing(EAST) == "standby"

    eventually(standby)
    assert "active" not in seen
