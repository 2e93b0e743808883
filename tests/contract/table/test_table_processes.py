"""The real command, as a process: at once in both Regions, killed, stopped, asked for the state."""

import json
import signal
import time

import pytest

from rehearsal.core.faults import Latency, Outage
from rehearsal.world import World
from tests.contract.table.conftest import Run, Start
from tests.contract.table.ended import EAST, WEST


def test_both_regions_at_once(start: Start) -> None:
    jobs = [start("ensure", own, TABLE_TAGS="team=dr") for own in (EAST, WEST)]
    ends = [job.end() for job in jobs]
    assert [ended.code for ended in ends] == [0, 0]
    for ended in ends:
        assert ended.last["event"] == "converged"
        assert ended.last["exit_code"] == 0
        assert all({"time", "level", "event", "message", "elapsed"} <= set(line) for line in ended.lines)
    again = start("ensure", WEST, TABLE_TAGS="team=dr").end()
    assert again.code == 0
    assert again.last["elapsed"] < 5, "nothing to do takes a moment, even on a busy machine"


@pytest.mark.parametrize("own", [EAST, WEST])
def test_killed_at_any_point_and_run_again(start: Start, run: Run, own: str) -> None:
    for lines in (1, 4, 8):
        settings = {"TABLE_NAME": f"killed-{own}-{lines}", "TABLE_TAGS": "team=dr"}
        job = start("ensure", own, **settings)
        for _ in range(lines):
            job.line()
        job.signal(signal.SIGKILL)
        job.kill()
        assert run(own, **settings).code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_by_a_signal(start: Start, world: World, run: Run, number: int) -> None:
    fault = world.inject(Latency(region=EAST, delay=10.0, operations=("CreateTable",)))
    job = start("ensure", EAST)
    while job.line().get("region") != WEST:
        pass
    time.sleep(0.2)  # into the call that hangs
    sent = time.monotonic()
    job.signal(number)
    ended = job.end()
    assert time.monotonic() - sent < 6, "it does not wait for the call, which takes ten"
    assert (ended.code, ended.last["event"]) == (1, "not yet")
    assert "a rerun takes up" in ended.last["message"]
    world.undo(fault)
    assert run(EAST).code == 0


def test_out_of_time(start: Start, world: World) -> None:
    world.inject(Latency(region=EAST, delay=0.4, operations=("DescribeTable",)))
    ended = start("ensure", EAST, TABLE_TIMEOUT_SECONDS="1").end()
    assert (ended.code, ended.last["event"]) == (1, "not yet")
    assert "not done in 1 s" in ended.last["message"]


def test_status(start: Start, run: Run, world: World) -> None:
    code, out = start("status --output json", WEST).finish()
    assert (code, json.loads(out)["verdict"]) == (1, "to do")
    assert run(EAST).code == 0
    assert run(WEST).code == 0
    code, out = start("status --output json", WEST).finish()
    told = json.loads(out)
    assert (code, told["verdict"]) == (0, "converged")
    assert [each["replicas"] for each in told["regions"]] == [{WEST: "ACTIVE"}, {EAST: "ACTIVE"}]
    assert all(each["point_in_time_recovery"] and each["deletion_protection"] for each in told["regions"])
    world.inject(Outage(region=EAST))
    code, out = start("status", WEST).finish()
    assert code == 1
    assert f"lost: {EAST} can't be seen to serve; {WEST} serves" in out
