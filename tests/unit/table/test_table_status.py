"""What `table status` shows, for a person and for a program, and that it changes nothing."""

import json

import pytest
from dynamodr.table.look import in_turn
from dynamodr.table.spec import Spec
from dynamodr.table.status import Report, as_json, as_text, survey

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import Copy, FakeAws, first, warmth
from tests.unit.table.jobs import EAST, NORTH, WEST, spec


def ask(aws: FakeAws, wanted: Spec) -> Report:
    report = survey(wanted, aws.apis(*wanted.regions), in_turn)
    assert aws.mutations() == []
    return report


def test_converged(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, shown_tags={"team": "dr"})
    report = ask(aws, spec(WEST))
    assert (report.verdict, report.exit_code) == ("converged", 0)
    told = json.loads(as_json(report))
    assert [each["region"] for each in told["regions"]] == [EAST, WEST]
    assert told["regions"][0] == {
        "region": EAST,
        "home": True,
        "table": "ACTIVE",
        "replicas": {WEST: "ACTIVE"},
        "key": {"username": "HASH S", "last_name": "RANGE S"},
        "on_demand": True,
        "deletion_protection": True,
        "point_in_time_recovery": True,
        "warm_throughput": {"read": 12_000, "write": 4_000, "rising": False},
        "tags": {"team": "dr"},
        "arn": f"arn:aws:dynamodb:{EAST}:123456789012:table/users",
    }
    text = as_text(report)
    for said in (f"{EAST} (home)", WEST, "on demand", "team=dr", "converged: nothing to do"):
        assert said in text
    assert "warm throughput         12000 reads, 4000 writes a second\n" in text


def test_both_regions_settings_are_shown(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.copies[EAST].recovery = False
    aws.copies[EAST].protected = False
    report = ask(aws, spec(WEST))
    assert report.exit_code == 0, "the other Region's settings are its own job's"
    assert [each.point_in_time_recovery for each in report.regions] == [False, True]
    assert [each.deletion_protection for each in report.regions] == [False, True]


@pytest.mark.parametrize(
    ("own", "verdict", "said", "code"),
    [(EAST, "to do", "create the table", 1), (WEST, "to do", "create the table", 1)],
)
def test_nothing_there(aws: FakeAws, own: str, verdict: str, said: str, code: int) -> None:
    report = ask(aws, spec(own))
    assert (report.verdict, report.exit_code) == (verdict, code)
    assert said in report.message
    assert "table                   none" in as_text(report)
    assert json.loads(as_json(report))["regions"][0] == {"region": EAST, "home": True, "table": None}


def test_what_would_be_done_next(aws: FakeAws) -> None:
    aws.global_table(EAST)
    assert ask(aws, spec(EAST)).message.endswith(f"add a replica in {WEST}")
    aws.global_table(EAST, WEST, protected=False)
    assert ask(aws, spec(EAST)).message.endswith("turn deletion protection on")
    aws.global_table(EAST, WEST)
    assert ask(aws, spec(EAST, warm_read=40_000)).message.endswith("raise warm throughput")


def test_warm_throughput_on_its_way_is_nothing_to_do(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, warm=warmth(status="UPDATING"))
    report = ask(aws, spec(WEST, warm_read=40_000))
    assert (report.verdict, report.exit_code) == ("converged", 0)
    assert "12000 reads, 4000 writes a second, being raised" in as_text(report)
    assert any("until then 12000 reads" in warning for warning in report.warnings)


def test_one_look_is_enough_to_call_it_final(aws: FakeAws) -> None:
    aws.global_table(EAST)
    aws.copies[WEST] = Copy()
    report = ask(aws, spec(EAST))
    assert (report.verdict, report.exit_code) == ("never", 2)


def test_a_lost_region(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST)
    aws.down.add(EAST)
    report = ask(aws, spec(WEST))
    assert (report.verdict, report.exit_code) == ("lost", 1)
    assert report.regions[0].table is None
    assert "unreachable" in as_text(report)
    assert any(EAST in warning for warning in report.warnings)


def test_a_replica_on_its_way(aws: FakeAws) -> None:
    aws.global_table(EAST)
    aws.members[WEST] = "CREATING"
    aws.copies[WEST] = Copy(status="CREATING")
    report = ask(aws, spec(EAST))
    assert (report.verdict, report.exit_code) == ("waiting", 1)
    assert report.regions[1].fault is None, "a CREATING replica is not asked what it can't tell"


def test_what_may_not_be_seen_is_told_as_such(aws: FakeAws) -> None:
    """The job's role sees the settings of its own Region only."""
    aws.global_table(EAST, WEST)
    for operation in ("DescribeContinuousBackups", "ListTagsOfResource"):
        aws.rules.append(first(9, EAST, operation, SAID["denied without a word"].error()))
    report = ask(aws, spec(WEST))
    assert (report.verdict, report.exit_code) == ("converged", 0)
    home = report.regions[0]
    assert (home.table, home.point_in_time_recovery, home.tags) == ("ACTIVE", None, None)
    assert "denied" in (home.fault or "")
    assert "not told" in as_text(report)


def test_an_extra_replica_is_a_warning(aws: FakeAws) -> None:
    aws.global_table(EAST, WEST, NORTH)
    report = ask(aws, spec(WEST))
    assert report.exit_code == 0
    assert f"warning: there is a replica in {NORTH}" in as_text(report)
