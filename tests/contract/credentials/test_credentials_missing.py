"""No credentials, for whatever reason: a sentence with the cure and the exit code that is meant."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from dynamodr.failover.command import failover
from dynamodr.table.command import table

from tests.contract.service.process import serving

NOWHERE = "http://127.0.0.1:1"
ROLE = "To do: check the ServiceAccount's role"
PROFILE = "To do: check AWS_PROFILE"


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    """Where STS, or an agent, should be: what stands before it answers, and no XML nor JSON."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b"no healthy upstream"
            self.send_response(500 if self.command == "POST" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Case(NamedTuple):
    """Variables; what must be said; whether it is known before any call."""

    variables: dict[str, str]
    said: str
    at_once: bool = True


def role(sts: str, token: str) -> dict[str, str]:
    arn = "arn:aws:iam::123456789012:role/service"
    return {"AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ENDPOINT_URL_STS": sts}


@pytest.fixture(
    params=["sts answers no XML", "no token file", "agent answers no JSON", "no agent token", "half a key"]
)
def case(request: pytest.FixtureRequest, proxy: str, tmp_path: Path) -> Case:
    token = tmp_path / "token"
    token.write_text("a.projected.token")
    agent = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{proxy}/v1/credentials"}
    return {
        "sts answers no XML": Case(role(proxy, str(token)), "no healthy upstream", at_once=False),
        "no token file": Case(role(proxy, "/none"), "No such file or directory: '/none'", at_once=False),
        "agent answers no JSON": Case(agent, "Unable to parse JSON returned from container metadata"),
        "no agent token": Case({**agent, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/none"}, "'/none'"),
        "half a key": Case({"AWS_ACCESS_KEY_ID": "AKIA"}, "missing: AWS_SECRET_ACCESS_KEY"),
    }[request.param]


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    environ = {
        "AWS_REGION": "us-east-1",
        "TABLE_REGIONS": "us-east-1,us-west-2",
        "DYNAMO_ENDPOINT": NOWHERE,
        "AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR": NOWHERE,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/none",
        "AWS_SHARED_CREDENTIALS_FILE": "/none",
        "TABLE_TIMEOUT_SECONDS": "1",
        "TABLE_POLL_SECONDS": "0.05",
        "PORT": "0",
        "METRICS_PORT": "0",
    }
    for name, value in (environ | case.variables).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0.0)


def test_the_table_job_may_be_retried(case: Case) -> None:
    ended = CliRunner().invoke(table, ["ensure"])
    assert ended.exit_code == 1, ended.output
    last = json.loads(ended.stdout.splitlines()[-1])
    assert (last["event"], last["exit_code"]) == ("not yet", 1)
    assert case.said in last["message"]


def test_the_tables_status_names_the_cure(case: Case) -> None:
    ended = CliRunner().invoke(table, ["status"])
    assert ended.exit_code == 1, ended.output
    assert case.said in ended.output
    assert ROLE in ended.output


def test_a_failover_refuses_or_shows_that_nothing_answers(case: Case) -> None:
    ended = CliRunner().invoke(failover, ["status"])
    assert ended.exit_code == (2 if case.at_once else 1), ended.output
    assert case.said in ended.output
    assert PROFILE in ended.output


@pytest.mark.parametrize("case", ["half a key"], indirect=True)
def test_the_service_does_not_start_without(case: Case) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dynamodr", "serve"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout
    assert ended.stderr.startswith("dynamodr serve: ")
    assert case.said in ended.stderr
    assert ROLE in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


@pytest.mark.parametrize("case", ["sts answers no XML"], indirect=True)
def test_the_service_says_why_it_is_not_ready(case: Case) -> None:
    with serving({"WORKERS": "1"}) as service:
        unread = service.said("fence_unread")
        assert case.said in unread["error"]
        assert service.get("/readyz").status == 503
        service.stop()
    assert not any("exc_info" in line for line in service.lines), service.lines
