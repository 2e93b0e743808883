"""What can never be as configured: final, said in words, and nothing changed."""

import pytest

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import Copy, FakeAws, first
from tests.unit.table.jobs import EAST, NORTH, PATIENCE, WEST, run, spec


@pytest.mark.parametrize("own", [EAST, WEST])
@pytest.mark.parametrize("where", [EAST, WEST])
@pytest.mark.parametrize(
    "odd",
    [
        {"key": [{"AttributeName": "username", "KeyType": "HASH"}]},
        {"key": [{"AttributeName": "id", "KeyType": "HASH"}]},
        {
            "types": [
                {"AttributeName": "username", "AttributeType": "S"},
                {"AttributeName": "last_name", "AttributeType": "N"},
            ]
        },
    ],
)
def test_another_key_is_final_and_nothing_is_changed(
    aws: FakeAws, own: str, where: str, odd: dict[str, object]
) -> None:
    aws.copies[where] = Copy(**odd)  # type: ignore[arg-type] # fields by name
    ended = run(aws, spec(own))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert ended.seconds < 1.0
    for said in (where, "username (HASH, S), last_name (RANGE, S)", "TABLE_NAME"):
        assert said in ended.outcome.text


def test_provisioned_is_final_and_nothing_is_changed(aws: FakeAws) -> None:
    aws.global_table(EAST, on_demand=False)
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert "provisioned" in ended.outcome.text
    assert "--billing-mode PAY_PER_REQUEST" in ended.outcome.text


def test_the_legacy_global_table_is_final(aws: FakeAws) -> None:
    aws.global_table(EAST, extra={"GlobalTableVersion": "2017.11.29"})
    assert run(aws, spec(EAST)).outcome.code == 2


@pytest.mark.parametrize("own", [EAST, WEST])
def test_a_foreign_table_where_the_replica_should_be(aws: FakeAws, own: str) -> None:
    aws.global_table(EAST)
    aws.copies[WEST] = Copy()
    ended = run(aws, spec(own))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert ended.seconds < PATIENCE.foreign + 5
    assert "no replica" in ended.outcome.text


def test_a_foreign_table_that_can_not_be_seen_is_told_by_aws(aws: FakeAws) -> None:
    """What DescribeTable does not show, the refusal of the Create does."""
    aws.global_table(EAST)
    aws.rules.append(first(99, EAST, "UpdateTable", SAID["occupied"].error()))
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert PATIENCE.foreign <= ended.seconds < 60.0


def test_a_table_everywhere_but_at_home(aws: FakeAws) -> None:
    aws.copies[WEST] = Copy()
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert f"put {WEST} first in TABLE_REGIONS" in ended.outcome.text


def test_a_replica_still_being_deleted_is_waited_for(aws: FakeAws) -> None:
    """Its entry is gone from home, its table not yet: AWS would call it occupied."""
    aws.global_table(EAST)
    aws.copies[WEST] = Copy(status="DELETING")
    aws.later(40.0, lambda: aws.copies.pop(WEST))
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 0
    assert aws.members[WEST] == "ACTIVE"


def test_home_being_deleted_is_waited_for_and_made_again(aws: FakeAws) -> None:
    aws.copies[EAST] = Copy(status="DELETING", key=[{"AttributeName": "id", "KeyType": "HASH"}])
    aws.later(8.0, lambda: aws.copies.pop(EAST))
    assert run(aws, spec(EAST)).outcome.code == 0


def test_creation_failed_is_for_a_person(aws: FakeAws) -> None:
    aws.global_table(EAST)
    aws.members[WEST] = "CREATION_FAILED"
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (2, [])
    assert '{"Delete":{"RegionName":"us-west-2"}}' in ended.outcome.text


BROKEN = ["ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "REGION_DISABLED"]


@pytest.mark.parametrize("status", BROKEN)
def test_a_broken_replica_stops_its_own_region_and_no_other(aws: FakeAws, status: str) -> None:
    aws.global_table(EAST, WEST)
    aws.copies[WEST].status = aws.members[WEST] = status
    assert run(aws, spec(WEST)).outcome.code == 2
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 0
    assert any(status in warning for warning in ended.outcome.warnings)


@pytest.mark.parametrize("status", BROKEN)
def test_a_broken_home_stops_home_and_not_the_survivor(aws: FakeAws, status: str) -> None:
    aws.global_table(EAST, WEST)
    aws.copies[EAST].status = aws.members[EAST] = status
    assert run(aws, spec(EAST)).outcome.code == 2
    ended = run(aws, spec(WEST))
    assert ended.outcome.code == 0
    assert any(status in warning for warning in ended.outcome.warnings)
    assert aws.mutations() == []


def test_a_strong_table_takes_no_more_replicas(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, extra={"MultiRegionConsistency": "STRONG"})
    assert run(aws, spec(EAST, (EAST, WEST, NORTH))).outcome.code == 2
    assert run(aws, spec(EAST)).outcome.code == 0


@pytest.mark.parametrize("name", ["local region", "provisioned", "region disabled", "no such region"])
def test_what_aws_refuses_for_good_is_final_at_once(aws: FakeAws, name: str) -> None:
    aws.global_table(EAST)
    aws.rules.append(first(99, EAST, "UpdateTable", SAID[name].error()))
    ended = run(aws, spec(EAST))
    assert ended.outcome.code == 2
    assert ended.seconds < 10.0
    assert SAID[name].text in ended.outcome.text


def test_an_error_nobody_knows_is_tried_again(aws: FakeAws) -> None:
    aws.rules.append(first(1, EAST, "UpdateTable", SAID["unknown"].error()))
    assert run(aws, spec(EAST)).outcome.code == 0


def test_an_error_nobody_knows_that_stays_is_final(aws: FakeAws) -> None:
    aws.rules.append(first(99, EAST, "UpdateTable", SAID["unknown"].error()))
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, ended.seconds < 60) == (2, True)
    assert SAID["unknown"].text in ended.outcome.text
