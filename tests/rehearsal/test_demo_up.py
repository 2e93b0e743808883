"""`rehearsal up` and `rehearsal status`, as processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rehearsal import runfile
from rehearsal.cli import main
from tests.rehearsal.doors import eventually
from tests.rehearsal.processes import group_gone

REHEARSAL = str(Path(sys.executable).with_name("rehearsal"))


def status(cache: Path, *arguments: str) -> Result:
    """`rehearsal status`, in this process."""
    environment = {"XDG_CACHE_HOME": str(cache), "COLUMNS": "80"}
    return CliRunner(env=environment).invoke(main, ["status", *arguments])


def test_it_stands_tells_its_state_and_stops(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("w") as file:
        up = subprocess.Popen(
            [REHEARSAL, "up", "--ports", "auto", "--time-factor", "0.005", "--logs", str(tmp_path)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "COLUMNS": "80"},
        )
    try:
        eventually(lambda: "Ctrl-C stops" in out.read_text() or up.poll() is not None, 60)
        assert up.poll() is None, out.read_text()

        told = json.loads(status(tmp_path, "--output", "json").stdout)
        assert [one["dial_in_effect"] for one in told["accelerator"]["regions"]] == [100, 0]
        assert {one["status"] for one in told["state"]["tables"]} == {"ACTIVE"}
        services = {one["region"]: one for one in told["services"]}
        assert all(one["running"] for one in services.values())
        text = status(tmp_path).stdout
        assert told["accelerator"]["url"] in text
        assert max(map(len, text.splitlines())) <= 80

        taken = services["us-east-1"]["url"].rpartition(":")[2]
        second = subprocess.run(
            [REHEARSAL, "up", "--ports", "auto", "--door-port", taken],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert f"front door: port {taken} is in use by" in second.stderr
        assert "--door-port" in second.stderr

        os.killpg(services["us-west-2"]["pid"], signal.SIGKILL)
        eventually(lambda: "The service of us-west-2 ended by itself" in out.read_text())
        assert "not running" in status(tmp_path).stdout
    finally:
        up.send_signal(signal.SIGTERM)
        assert up.wait(30) == 0
    assert out.read_text().rstrip().endswith("Stopped.")
    assert not runfile_in(tmp_path).exists()
    gone = status(tmp_path, "--endpoint", told["endpoint"])
    assert gone.exit_code == 1
    assert "no rehearsal is running there. Start one: rehearsal up" in gone.stderr
    assert all(group_gone(service["pid"]) for service in services.values())


def runfile_in(cache: Path) -> Path:
    return cache / "dynamodr" / "rehearsal.json"


def test_the_newest_rehearsal_is_found_while_it_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert runfile.find() == "http://127.0.0.1:8100"
    with runfile.announced("http://127.0.0.1:1"):
        with runfile.announced("http://127.0.0.1:2"):
            assert runfile.find() == "http://127.0.0.1:2"
        assert not runfile_in(tmp_path).exists()
    runfile_in(tmp_path).write_text('{"pid": 999999999, "endpoint": "http://127.0.0.1:3"}')
    assert runfile.find() == "http://127.0.0.1:8100"
    runfile_in(tmp_path).write_text("{")
    assert runfile.find() == "http://127.0.0.1:8100"


def test_a_home_that_cannot_be_written_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with runfile.announced("http://127.0.0.1:1"):
        pass


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["up", "--service-port", "eu-west-1=5001"], "no such Region; it has us-east-1, us-west-2"),
        (["up", "--service-port", "5001"], "not such as us-east-1=5001"),
        (["demo", "--time-factor", "0"], "--time-factor"),
        (["up", "--ports", "any"], "--ports"),
    ],
)
def test_bad_options_exit_2(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert text in result.output


def test_every_command_has_help() -> None:
    result = CliRunner().invoke(main, ["--help"])
    for command in ("up", "demo", "status", "fault", "drill"):
        assert command in result.output
        assert "Exit codes" in CliRunner().invoke(main, [command, "--help"]).output
