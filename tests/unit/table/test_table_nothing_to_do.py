"""A table that stands: hardly a call, and only the own Region's settings are set right."""

import pytest

from tests.unit.table.fake_aws import FakeAws
from tests.unit.table.jobs import EAST, NORTH, WEST, run, spec


@pytest.mark.parametrize("own", [EAST, WEST])
def test_nothing_to_do_is_one_describe_a_region(aws: FakeAws, own: str) -> None:
    aws.global_table(EAST, WEST, tags={"a": "b"}, shown_tags={"a": "b", "someone": "else"})
    ended = run(aws, spec(own, tags={"a": "b"}))
    assert ended.outcome.code == 0
    assert aws.mutations() == []
    assert sorted((made.region, made.operation) for made in aws.made) == sorted(
        [
            (EAST, "DescribeTable"),
            (WEST, "DescribeTable"),
            (own, "DescribeContinuousBackups"),
            (own, "ListTagsOfResource"),
        ]
    )
    assert ended.seconds < 1.0


def test_what_is_not_asked_for_is_not_asked_about(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    run(aws, spec(EAST, point_in_time_recovery=False))
    assert {made.operation for made in aws.made} == {"DescribeTable"}


@pytest.mark.parametrize(
    "drift", [{"protected": False}, {"recovery": False}, {"tags": {"a": "old"}, "shown_tags": {"a": "old"}}]
)
def test_drift_of_the_own_region_is_set_right_and_of_the_other_left(
    aws: FakeAws, drift: dict[str, object]
) -> None:
    aws.global_table(EAST, WEST, tags={"a": "b"}, shown_tags={"a": "b"})
    for copy in aws.copies.values():
        for name, value in drift.items():
            setattr(copy, name, value)
    assert run(aws, spec(WEST, tags={"a": "b"})).outcome.code == 0
    assert [made.region for made in aws.mutations()] == [WEST]
    west, east = aws.copies[WEST], aws.copies[EAST]
    assert (west.protected, west.recovery, west.tags["a"]) == (True, True, "b")
    assert {name: getattr(east, name) for name in drift} == drift


def test_what_is_stronger_than_asked_for_stays(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    ended = run(aws, spec(EAST, deletion_protection=False, point_in_time_recovery=False))
    assert ended.outcome.code == 0
    assert aws.mutations() == []
    assert any("left on" in warning for warning in ended.outcome.warnings)


def test_an_extra_replica_is_left_and_told(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, NORTH)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert any(NORTH in warning and "left alone" in warning for warning in ended.outcome.warnings)
