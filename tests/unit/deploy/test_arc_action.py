"""The ARC action runs the failover command for its Region, and fails when the command does."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.deploy.documents import DEPLOY, HOME, REGIONS, REPLICA, Template

COMMAND = """
import json, os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print(json.dumps({"outcome": "stopped"}), flush=True), os._exit(1)))
print(json.dumps({"kind": "step"}), flush=True)
print("to the log", file=sys.stderr)
if os.environ.get("HANG"):
    time.sleep(60)
print(json.dumps({"arguments": sys.argv[1:]}), flush=True)
sys.exit(int(os.environ.get("EXIT", "0")))
"""


class Time:
    def __init__(self, seconds: float = 900) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture
def action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function's module, and in place of dynamodr a command that says what it was told."""
    (tmp_path / "dynamodr").mkdir()
    (tmp_path / "dynamodr" / "__init__.py").touch()
    (tmp_path / "dynamodr" / "__main__.py").write_text(COMMAND)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("AWS_REGION", REPLICA)
    spec = importlib.util.spec_from_file_location("arc_action", DEPLOY / "arc" / "action.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plans() -> dict[str, Any]:
    template = Template("arc/plans.yaml", HOME, HomeFunction="<home>", ReplicaFunction="<replica>")
    names = [name for name, each in template.document["Resources"].items() if each["Type"].endswith("::Plan")]
    return {name: template.resource(name) for name in names}


def payloads() -> list[str]:
    steps = [step for plan in plans().values() for flow in plan["Workflows"] for step in flow["Steps"]]
    configs = [step["ExecutionBlockConfiguration"]["CustomActionLambdaConfig"] for step in steps]
    return [each["Payload"] for config in configs for each in config["Lambdas"]]


@pytest.mark.parametrize("payload", sorted(set(payloads())))
def test_each_step_runs_the_command_for_its_region(
    action: ModuleType, capfd: pytest.CaptureFixture[str], payload: str
) -> None:
    event = json.loads(payload) | {"InvokedBy": "arc-region-switch", "ExecutionId": "us-west-2/01ab"}
    result = action.handler(event, Time())
    expected = ["failover", "to", REPLICA, f"--{event['mode']}", "--output", "json"]
    assert result == {"arguments": [*expected, "--reason", "arc-region-switch us-west-2/01ab"]}
    out, err = capfd.readouterr()
    assert out.splitlines()[0] == '{"kind": "step"}'
    assert err == "to the log\n"


@pytest.mark.parametrize("code", [1, 2])
def test_a_command_that_fails_fails_the_step(
    action: ModuleType, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("EXIT", str(code))
    with pytest.raises(action.FailoverError, match=rf"exit code {code}: .*arguments"):
        action.handler({"mode": "forced"}, Time())


def test_the_command_is_stopped_before_lambda_kills_it(
    action: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANG", "1")
    # -15: the signal came before the command was up.
    with pytest.raises(action.FailoverError, match=r"exit code (1: .*stopped|-15: )"):
        action.handler({"mode": "planned"}, Time(action.MARGIN + 0.5))


@pytest.mark.parametrize("event", [{}, {"mode": "--help"}, {"mode": None}])
def test_another_mode_runs_nothing(
    action: ModuleType, capfd: pytest.CaptureFixture[str], event: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="give one of planned, forced"):
        action.handler(event, Time())
    assert capfd.readouterr().out == ""


def test_there_is_a_plan_for_each_mode_and_it_runs_where_traffic_is_to_go(action: ModuleType) -> None:
    assert sorted(json.loads(each)["mode"] for each in payloads()) == sorted(2 * list(action.MODES))
    for plan in plans().values():
        assert plan["Regions"] == list(REGIONS)
        for workflow in plan["Workflows"]:
            for step in workflow["Steps"]:
                config = step["ExecutionBlockConfiguration"]["CustomActionLambdaConfig"]
                assert config["RegionToRun"] == "activatingRegion"
                assert [each["Arn"] for each in config["Lambdas"]] == ["<home>", "<replica>"]


def test_the_function_has_the_settings_and_the_handler(action: ModuleType) -> None:
    template = Template("arc/function.yaml", REPLICA, AcceleratorArn="<arn>", WriteMode="active-region")
    found = template.resource("Function")
    assert found["Environment"]["Variables"] == {
        "ACCELERATOR_ARN": "<arn>",
        "TABLE_NAME": "users",
        "TABLE_REGIONS": f"{HOME},{REPLICA}",
        "WRITE_MODE": "active-region",
    }
    assert found["Handler"] == f"action.{action.handler.__name__}"
    accelerator = Template("cloudformation/accelerator.yaml", REPLICA)
    policy = accelerator.resource("FailoverPolicy")["ManagedPolicyName"]
    assert template.resource("Role")["ManagedPolicyArns"] == [f"arn:aws:iam::123456789012:policy/{policy}"]
