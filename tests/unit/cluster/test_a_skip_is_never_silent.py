"""What `make e2e` says and how it exits where a step can't run: here, a Docker without kubectl."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STEP = "helm_test"


def e2e(tmp_path: Path, skip: str) -> "subprocess.CompletedProcess[str]":
    """Run one step where only a Docker that answers is on PATH."""
    (tmp_path / "docker").write_text("#!/bin/sh\n")
    (tmp_path / "docker").chmod(0o755)
    for tool in ("bash", "dirname", "env"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    without = {"E2E_KUBECONFIG", "E2E_KEEP", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"}
    environment = {key: value for key, value in os.environ.items() if key not in without}
    environment |= {
        "PATH": str(tmp_path),
        "E2E_SKIP": skip,
        "E2E_OUT": str(tmp_path / "out"),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/e2e", "-k", f"test_{STEP}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("skip", "code"), [("", 1), ("the_articles_calls", 1), (f"a, {STEP}", 0)])
def test_a_step_that_is_not_run_fails_unless_it_was_named(tmp_path: Path, skip: str, code: int) -> None:
    done = e2e(tmp_path, skip)
    assert done.returncode == code, done.stdout + done.stderr
    (step,) = json.loads((tmp_path / "out/report.json").read_text())
    assert (step["name"], step["outcome"]) == (STEP, "not run")
    assert "kubectl is not on PATH" in step["note"]
    last = done.stdout.splitlines()[-2:]
    assert "not run" in last[0], "the table is not what comes last"
