"""Looking: every Region at once, and no longer than it may take."""

import threading
import time

import pytest
from dynamodr.table import look
from dynamodr.table.observed import Absent, Fault, Kind, Table, recovery, table

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import FakeAws, first
from tests.unit.table.jobs import EAST, WEST, run, spec


def test_all_at_once() -> None:
    together = threading.Barrier(3, timeout=10)
    assert look.at_once({name: lambda: together.wait() >= 0 for name in "abc"}) == dict.fromkeys("abc", True)


def test_one_that_hangs_is_left_behind() -> None:
    never = threading.Event()
    began = time.monotonic()
    answers = look.at_once({"dead": lambda: never.wait(30), "alive": lambda: 1}, seconds=0.2)
    assert answers == {"alive": 1}
    assert time.monotonic() - began < 5
    never.set()


def test_a_region_that_is_late_is_unreachable(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    seen = look.tables(
        spec(),
        aws.apis(EAST, WEST),
        lambda looks: {name: ask() for name, ask in looks.items() if name != WEST},
    )
    assert isinstance(seen[EAST], Table)
    assert seen[WEST] == look.LATE
    assert look.LATE.kind is Kind.UNREACHABLE


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    def broken() -> None:
        raise KeyError("Table")

    with pytest.raises(KeyError):
        look.at_once({"x": broken})


def test_what_is_seen(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.rules.append(first(1, WEST, "DescribeTable", SAID["rate exceeded"].error()))
    seen = look.tables(
        spec(regions=(EAST, WEST, "eu-north-1")), aws.apis(EAST, WEST, "eu-north-1"), look.in_turn
    )
    assert isinstance(seen[EAST], Table)
    assert isinstance(seen[WEST], Fault)
    assert seen["eu-north-1"] == Absent()


@pytest.mark.parametrize("answer", [{}, {"message": "<html>"}, {"Table": {}}, {"Table": "<html>"}])
def test_an_answer_that_is_not_dynamodbs_is_none(aws: FakeAws, answer: dict[str, object]) -> None:
    """A captive proxy, or another service at that address, says 200."""
    seen = look.tables(spec(), {EAST: lambda *_: answer, WEST: aws.api(WEST)}, look.in_turn)
    assert seen[EAST] == look.STRANGE
    assert look.STRANGE.kind is Kind.UNREACHABLE
    wishes = look.Wishes(recovery=True, tags=False)
    assert look.extras(lambda *_: answer, "users", "arn", look.in_turn, wishes).recovery == look.STRANGE


def test_a_region_behind_a_proxy_that_answers_is_lost(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    honest = aws.api

    def api(region: str) -> look.Api:
        return (lambda *_: {}) if region == EAST else honest(region)

    aws.api = api  # type: ignore[method-assign]
    assert run(aws, spec(WEST)).outcome.code == 0
    assert run(aws, spec(EAST)).outcome.code == 1


def test_tags_come_in_pages() -> None:
    pages = {"": ([{"Key": "a", "Value": "1"}], "2"), "2": ([{"Key": "b", "Value": "2"}], None)}

    def api(_: str, request: object) -> dict[str, object]:
        assert isinstance(request, dict)
        tags, more = pages[request.get("NextToken", "")]
        return {"Tags": tags, **({"NextToken": more} if more else {})}

    seen = look.extras(api, "users", "arn", look.in_turn, look.Wishes(recovery=False, tags=True))
    assert seen.tags == {"a": "1", "b": "2"}
    assert seen.recovery is None


def test_a_table_made_provisioned_has_no_billing_summary() -> None:
    described = {"TableStatus": "ACTIVE", "KeySchema": [], "AttributeDefinitions": []}
    assert not table(described).on_demand
    assert not table({**described, "BillingModeSummary": {"BillingMode": "PROVISIONED"}}).on_demand
    assert table({**described, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}).on_demand


def test_continuous_backups_enabled_is_not_point_in_time_recovery() -> None:
    backups: dict[str, object] = {"ContinuousBackupsStatus": "ENABLED"}
    assert not recovery({"ContinuousBackupsDescription": backups})
    backups["PointInTimeRecoveryDescription"] = {"PointInTimeRecoveryStatus": "DISABLED"}
    assert not recovery({"ContinuousBackupsDescription": backups})
    backups["PointInTimeRecoveryDescription"] = {"PointInTimeRecoveryStatus": "ENABLED"}
    assert recovery({"ContinuousBackupsDescription": backups})


def test_no_answer_in_time_is_a_lost_region(aws: FakeAws) -> None:
    """A resolver or a peer that hangs is bounded by the look, whatever the client's time-outs."""
    aws.global_table(EAST, WEST)

    def gather(looks: look.Looks) -> dict[str, object]:
        aws.time.sleep(look.SECONDS)
        return {name: ask() for name, ask in looks.items() if name != EAST}

    ended = run(aws, spec(WEST), gather=gather)
    assert (ended.outcome.code, ended.seconds < 20) == (0, True)
