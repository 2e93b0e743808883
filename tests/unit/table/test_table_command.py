"""`dynamodr table`: settings, help, and exit codes before any call is made."""

import json

import pytest
from click.testing import CliRunner
from dynamodr.settings import load
from dynamodr.table.command import table
from dynamodr.table.spec import spec_of

GOOD = {"AWS_REGION": "us-west-2", "TABLE_REGIONS": "us-east-1,us-west-2"}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "AWS_REGION"),
        ({"TABLE_REGIONS": "us-east-1,eu-west-1"}, "TABLE_REGIONS"),
        ({"TABLE_NAME": "no spaces please"}, "TABLE_NAME"),
        ({"TABLE_TIMEOUT_SECONDS": "soon"}, "TABLE_TIMEOUT_SECONDS"),
    ],
)
@pytest.mark.parametrize("command", ["ensure", "status"])
def test_a_wrong_setting_is_final_and_named(command: str, environ: dict[str, str], said: str) -> None:
    result = CliRunner().invoke(table, [command], env={**GOOD, **environ})
    assert result.exit_code == 2
    if command == "ensure":
        line = json.loads(result.stdout)
        assert (line["event"], line["exit_code"]) == ("never", 2)
        assert line["message"].startswith(said)
    else:
        assert result.stderr.startswith(said)
        assert result.stdout == ""


@pytest.mark.parametrize("command", [[], ["ensure"], ["status"]])
def test_help_is_enough(command: list[str]) -> None:
    result = CliRunner().invoke(table, [*command, "--help"])
    assert result.exit_code == 0
    for said in {"": ("TABLE_REGIONS", "Exit codes"), "ensure": ("never deletes",), "status": ("--output",)}[
        "".join(command)
    ]:
        assert said in result.stdout


def test_the_spec_is_what_the_settings_say() -> None:
    environ = {
        **GOOD,
        "TABLE_NAME": "people",
        "TABLE_TAGS": "team=dr,cost=7",
        "TABLE_DELETION_PROTECTION": "false",
        "TABLE_POINT_IN_TIME_RECOVERY": "false",
    }
    spec = spec_of(load(environ), environ)
    assert (spec.name, spec.home, spec.own) == ("people", "us-east-1", "us-west-2")
    assert spec.tags == {"team": "dr", "cost": "7"}
    assert not spec.deletion_protection
    assert not spec.point_in_time_recovery


@pytest.mark.parametrize(
    ("environ", "own_role"),
    [
        ({}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, False),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://x"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "AWS_ACCESS_KEY_ID": "x"}, True),
    ],
)
def test_a_pod_without_a_role_is_known(environ: dict[str, str], own_role: bool) -> None:
    assert spec_of(load(GOOD), environ).own_role is own_role
