"""Warm throughput is raised when all else is done, never lowered, and never holds up or fails a rollout."""

from typing import Any

import pytest

from tests.unit.table.aws_errors import SAID, refuse
from tests.unit.table.fake_aws import FakeAws, Made, first, warmth
from tests.unit.table.jobs import EAST, PATIENCE, WEST, Run, run, spec

WANTED = {"ReadUnitsPerSecond": 40_000, "WriteUnitsPerSecond": 10_000}


def raised(aws: FakeAws) -> list[Made]:
    return [made for made in aws.mutations() if "WarmThroughput" in made.request]


def warm(aws: FakeAws, own: str = EAST, **fields: Any) -> Run:
    return run(aws, spec(own, warm_read=40_000, warm_write=10_000, **fields))


def test_a_new_table_is_warmed_when_every_replica_is_there(aws: FakeAws) -> None:
    ended = warm(aws)
    assert ended.outcome.code == 0
    assert [made.request["WarmThroughput"] for made in raised(aws)] == [WANTED]
    assert aws.mutations()[-1] == raised(aws)[0], "last of all"
    assert ended.seconds < 60, "AWS takes 400 s for it: nobody waits"
    assert any("until then 12000 reads and 4000 writes" in said for said in ended.outcome.warnings)
    aws.settle()
    assert all(copy.warm == {**WANTED, "Status": "ACTIVE"} for copy in aws.copies.values())


@pytest.mark.parametrize("own", [EAST, WEST])
def test_a_table_that_stands_is_warmed_through_the_own_region(aws: FakeAws, own: str) -> None:
    aws.global_table(EAST, WEST)
    assert warm(aws, own).outcome.code == 0
    assert [made.region for made in aws.mutations()] == [own]


def test_it_is_asked_for_once(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    assert [warm(aws, own).outcome.code for own in (EAST, WEST, EAST)] == [0, 0, 0]
    aws.settle()
    ended = warm(aws)
    assert (ended.outcome.code, ended.outcome.warnings) == (0, ())
    assert len(raised(aws)) == 1


def test_it_is_asked_for_once_though_it_shows_late(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.durations["warming"] = 5.0
    ended = warm(aws)
    assert len(raised(aws)) == 1
    assert any("will be 40000 reads a second" in said for said in ended.outcome.warnings)


def test_unset_is_left(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    ended = run(aws, spec(EAST))
    assert (aws.mutations(), ended.outcome.warnings) == ([], ())


def test_nothing_is_ever_lowered(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, warm=warmth(90_000, 20_000))
    ended = warm(aws)
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert ["left" in said for said in ended.outcome.warnings] == [True, True]


@pytest.mark.parametrize(
    ("there", "wanted", "sent"),
    [
        ((90_000, 4_000), {"warm_read": 40_000, "warm_write": 10_000}, (90_000, 10_000)),
        ((12_000, 9_000), {"warm_read": 40_000}, (40_000, 9_000)),
    ],
)
def test_what_is_not_raised_is_sent_as_it_is(
    aws: FakeAws, there: tuple[int, int], wanted: dict[str, Any], sent: tuple[int, int]
) -> None:
    aws.global_table(EAST, WEST, warm=warmth(*there))
    run(aws, spec(EAST, **wanted))
    (made,) = raised(aws)
    assert tuple(made.request["WarmThroughput"].values()) == sent


def test_an_emulator_that_tells_none_is_left(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, warm=None)
    ended = warm(aws)
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert any("tells no warm throughput" in said for said in ended.outcome.warnings)


@pytest.mark.parametrize(("error", "seconds"), [("denied", PATIENCE.settle), ("cooler", 0.0)])
def test_a_refusal_is_told_and_fails_nothing(aws: FakeAws, error: str, seconds: float) -> None:
    aws.global_table(EAST, WEST)
    aws.rules.append(first(999, EAST, "UpdateTable", SAID[error].error()))
    ended = warm(aws)
    assert ended.outcome.code == 0
    assert any(SAID[error].text in said for said in ended.outcome.warnings)
    assert seconds <= ended.seconds < seconds + 2 * PATIENCE.poll + 8


def test_a_new_permission_is_waited_for(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.rules.append(first(2, EAST, "UpdateTable", SAID["denied"].error()))
    assert warm(aws).outcome.code == 0
    assert len(raised(aws)) == 1


def test_a_table_that_is_busy_is_asked_again_for_some_seconds(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.rules.append(first(2, EAST, "UpdateTable", SAID["global table busy"].error()))
    assert warm(aws).outcome.code == 0
    assert len(raised(aws)) == 1
    aws.settle()
    aws.global_table(EAST, WEST)
    aws.rules.append(first(999, EAST, "UpdateTable", SAID["global table busy"].error()))
    ended = warm(aws)
    assert ended.outcome.code == 0
    assert PATIENCE.settle <= ended.seconds < PATIENCE.settle + PATIENCE.longest
    assert any("in use" in said for said in ended.outcome.warnings)


def test_a_quota_is_told_in_awss_words(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    text = "Subscriber limit exceeded"
    aws.rules.append(first(999, EAST, "UpdateTable", refuse("LimitExceededException", text)))
    assert any(text in said for said in warm(aws).outcome.warnings)


def test_the_survivor_can_be_warmed_while_home_is_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(EAST)
    ended = warm(aws, WEST)
    assert ended.outcome.code == 0
    assert [made.region for made in raised(aws)] == [WEST]


@pytest.mark.parametrize("own", [EAST, WEST])
def test_a_table_that_is_updating_for_its_warmth_holds_up_nobody(aws: FakeAws, own: str) -> None:
    """Measured, a regional table stays ACTIVE; that a global one does nobody has told."""
    aws.global_table(EAST, WEST, status="UPDATING", warm=warmth(status="UPDATING"))
    ended = warm(aws, own)
    assert (ended.outcome.code, aws.mutations()) == (0, [])
    assert ended.seconds < 2 * PATIENCE.poll + 1


def test_a_table_that_is_updating_for_another_reason_is_waited_for(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, status="UPDATING")
    assert run(aws, spec(EAST), seconds=30).outcome.code == 1
