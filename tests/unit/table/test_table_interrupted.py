"""Killed at any point, or out of time: a rerun takes up where the last run stopped."""

import pytest
from dynamodr.table.memory import Patience

from tests.unit.table.fake_aws import FakeAws
from tests.unit.table.jobs import EAST, WEST, run, spec
from tests.unit.table.virtual_time import Killed, VirtualTime


def test_killed_at_any_point_and_run_again(aws: FakeAws) -> None:
    whole = run(aws, spec(WEST, tags={"a": "b"}))
    assert whole.outcome.code == 0
    deaths = aws.time.sleeps
    for kill_at in range(1, deaths):
        again = FakeAws(VirtualTime())
        again.time.kill_at = kill_at
        with pytest.raises(Killed):
            run(again, spec(WEST, tags={"a": "b"}))
        again.time.kill_at = None
        ended = run(again, spec(WEST, tags={"a": "b"}))
        assert ended.outcome.code == 0, f"killed in sleep {kill_at}: {ended.outcome}"
        there = again.copies[WEST]
        assert (there.protected, there.recovery, there.tags) == (True, True, {"a": "b"})
        assert again.members == {EAST: "ACTIVE", WEST: "ACTIVE"}


def test_out_of_time_is_not_yet(aws: FakeAws) -> None:
    aws.durations["active"] = 900.0
    ended = run(aws, spec(EAST), seconds=100.0)
    assert ended.outcome.code == 1
    assert 100.0 <= ended.seconds < 101.0
    assert "CREATING" in ended.outcome.text
    aws.settle()
    assert run(aws, spec(EAST)).outcome.code == 0


def test_a_slow_table_with_data_needs_one_rerun_at_most(aws: FakeAws) -> None:
    aws.durations["active"] = 686.0
    ended = run(aws, spec(EAST), seconds=900.0, patience=Patience())
    assert ended.outcome.code == 0
