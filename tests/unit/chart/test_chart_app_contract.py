"""What the chart says to the app, the app understands: variables, commands, probes, ports, user, metrics."""

import json
import re
from pathlib import Path
from typing import get_args

import click
import pytest
from dynamodr.cli import main
from dynamodr.fence.record import Standing
from dynamodr.serve.master import STOP_SECONDS
from dynamodr.settings import Settings, SettingsError, load

from tests.unit.chart.rendered import RENDERS, ROOT, container, environment, one

# Left to their defaults: every address, and the SDK's other name for the Region.
UNSET = {"HOST", "AWS_DEFAULT_REGION"}


@pytest.mark.parametrize("render", RENDERS)
@pytest.mark.parametrize(("kind", "suffix"), [("Deployment", ""), ("Job", "-table")])
def test_the_app_takes_every_variable(render: str, kind: str, suffix: str) -> None:
    settings = load(environment(render, kind, suffix))
    assert settings.aws_region == ("us-west-2" if render == "us-west-2" else "us-east-1")
    assert settings.table_regions[:2] == ("us-east-1", "us-west-2")
    assert settings.table_name == ("people" if render == "everything" else "users")


def test_every_setting_can_be_set_by_the_chart() -> None:
    service, job = environment("everything", "Deployment"), environment("everything", "Job", "-table")
    foreign = {"AWS_CA_BUNDLE"}
    assert {name.lower() for name in {*service, *job} - foreign} == set(Settings.__struct_fields__) - {"host"}


def test_every_variable_of_the_app_is_known_here() -> None:
    source = (ROOT / "app" / "dynamodr" / "settings.py").read_text()
    read = set(re.findall(r'read\("([A-Z_]+)"', source))
    assert read - UNSET <= {
        *environment("everything", "Deployment"),
        *environment("everything", "Job", "-table"),
    }


SCHEMA = json.loads((ROOT / "chart" / "values.schema.json").read_text())


@pytest.mark.parametrize(
    ("path", "variable"),
    [
        ("app.workers", "WORKERS"),
        ("app.threads", "THREADS"),
        ("shutdown.drainSeconds", "DRAIN_SECONDS"),
        ("tableJob.timeoutSeconds", "TABLE_TIMEOUT_SECONDS"),
        ("tableJob.pollSeconds", "TABLE_POLL_SECONDS"),
        ("table.warmThroughput.read", "TABLE_WARM_THROUGHPUT_READ"),
        ("table.warmThroughput.write", "TABLE_WARM_THROUGHPUT_WRITE"),
    ],
)
def test_the_schema_bounds_what_the_app_bounds(path: str, variable: str) -> None:
    schema = SCHEMA
    for part in path.split("."):
        schema = schema["properties"][part]
    step = 0.001 if schema["type"] == "number" else 1
    for good in (schema["minimum"], schema["maximum"]):
        load({"AWS_REGION": "us-east-1", variable: str(good)})
    for bad in (schema["minimum"] - step, schema["maximum"] + step):
        with pytest.raises(SettingsError, match=variable):
            load({"AWS_REGION": "us-east-1", variable: str(bad)})


@pytest.mark.parametrize(("kind", "suffix"), [("Deployment", ""), ("Job", "-table")])
def test_the_arguments_are_a_command(kind: str, suffix: str) -> None:
    command: click.Command | None = main
    for name in container("us-east-1", kind, suffix)["args"]:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    assert not isinstance(command, click.Group)


def test_the_probes_are_routes() -> None:
    made = container("everything", "Deployment")
    probed = {made[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    health = one("everything", "Ingress")["metadata"]["annotations"][
        "alb.ingress.kubernetes.io/healthcheck-path"
    ]
    source = (ROOT / "app" / "dynamodr" / "serve" / "routes" / "probes.py").read_text()
    assert probed | {health} == {"/livez", "/readyz", "/healthz/region"}
    for path in probed | {health}:
        assert f'"{path}"' in source


def test_the_ports_are_the_settings() -> None:
    settings = load(environment("everything", "Deployment"))
    ports = {each["name"]: each["containerPort"] for each in container("everything", "Deployment")["ports"]}
    assert ports == {"http": settings.port, "metrics": settings.metrics_port}


def test_the_grace_period_outlasts_the_sleep_the_drain_and_the_requests_in_flight() -> None:
    pod = one("us-east-1", "Deployment")["spec"]["template"]["spec"]
    sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = load(environment("us-east-1", "Deployment")).drain_seconds
    assert pod["terminationGracePeriodSeconds"] > sleep + drain + STOP_SECONDS


def test_the_token_is_read_where_it_is_mounted() -> None:
    pod = one("everything", "Deployment")["spec"]["template"]["spec"]
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "token"]
    token = load(environment("everything", "Deployment")).auth_token_file
    assert token is not None
    assert Path(token).parent == Path(mount["mountPath"])


def test_the_user_is_the_images() -> None:
    (user,) = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    security = one("us-east-1", "Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert (str(security["runAsUser"]), str(security["runAsGroup"])) == user


def test_the_image_is_what_make_image_makes() -> None:
    from dynamodr import __version__

    assert container("us-east-1", "Deployment")["image"] == f"dynamodr:{__version__}"


def metrics_used() -> dict[str, set[str]]:
    """Metric -> label values asked of it, in alerts and dashboard."""
    rules = one("everything", "PrometheusRule")["spec"]["groups"][0]["rules"]
    dashboard = json.loads(one("everything", "ConfigMap", "-dashboard")["data"]["dynamodr.json"])
    text = [rule["expr"] for rule in rules]
    text += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used: dict[str, set[str]] = {}
    for name, selector in re.findall(r"(dynamodr_\w+)\{([^}]*)\}", "\n".join(text)):
        used.setdefault(name, set()).update(re.findall(r'(?:outcome|standing)=~?"([^"]*)"', selector))
    return used


def test_alerts_and_dashboard_ask_for_metrics_that_the_service_has() -> None:
    files = (ROOT / "app" / "dynamodr").rglob("*.py")
    named = set(re.findall(r'"(dynamodr_\w+)"', "\n".join(file.read_text() for file in files)))
    used = metrics_used()
    assert len(used) > 6
    assert {re.sub("_(total|bucket)$", "", name) for name in used} <= named


def test_alerts_ask_for_standings_and_outcomes_that_there_are() -> None:
    used = metrics_used()
    asked = {name for group in used["dynamodr_fence_standing"] for name in group.split("|")}
    assert asked
    assert asked <= set(get_args(Standing))
    calls = (ROOT / "app" / "dynamodr" / "users" / "calls.py").read_text()
    outcomes = {name for group in used["dynamodr_dynamodb_calls_total"] for name in group.split("|")}
    assert outcomes
    assert {name for name in outcomes if f'"{name}"' not in calls} == set()
