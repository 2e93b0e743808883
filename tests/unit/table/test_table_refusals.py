"""Throttling is outlasted; a missing permission is named."""

import itertools

import pytest

from tests.unit.table.aws_errors import SAID, refuse
from tests.unit.table.fake_aws import FakeAws, first
from tests.unit.table.jobs import EAST, PATIENCE, WEST, run, spec


def test_throttling_is_backed_off_from_and_outlasted(aws: FakeAws) -> None:
    error = SAID["account throttled"].error()
    asked: list[float] = []

    def rule(region: str, operation: str, _: object) -> Exception | None:
        if operation == "UpdateTable" and region == EAST and len(asked) < 6:
            asked.append(aws.time.now)
            return error
        return None

    aws.rules.append(rule)
    assert run(aws, spec(EAST)).outcome.code == 0
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert gaps[-1] > 3 * gaps[0], "each try comes later"


def test_throttled_describes_are_asked_less_often(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    error = SAID["rate exceeded"].error()
    asked: list[float] = []

    def rule(region: str, operation: str, _: object) -> Exception | None:
        if (region, operation) == (WEST, "DescribeTable") and len(asked) < 4:
            asked.append(aws.time.now)
            return error
        return None

    aws.rules.append(rule)
    assert run(aws, spec(WEST)).outcome.code == 0
    assert asked[3] - asked[2] > asked[1] - asked[0]


@pytest.mark.parametrize(
    ("operation", "region"),
    [
        ("DescribeTable", WEST),
        ("CreateTable", EAST),
        ("UpdateTable", EAST),
        ("UpdateContinuousBackups", EAST),
        ("TagResource", EAST),
        ("DescribeContinuousBackups", EAST),
        ("ListTagsOfResource", EAST),
    ],
)
def test_a_missing_permission_is_named(aws: FakeAws, operation: str, region: str) -> None:
    arn = f"arn:aws:dynamodb:{region}:123456789012:table/users"
    text = f"User: x is not authorized to perform: dynamodb:{operation} on resource: {arn}"
    if operation == "TagResource":
        aws.global_table(EAST, WEST)
    aws.rules.append(first(999, region, operation, refuse("AccessDeniedException", text, operation)))
    ended = run(aws, spec(EAST, tags={"a": "b"}))
    assert ended.outcome.code == 2
    assert f"allow dynamodb:{operation} on {arn}" in ended.outcome.text
    assert ended.seconds >= PATIENCE.denied, "a permission may be new"


def test_a_new_permission_is_waited_for(aws: FakeAws) -> None:
    aws.rules.append(first(3, EAST, "UpdateTable", SAID["denied"].error()))
    assert run(aws, spec(EAST)).outcome.code == 0


def test_a_pod_without_a_role_of_its_own_may_be_followed_by_one_with_it(aws: FakeAws) -> None:
    aws.rules.append(first(999, EAST, "DescribeTable", SAID["denied without a word"].error()))
    ended = run(aws, spec(EAST, own_role=False))
    assert ended.outcome.code == 1
    assert "asks as its node" in ended.outcome.text


def test_no_credentials_is_for_another_pod(aws: FakeAws) -> None:
    aws.rules.append(first(999, EAST, "DescribeTable", SAID["expired token"].error()))
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 1
    assert "role-arn" in ended.outcome.text
