"""Three Regions and more: what ails one of the others holds up no Region that serves."""

import pytest

from tests.unit.table.fake_aws import Copy, FakeAws
from tests.unit.table.jobs import EAST, NORTH, WEST, run, spec

ALL = (EAST, WEST, NORTH)


@pytest.mark.parametrize("own", [EAST, WEST])
@pytest.mark.parametrize("begun", [False, True])
def test_it_is_lost_before_or_while_it_is_added(aws: FakeAws, own: str, begun: bool) -> None:
    aws.global_table(EAST, WEST)
    if begun:
        aws.members[NORTH] = "CREATING"
        aws.copies[NORTH] = Copy(status="CREATING")
    aws.down.add(NORTH)
    ended = run(aws, spec(own, ALL))
    assert (ended.outcome.code, aws.mutations(), ended.seconds < 10) == (0, [], True)
    assert any(NORTH in warning for warning in ended.outcome.warnings)
    assert f"{NORTH} could not be seen to serve" in ended.outcome.text


@pytest.mark.parametrize("own", ALL)
def test_it_could_not_be_made(aws: FakeAws, own: str) -> None:
    aws.global_table(EAST, WEST)
    aws.members[NORTH] = "CREATION_FAILED"
    ended = run(aws, spec(own, ALL))
    told = " ".join((ended.outcome.text, *ended.outcome.warnings))
    assert ended.outcome.code == (2 if own == NORTH else 0)
    assert '{"Delete":{"RegionName":"eu-north-1"}}' in told
    assert aws.mutations() == []


@pytest.mark.parametrize("own", [EAST, WEST])
def test_another_is_being_added_while_one_is_lost(aws: FakeAws, own: str) -> None:
    """The own replica is enough: nothing else is waited for, for it may never come."""
    aws.global_table(EAST, WEST)
    aws.members["ap-south-1"] = "ACTIVE"
    aws.down.add("ap-south-1")
    for region in (EAST, WEST):
        aws.copies[region].status = aws.members[region] = "UPDATING"
    ended = run(aws, spec(own, (EAST, WEST, "ap-south-1", NORTH)))
    assert (ended.outcome.code, ended.seconds < 10) == (0, True)
    assert any(NORTH in warning for warning in ended.outcome.warnings)


@pytest.mark.parametrize("own", ALL)
def test_a_first_install_still_needs_every_region(aws: FakeAws, own: str) -> None:
    aws.down.add(NORTH)
    ended = run(aws, spec(own, ALL))
    assert (ended.outcome.code, aws.mutations()) == (1, [])
    assert NORTH in ended.outcome.text


def test_a_healthy_one_is_added_and_waited_for(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    ended = run(aws, spec(WEST, ALL))
    assert (ended.outcome.code, ended.outcome.warnings, aws.members[NORTH]) == (0, (), "ACTIVE")


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("CREATING", "CREATING"),
        ("CREATING", None),
        ("CREATION_FAILED", None),
        ("ACTIVE", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"),
        ("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ACTIVE"),
        ("DELETING", "DELETING"),
        ("ACTIVE", None),
        (None, None),
    ],
)
def test_it_is_not_said_to_serve_while_home_is_lost(
    aws: FakeAws, entry: str | None, word: str | None
) -> None:
    aws.global_table(EAST, WEST)
    if entry:
        aws.members[NORTH] = entry
    if word:
        aws.copies[NORTH] = Copy(status=word)
    aws.down.add(EAST)
    ended = run(aws, spec(WEST, ALL))
    assert (ended.outcome.code, aws.mutations(), ended.seconds < 10) == (0, [], True)
    assert f"{EAST} and {NORTH} could not be seen to serve" in ended.outcome.text
    assert any(NORTH in warning for warning in ended.outcome.warnings)


def test_one_that_serves_is_said_to(aws: FakeAws) -> None:
    aws.global_table(*ALL)
    aws.copies[NORTH].status = aws.members[NORTH] = "UPDATING"
    aws.down.add(EAST)
    ended = run(aws, spec(WEST, ALL))
    assert (ended.outcome.code, len(ended.outcome.warnings)) == (0, 1)
    assert f"serves in {WEST} and {NORTH}; {EAST} could not" in ended.outcome.text
