"""Services as processes: ready, stopped, killed, started again, and never left behind."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import urllib3

from rehearsal.ports import Choice, Wanted, settle
from rehearsal.services import Service, ServiceConfig, ServiceError, Services
from rehearsal.tethered import environment
from tests.rehearsal.doors import eventually
from tests.rehearsal.processes import gone

# Answers with its environment; like gunicorn it has a child, whose number it writes down.
SERVER = """
import json, os, signal, subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200 if self.path == "/readyz" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
child = subprocess.Popen(["sleep", "600"])
print("child", child.pid, flush=True)
signal.signal(signal.SIGTERM, lambda *_: (child.terminate(), print("drained", flush=True), os._exit(0)))
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


def config(tmp_path: Path, code: str = SERVER, region: str = "us-east-1") -> ServiceConfig:
    found, _ = settle([Wanted("service", 0, "--x"), Wanted("metrics", 0, "--x")], Choice.AUTO)
    return ServiceConfig(
        region=region,
        port=found["service"],
        metrics_port=found["metrics"],
        endpoint="http://127.0.0.1:1",
        regions=["us-east-1", "us-west-2"],
        log=tmp_path / f"{region}.log",
        settings={"LOG_LEVEL": "debug"},
        command=[sys.executable, "-c", code],
    )


def child_of(service: Service) -> int:
    lines = service.config.log.read_text().splitlines()
    return int([line for line in lines if line.startswith("child")][-1].split()[1])


def test_it_starts_drains_and_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy")
    monkeypatch.setenv("WRITE_MODE", "any")
    service = Service(config(tmp_path))
    for _ in range(2):
        service.start()
        service.wait_ready()
        seen = urllib3.request("GET", f"{service.url}/readyz").json()
        assert seen["AWS_REGION"] == "us-east-1"
        assert seen["TABLE_REGIONS"] == "us-east-1,us-west-2"
        assert seen["DYNAMO_ENDPOINT"] == "http://127.0.0.1:1"
        assert seen["METRICS_PORT"] == str(service.config.metrics_port)
        assert seen["LOG_LEVEL"] == "debug"
        assert not {"AWS_PROFILE", "HTTP_PROXY", "WRITE_MODE"} & seen.keys()
        service.stop()
        assert not service.running
        assert service.config.log.read_text().splitlines()[-1] == "drained"
        assert gone(child_of(service))


def test_a_lost_region_goes_with_all_its_processes(tmp_path: Path) -> None:
    service = Service(config(tmp_path))
    service.start()
    service.wait_ready()
    child = child_of(service)
    service.kill()
    assert not service.running
    eventually(lambda: gone(child))
    assert "drained" not in service.config.log.read_text()


def test_what_ignores_sigterm_is_killed_in_time(tmp_path: Path) -> None:
    service = Service(
        config(
            tmp_path,
            SERVER.replace("signal.signal(signal.SIGTERM, ", "signal.signal(1, ").replace(
                "child =", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nchild ="
            ),
        )
    )
    service.start()
    service.wait_ready()
    service.stop(0.2)
    assert not service.running
    eventually(lambda: gone(child_of(service)))


def test_one_that_ends_early_shows_its_log(tmp_path: Path) -> None:
    service = Service(config(tmp_path, "import sys; print('PORT: is taken', flush=True); sys.exit(2)"))
    service.start()
    with pytest.raises(ServiceError, match=r"us-east-1 ended with exit status 2 .*\n  PORT: is taken"):
        service.wait_ready()


def test_one_that_never_gets_ready_says_what_it_answers(tmp_path: Path) -> None:
    service = Service(config(tmp_path, SERVER.replace("200 if", "503 if")))
    service.start()
    with pytest.raises(ServiceError, match=r"not ready after 0\.5 s"):
        service.wait_ready(0.5)
    service.kill()


def test_when_one_fails_none_is_left(tmp_path: Path) -> None:
    both = Services([config(tmp_path), config(tmp_path, "raise SystemExit(1)", "us-west-2")])
    both.start()
    with pytest.raises(ServiceError, match="us-west-2"):
        both.wait_ready()
    assert not any(service.running for service in both.by_region.values())


PARENT = """
import sys, time
from pathlib import Path
from rehearsal.services import Service, ServiceConfig
service = Service(ServiceConfig("us-east-1", int(sys.argv[1]), 1, "http://127.0.0.1:1", ["us-east-1"],
    Path(sys.argv[2]), {}, [sys.executable, "-c", sys.argv[3]]))
service.start()
service.wait_ready()
print(service.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_service_does_not_outlive_the_rehearsal(tmp_path: Path, how: signal.Signals) -> None:
    """However the parent ends, also when it can't clean up."""
    port, log = str(config(tmp_path).port), tmp_path / "log"
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), port, str(log), SERVER],
        stdout=subprocess.PIPE,
        text=True,
        env={**environment("us-east-1", "", []), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        tether = int(parent.stdout.readline())
        child = int(log.read_text().split()[1])
        assert not gone(child)
        parent.send_signal(how)
        parent.wait(10)
        eventually(lambda: gone(tether) and gone(child))
    assert log.read_text().splitlines()[-1] == "drained"
