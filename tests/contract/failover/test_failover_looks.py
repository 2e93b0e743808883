"""What changes nothing: status, a dry run, and every refusal."""

import json

import pytest

from rehearsal.core.faults import Outage
from tests.contract.failover.stage import EAST, WEST, Stage


def test_status_for_a_person(standing: Stage) -> None:
    standing.settled()
    ended = standing.call("status")
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == "Writes       us-east-1 (epoch 0: no fence yet)"
    assert lines[1] == "Accelerator  dynamodr, DEPLOYED"
    east = next(line for line in lines if line.startswith("us-east-1"))
    assert east.split()[1:5] == ["ACTIVE", "100", "HEALTHY", "us-east-1,"]
    assert "s ago" in east
    assert any(line.startswith("Replication lag us-east-1 -> us-west-2: ") for line in lines)


def test_status_for_a_program(standing: Stage) -> None:
    standing.settled()
    found = json.loads(standing.call("status", "--output", "json").out)
    assert (found["active_region"], found["epoch"], found["deployed"]) == (EAST, 0, True)
    west = found["regions"][1]
    assert (west["region"], west["standing"], west["write_mode"]) == (WEST, "standby", "active-region")
    assert west["seen_as"] == {EAST: "ACTIVE"}
    assert 0 <= found["lag"][EAST][WEST] < 10


def test_with_a_region_and_the_accelerators_api_gone(stage: Stage) -> None:
    stage.world.inject(Outage(region=EAST))
    stage.healthy(EAST, "no answer")
    ended = stage.call("to", WEST, "--forced", "--dry-run", "--output", "json")
    assert ended.code == 0, ended.err
    would = [event["name"] for event in ended.events if event["kind"] == "would"]
    assert (would[0], would[-1]) == ("force", "done")
    assert stage.fence(WEST) is None

    stage.refusal = (503, "ServiceUnavailableException", "us-west-2 is not well")
    ended = stage.call("status")
    assert ended.code == 1
    assert "does not answer: Global Accelerator's API in us-west-2: ServiceUnavailableException" in ended.out
    east = next(line for line in ended.out.splitlines() if line.startswith("us-east-1"))
    assert "no answer" in east


def test_a_dry_run_shows_the_plan_and_changes_nothing(standing: Stage) -> None:
    ended = standing.call("to", WEST, "--planned", "--dry-run")
    assert ended.code == 0, ended.err
    numbered = [line.split()[1] for line in ended.out.splitlines() if line[:2].strip().isdigit()]
    assert numbered == [
        *(
            "fence",
            "dial-up",
            "settle",
            "compare",
            "deployed",
            "dial-down",
            "deployed",
            "lift",
            "carry",
            "would",
        )
    ]
    assert standing.fence(EAST) is None
    assert standing.accelerator.dials() == {EAST: 100.0, WEST: 0.0}
    assert "globalaccelerator:UpdateEndpointGroup" not in standing.asked


def test_a_target_that_is_not_healthy(standing: Stage) -> None:
    standing.healthy(WEST, "no answer")
    for way in ("--planned", "--forced"):
        ended = standing.call("to", WEST, way)
        assert ended.code == 2
        assert "us-east-1 would be turned off, and us-west-2 has no healthy endpoint" in ended.out
    standing.healthy(WEST)
    assert standing.fence(EAST) is None


def test_pods_that_were_never_heard(bare: Stage) -> None:
    ended = bare.call("to", WEST, "--planned")
    assert ended.code == 2
    assert "replication lag: unknown: us-west-2 has no heartbeat of us-east-1" in ended.out


def test_an_accelerator_that_does_not_exist(bare: Stage) -> None:
    ended = bare.call("to", WEST, "--planned", "--accelerator-name", "other")
    assert ended.code == 2
    assert "0 are named other (dynamodr); say which by --accelerator-arn or ACCELERATOR_ARN" in ended.out


def test_an_accelerator_by_its_arn(bare: Stage) -> None:
    ended = bare.call("status", ACCELERATOR_ARN=bare.accelerator.arn)
    assert "Accelerator  dynamodr" in ended.out
    wrong = bare.call("status", ACCELERATOR_ARN=bare.accelerator.arn + "x")
    assert "AcceleratorNotFoundException" in wrong.out


def test_a_table_that_does_not_exist(bare: Stage) -> None:
    ended = bare.call("to", WEST, "--forced", TABLE_NAME="other")
    assert ended.code == 2
    assert "replica in us-west-2: does not answer: us-west-2: there is no table other" in ended.out


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("to", WEST), {}, "say --planned (both Regions live) or --forced"),
        (("to", "us-wset-2", "--planned"), {}, "us-wset-2 is none of the table's Regions"),
        (("status",), {"TABLE_REGIONS": ""}, "TABLE_REGIONS: name every Region with a replica"),
        (("status",), {"TABLE_REGIONS": "nowhere"}, "give an AWS Region"),
        (("status",), {"WRITE_MODE": "some"}, "WRITE_MODE"),
    ],
)
def test_wrong_words(bare: Stage, arguments: tuple[str, ...], variables: dict[str, str], said: str) -> None:
    ended = bare.call(*arguments, **variables)
    assert ended.code == 2
    assert said in ended.out + ended.err


def test_without_credentials_it_says_so(bare: Stage) -> None:
    ended = bare.call("to", WEST, "--planned", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert ended.code == 2
    assert "Unable to locate credentials" in ended.out
