"""A drill against what stands: its options, and AWS FIS as the maker of the fault."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from click.testing import CliRunner

from rehearsal.cli import main
from rehearsal.drill.failing import ByFis
from tests.unit.drill.standing import Fis


def experiment(state: str) -> dict[str, Any]:
    return {"experiment": {"id": "EXP1", "state": {"status": state}}}


@pytest.fixture
def fis() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("fis", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def test_an_experiment_is_started_awaited_and_stopped(fis: tuple[Any, Stubber]) -> None:
    client, stubber = fis
    started = {"experimentTemplateId": "EXT1", "clientToken": ANY}
    stubber.add_response("start_experiment", experiment("pending"), started)
    for state in ("initiating", "running", "running"):
        stubber.add_response("get_experiment", experiment(state), {"id": "EXP1"})
    stubber.add_response("stop_experiment", experiment("stopping"), {"id": "EXP1"})
    for state in ("stopping", "stopped"):
        stubber.add_response("get_experiment", experiment(state), {"id": "EXP1"})
    failing = ByFis("EXT1", client, poll=0)
    failing.begin("lost", [{"fault": "lose-region"}])
    failing.end("lost")
    failing.end("lost")


def test_one_that_has_completed_is_not_stopped(fis: tuple[Any, Stubber]) -> None:
    client, stubber = fis
    stubber.add_response("start_experiment", experiment("pending"))
    for state in ("running", "completed", "completed"):
        stubber.add_response("get_experiment", experiment(state))
    failing = ByFis("EXT1", client, poll=0)
    failing.begin("lost", [])
    failing.end("lost")


def test_one_that_does_not_run_ends_the_drill(fis: tuple[Any, Stubber]) -> None:
    client, stubber = fis
    stubber.add_response("start_experiment", experiment("pending"))
    stubber.add_response("get_experiment", experiment("failed"))
    with pytest.raises(OSError, match="EXP1 is failed, not running"):
        ByFis("EXT1", client, poll=0).begin("lost", [])


def test_each_fault_has_an_experiment_of_its_own_until_it_is_seen_to_end() -> None:
    fis = Fis()
    failing = ByFis("EXT1", fis, poll=0)
    failing.begin("lost", [])
    failing.begin("no dials", [])
    failing.end("no dials")
    assert fis.states == {"EXP1": "running", "EXP2": "stopped"}
    fis.refusals = 1
    with pytest.raises(ClientError):
        failing.end("lost")
    stop = "aws fis stop-experiment --id EXP1 --region us-east-1"
    assert failing.left("lost") == f"AWS FIS experiment EXP1 may still run; stop it: {stop}"
    failing.end("lost")
    assert fis.states["EXP1"] == "stopped"
    assert failing.left("lost") == ""


ARN = ["--accelerator-arn", "arn:aws:globalaccelerator::1:accelerator/x"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["a-meteor"], "region-outage"),
        (["region-outage", "--rate", "0"], "--rate"),
        (["planned-failover", "--against", "http://x"], "--accelerator-arn"),
        (["planned-failover", "--accelerator-arn", "arn"], "--accelerator-arn needs --against URL"),
        (["region-outage", "--fis-template", "EXT1"], "--fis-template needs --against URL"),
        (
            ["region-outage", "--against", "http://x", *ARN],
            "region-outage needs a fault: give --fis-template",
        ),
        (
            ["replication-pause", "--against", "http://x", *ARN],
            "aws:dynamodb:global-table-pause-replication",
        ),
        (
            ["control-plane-loss", "--against", "http://x", *ARN, "--fis-template", "EXT1"],
            "control-plane-loss can't be drilled --against a deployment",
        ),
        (
            ["split-brain", "--against", "http://x", *ARN],
            "no experiment of AWS FIS makes its fault",
        ),
        (
            ["planned-failover", "--against", "http://x", *ARN, "--fis-template", "EXT1"],
            "planned-failover needs no fault: leave --fis-template out",
        ),
        (
            ["planned-failover", "--against", "users.example.org", *ARN],
            "--against: 'users.example.org' is not http",
        ),
        (["planned-failover", "--against", "http://x/dynamodr", *ARN], "the path is --base-path"),
        (["planned-failover", "--against", "http://x:port", *ARN], "--against: 'http://x:port' is not http"),
        (
            ["planned-failover", "--against", "http://x", *ARN, "--aws-endpoint", "localhost:8100"],
            "--aws-endpoint (or AWS_ENDPOINT_URL): 'localhost:8100' is not http",
        ),
        (
            ["planned-failover", "--against", "http://x", *ARN, "--regions", "us_east_1,us-west-2"],
            "--regions: give two",
        ),
        (
            ["planned-failover", "--against", "http://x", *ARN, "--auth-token-file", os.devnull],
            "--auth-token-file: there is no token in the first line",
        ),
        (
            ["planned-failover", "--against", "http://x", *ARN, "--regions", "us-east-1"],
            "--regions: give two",
        ),
    ],
)
def test_bad_usage_exits_2_and_says_the_cure(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["drill", *arguments])
    assert result.exit_code == 2
    assert text in result.output.replace("\n", " ")


def test_an_account_that_is_not_configured_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    result = CliRunner().invoke(main, ["drill", "planned-failover", "--against", "http://x", *ARN])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == "Error: The config profile (nope) could not be found"


def test_the_help_lists_every_scenario() -> None:
    told = CliRunner().invoke(main, ["drill", "--help"]).output
    for name in ("region-outage", "planned-failover", "failback", "replication-pause", "split-brain"):
        assert name in told
    assert "Exit codes" in told
