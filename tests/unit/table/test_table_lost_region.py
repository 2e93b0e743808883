"""A Region is lost: the survivor rolls out, a first install says what it needs."""

import pytest

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import Copy, FakeAws, first
from tests.unit.table.jobs import EAST, NORTH, PATIENCE, WEST, run, spec


def test_home_down_on_first_install(aws: FakeAws) -> None:
    aws.down.add(EAST)
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, aws.mutations()) == (1, [])
    assert "first install" in ended.outcome.text
    assert ended.seconds < PATIENCE.unanswered + 5


def test_home_down_on_upgrade(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(EAST)
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert any(EAST in warning for warning in ended.outcome.warnings)
    assert ended.seconds < 5.0, "a disaster does not block a rollout in the survivor"


def test_another_region_down_on_upgrade_at_home(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(WEST)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert any(WEST in warning for warning in ended.outcome.warnings)


def test_another_region_down_on_first_install_at_home(aws: FakeAws) -> None:
    aws.down.add(WEST)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (1, [])
    assert WEST in ended.outcome.text


def test_another_region_down_before_its_replica_was_made(aws: FakeAws) -> None:
    aws.global_table(EAST)
    aws.down.add(WEST)
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, aws.mutations()) == (1, [])


@pytest.mark.parametrize("status", ["CREATING", "ACTIVE"])
def test_home_down_with_the_own_table_not_its_replica(aws: FakeAws, status: str) -> None:
    aws.copies[WEST] = Copy(status=status)
    aws.down.add(EAST)
    assert run(aws, spec(WEST)).outcome.code == 1


def test_the_own_region_down(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(WEST)
    ended = run(aws, spec(WEST))
    assert ended.outcome.code == 1
    assert WEST in ended.outcome.text


def test_home_and_a_third_region_down(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, NORTH)
    aws.down |= {EAST, NORTH}
    ended = run(aws, spec(WEST, (EAST, WEST, NORTH)))
    assert ended.outcome.code == 0
    assert ended.seconds < 5.0


def test_home_down_and_a_third_replica_never_made(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(EAST)
    ended = run(aws, spec(WEST, (EAST, WEST, NORTH)))
    assert ended.outcome.code == 0
    assert any(NORTH in warning for warning in ended.outcome.warnings)


def test_a_region_that_only_hiccups_is_not_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.rules.append(first(1, EAST, "DescribeTable", SAID["server error"].error(500)))
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, ended.outcome.warnings) == (0, ())


def test_two_regions_that_hiccup_one_after_the_other_are_not_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, NORTH)
    looks: dict[str, int] = {}

    def rule(region: str, operation: str, _: object) -> Exception | None:
        if operation == "DescribeTable":
            looks[region] = looks.get(region, 0) + 1
            if (region, looks[region]) in {(EAST, 1), (WEST, 2)}:
                return SAID["server error"].error(500)
        return None

    aws.rules.append(rule)
    ended = run(aws, spec(NORTH, (EAST, WEST, NORTH)))
    assert (ended.outcome.code, ended.outcome.warnings) == (0, ())


@pytest.mark.parametrize(("lost", "own"), [(EAST, WEST), (WEST, EAST), (NORTH, WEST), (NORTH, EAST)])
def test_a_lost_region_leaves_the_survivors_updating(aws: FakeAws, lost: str, own: str) -> None:
    """A change that it never acknowledges does not end. UPDATING serves like ACTIVE."""
    aws.global_table(EAST, WEST, NORTH)
    for region, copy in aws.copies.items():
        copy.status = aws.members[region] = "UPDATING"
    aws.down.add(lost)
    assert run(aws, spec(own, (EAST, WEST, NORTH))).outcome.code == 0


def test_settings_are_tried_once_while_a_region_is_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, protected=False)
    aws.down.add(EAST)
    aws.rules.append(first(99, WEST, "UpdateTable", SAID["global table busy"].error()))
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, ended.seconds < 10) == (0, True)
    assert any("left for the next run" in warning for warning in ended.outcome.warnings)


def test_settings_are_set_while_a_region_is_lost_if_they_can_be(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, recovery=False)
    aws.down.add(EAST)
    assert run(aws, spec(WEST)).outcome.code == 0
    assert aws.copies[WEST].recovery


def test_a_region_that_does_not_know_the_credentials_is_not_enabled(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    error = SAID["bad token"].error()
    aws.rules.append(first(99, EAST, "DescribeTable", error))
    assert run(aws, spec(WEST)).outcome.code == 0
    assert run(aws, spec(EAST)).outcome.code == 1
