"""A replica in a Region that TABLE_REGIONS does not name: nobody looks there, and it may be lost."""

from functools import partial

import pytest

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import FakeAws, first
from tests.unit.table.jobs import EAST, NORTH, PATIENCE, WEST, Run, run, spec


def check(ended: Run, lost: str) -> None:
    assert (ended.outcome.code, ended.seconds < PATIENCE.changing + 10) == (0, True), ended.outcome.text
    assert any(lost in warning and "UPDATING" in warning for warning in ended.outcome.warnings)


@pytest.mark.parametrize("word", ["ACTIVE", "UPDATING", "DELETING"])
@pytest.mark.parametrize(("lost", "own"), [(WEST, EAST), (EAST, WEST)])
def test_the_lost_region_was_taken_off(aws: FakeAws, lost: str, own: str, word: str) -> None:
    """It never acknowledges the last change, or its own deletion: the survivor stays UPDATING, and serves."""
    aws.global_table(EAST, WEST)
    aws.copies[own].status = "UPDATING"
    aws.members[lost] = word
    check(run(aws, spec(own, (own,))), lost)


@pytest.mark.parametrize("own", [EAST, WEST])
def test_with_two_survivors(aws: FakeAws, own: str) -> None:
    aws.global_table(EAST, WEST, NORTH)
    for region in (EAST, WEST):
        aws.copies[region].status = aws.members[region] = "UPDATING"
    check(run(aws, spec(own)), NORTH)


def test_settings_are_tried_once(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, protected=False)
    aws.copies[EAST].status = "UPDATING"
    aws.rules.append(first(999, EAST, "UpdateTable", SAID["global table busy"].error()))
    ended = run(aws, spec(EAST, (EAST,)))
    check(ended, WEST)
    assert any("left for the next run" in warning for warning in ended.outcome.warnings)


def test_another_region_takes_the_lost_ones_place(aws: FakeAws) -> None:
    """AWS adds no replica to a table that is UPDATING."""
    aws.global_table(EAST, WEST)
    aws.copies[EAST].status = "UPDATING"
    ended = run(aws, spec(EAST, (EAST, NORTH)))
    check(ended, WEST)
    assert any(NORTH in warning for warning in ended.outcome.warnings)


def test_a_change_that_ends_is_waited_for(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, protected=False)
    aws.copies[EAST].status = "UPDATING"
    aws.rules.append(first(1, EAST, "UpdateTable", SAID["global table busy"].error()))
    aws.later(39.0, partial(setattr, aws.copies[EAST], "status", "ACTIVE"))
    ended = run(aws, spec(EAST, (EAST,)))
    assert (ended.outcome.code, aws.copies[EAST].protected) == (0, True)
    assert not any("UPDATING" in warning for warning in ended.outcome.warnings)


def test_a_replica_on_its_way_is_waited_for(aws: FakeAws) -> None:
    aws.durations["active"] = 150.0
    aws.global_table(EAST, NORTH)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.members[WEST], ended.seconds >= 150) == (0, "ACTIVE", True)


def test_a_named_replica_is_being_deleted_and_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.copies[EAST].status, aws.members[WEST] = "UPDATING", "DELETING"
    aws.down.add(WEST)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, ended.seconds < 10) == (0, True)
    assert any(WEST in warning for warning in ended.outcome.warnings)
