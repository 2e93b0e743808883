"""DynamoDB's replication role is denied, as AWS FIS does to pause replication: the replica serves, alone."""

from functools import partial

import pytest
from dynamodr.table.look import in_turn
from dynamodr.table.status import survey

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import FakeAws, first
from tests.unit.table.jobs import EAST, WEST, run, spec

CUT_OFF = "REPLICATION_NOT_AUTHORIZED"


def cut_off(aws: FakeAws, region: str) -> None:
    aws.copies[region].status = aws.members[region] = CUT_OFF


@pytest.mark.parametrize("own", [EAST, WEST])
@pytest.mark.parametrize("where", [[EAST], [WEST], [EAST, WEST]])
def test_no_rollout_is_held_up(aws: FakeAws, own: str, where: list[str]) -> None:
    aws.global_table(EAST, WEST)
    for region in where:
        cut_off(aws, region)
    ended = run(aws, spec(own))
    assert (ended.outcome.code, aws.mutations(), ended.seconds < 10) == (0, [], True)
    for region in where:
        told = [warning for warning in ended.outcome.warnings if region in warning]
        assert any("20 hours" in warning for warning in told), ended.outcome.warnings
    assert "ACTIVE" not in ended.outcome.text


def test_the_region_itself_may_be_first_to_know(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.copies[WEST].status = CUT_OFF
    for own in (EAST, WEST):
        ended = run(aws, spec(own))
        assert (ended.outcome.code, len(ended.outcome.warnings)) == (0, 1)


def test_while_home_is_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    cut_off(aws, WEST)
    aws.down.add(EAST)
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, ended.seconds < 10) == (0, True)
    assert any("20 hours" in warning for warning in ended.outcome.warnings)


@pytest.mark.parametrize("own", [EAST, WEST])
def test_with_strong_consistency_it_does_not_serve(aws: FakeAws, own: str) -> None:
    """AWS refuses writes and strong reads there."""
    aws.global_table(EAST, WEST, extra={"MultiRegionConsistency": "STRONG"})
    cut_off(aws, own)
    ended = run(aws, spec(own))
    assert (ended.outcome.code, "replication role" in ended.outcome.text) == (2, True)
    ended = run(aws, spec(WEST if own == EAST else EAST))
    assert ended.outcome.code == 0
    assert any("does not serve" in warning for warning in ended.outcome.warnings)


def test_settings_are_tried_once(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, protected=False, recovery=False)
    cut_off(aws, EAST)
    aws.rules.append(first(99, EAST, "UpdateTable", SAID["global table busy"].error()))
    ended = run(aws, spec(EAST))
    assert (ended.outcome.code, ended.seconds < 10, aws.copies[EAST].recovery) == (0, True, True)
    assert any("left for the next run" in warning for warning in ended.outcome.warnings)


def test_no_first_install_ends_well_before_it_is_over(aws: FakeAws) -> None:
    """AWS makes no replica of such a table."""
    aws.global_table(EAST)
    aws.copies[EAST].status = CUT_OFF
    ended = run(aws, spec(WEST))
    assert (ended.outcome.code, aws.mutations()) == (1, [])
    assert CUT_OFF in ended.outcome.text
    aws.later(20.0, partial(setattr, aws.copies[EAST], "status", "ACTIVE"))
    assert run(aws, spec(WEST)).outcome.code == 0


def test_the_status_does_not_call_it_converged(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    cut_off(aws, EAST)
    report = survey(spec(WEST), aws.apis(EAST, WEST), in_turn)
    assert (report.verdict, report.exit_code) == ("waiting", 1)
    assert EAST in report.message
