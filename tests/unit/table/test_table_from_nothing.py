"""The table is made, by one Region or by all at once."""

import itertools
from functools import partial

import pytest

from tests.unit.table.fake_aws import Copy, FakeAws
from tests.unit.table.jobs import EAST, NORTH, PATIENCE, WEST, run, spec


@pytest.mark.parametrize("own", [EAST, WEST])
def test_from_nothing(aws: FakeAws, own: str) -> None:
    ended = run(aws, spec(own, tags={"team": "dr"}))
    assert ended.outcome.code == 0
    assert aws.members == {EAST: "ACTIVE", WEST: "ACTIVE"}
    there = aws.copies[own]
    assert (there.protected, there.recovery, there.tags) == (True, True, {"team": "dr"})


def test_both_regions_at_once_from_nothing(aws: FakeAws) -> None:
    ends = aws.time.run(
        lambda: run(aws, spec(EAST, tags={"in": "east"})), lambda: run(aws, spec(WEST, tags={"in": "west"}))
    )
    assert [ended.outcome.code for ended in ends] == [0, 0]
    assert [made.operation for made in aws.mutations()].count("CreateTable") == 1
    assert all(copy.protected and copy.recovery for copy in aws.copies.values())
    assert {region: copy.tags for region, copy in aws.copies.items()} == {
        EAST: {"in": "east"},
        WEST: {"in": "west"},
    }


def test_three_regions_one_replica_at_a_time(aws: FakeAws) -> None:
    regions = (EAST, WEST, NORTH)
    ends = aws.time.run(*(partial(run, aws, spec(own, regions)) for own in regions))
    assert [ended.outcome.code for ended in ends] == [0, 0, 0]
    added = [made for made in aws.mutations() if "ReplicaUpdates" in made.request]
    assert [made.request["ReplicaUpdates"][0]["Create"]["RegionName"] for made in added] == [WEST, NORTH]
    assert added[1].at - added[0].at >= aws.durations["active"]


@pytest.mark.parametrize("own", [EAST, NORTH])
def test_alone_it_makes_no_call_that_aws_refuses(aws: FakeAws, own: str) -> None:
    ended = run(aws, spec(own, (EAST, WEST, NORTH), tags={"a": "b"}))
    assert ended.outcome.code == 0
    assert [line for line in ended.lines if line["event"] == "refused"] == []


def test_the_base_is_active_while_the_replica_is_creating(aws: FakeAws) -> None:
    """A table with items: home says ACTIVE for minutes before the replica serves."""
    aws.global_table(EAST)
    aws.members[WEST] = "CREATING"
    aws.copies[WEST] = Copy(status="CREATING")
    aws.later(200.0, lambda: aws.members.update({WEST: "ACTIVE"}))
    aws.later(203.0, lambda: setattr(aws.copies[WEST], "status", "ACTIVE"))
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 0
    assert ended.seconds >= 203.0, "the replica's own word counts, not home's alone"
    assert aws.mutations() == []


def test_the_next_replica_waits_for_the_last_one(aws: FakeAws) -> None:
    """Home of a table with items says ACTIVE while a replica is CREATING; another Create would be refused."""
    aws.global_table(EAST)
    aws.members[WEST] = "CREATING"
    aws.copies[WEST] = Copy(status="CREATING")
    aws.later(100.0, partial(aws.members.update, {WEST: "ACTIVE"}))
    aws.later(100.0, partial(setattr, aws.copies[WEST], "status", "ACTIVE"))
    ended = run(aws, spec(EAST, (EAST, WEST, NORTH)))
    assert ended.outcome.code == 0
    assert [line for line in ended.lines if line["event"] == "refused"] == []


def test_a_create_that_was_accepted_and_dropped_is_made_again(aws: FakeAws) -> None:
    aws.drops = 2
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 0
    added = [made.at for made in aws.mutations() if "ReplicaUpdates" in made.request]
    assert len(added) == 3
    assert all(later - earlier >= PATIENCE.settle for earlier, later in itertools.pairwise(added))


def test_a_replica_whose_entry_vanished_is_made_again(aws: FakeAws) -> None:
    aws.global_table(EAST)
    aws.members[WEST] = "CREATING"
    aws.copies[WEST] = Copy(status="CREATING")
    aws.later(20.0, lambda: aws.members.pop(WEST))
    aws.later(25.0, lambda: aws.copies.pop(WEST))
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 0
    assert [made.request["ReplicaUpdates"] for made in aws.mutations()] == [
        [{"Create": {"RegionName": WEST}}]
    ]
    assert aws.members[WEST] == "ACTIVE"


def test_one_look_at_a_flapping_status_is_not_enough(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    west = aws.copies[WEST]
    for at, status in ((0.0, "UPDATING"), (1.5, "ACTIVE"), (3.5, "UPDATING"), (9.0, "ACTIVE")):
        aws.later(at, partial(setattr, west, "status", status))
    assert run(aws, spec(EAST)).seconds >= 9.0 + PATIENCE.poll


def test_each_line_is_news_and_the_last_one_is_the_outcome(aws: FakeAws) -> None:
    lines = run(aws, spec(EAST)).lines
    observed = [(line["region"], line["message"]) for line in lines if line["event"] == "observed"]
    assert all(one != next_ for one, next_ in itertools.pairwise(observed))
    assert [line["elapsed"] for line in lines] == sorted(line["elapsed"] for line in lines)
    assert lines[-1] == {**lines[-1], "event": "converged", "level": "INFO", "exit_code": 0}
    assert (
        next(line["message"] for line in lines if line["event"] == "accepted")
        == "CreateTable, to create the table"
    )
