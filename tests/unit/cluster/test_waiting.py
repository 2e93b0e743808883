"""Bringing the cluster up waits for as long as what it waits for lives, and tells of what died."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the cluster without Docker is for Linux")
PROCESS = Path(__file__).parents[3] / "ci/cluster/process.sh"


def waited(state: Path, program: str, condition: str, patience: int) -> subprocess.CompletedProcess[str]:
    script = f"start it bash -c '{program}'; wait_for it {condition}; code=$?; stop it; exit $code"
    return shell(state, script, patience)


def shell(state: Path, script: str, patience: int = 1) -> subprocess.CompletedProcess[str]:
    for folder in ("run", "log"):
        (state / folder).mkdir(parents=True)
    script = f"STATE={state} PATIENCE={patience}; . {PROCESS}; {script}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)


def test_what_comes_late_is_waited_for(tmp_path: Path) -> None:
    here = tmp_path / "here"
    done = waited(tmp_path, f"sleep 0.5; touch {here}; exec sleep 60", f"test -e {here}", 30)

    assert (done.returncode, done.stderr) == (0, "")


def test_what_died_is_told_at_once_however_long_the_patience(tmp_path: Path) -> None:
    done = waited(tmp_path, "echo no such key; exit 3", "false", 3600)

    assert done.returncode == 1
    assert done.stderr == "cluster: it died; its log ends:\nno such key\n"


def test_what_had_ended_before_its_start_was_noted_is_dead(tmp_path: Path) -> None:
    # Its number may be somebody else's by then: here it is the shell's own.
    assert shell(tmp_path, "echo $$ >$STATE/run/it.pid; alive it").returncode == 1
    assert shell(tmp_path / "other", "echo 999999999 >$STATE/run/it.pid; alive it").returncode == 1


def test_what_lives_and_does_not_come_is_told_with_how_it_stands(tmp_path: Path) -> None:
    done = waited(tmp_path, "echo reading; exec sleep 60", "ls /nowhere", 1)

    assert done.returncode == 1
    first, *_ = done.stderr.splitlines()
    assert first == "cluster: it is not there after 1 s: ls /nowhere"
    assert "No such file" in done.stderr
    assert "State:\tS (sleeping)" in done.stderr
    assert done.stderr.endswith("cluster: its log ends:\nreading\n")


def test_its_log_is_told_where_the_machine_tells_nothing_and_the_caller_ends_at_the_first_failure(
    tmp_path: Path,
) -> None:
    script = (
        "grep() { return 1; }; start it bash -c 'echo reading; exec sleep 60'; "
        "(set -euo pipefail; wait_for it false); code=$?; stop it; exit $code"
    )
    done = shell(tmp_path, script)

    assert done.returncode == 1
    assert done.stderr.endswith("cluster: its log ends:\nreading\n")
