"""What the chart's tests render."""

import subprocess
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHART = ROOT / "chart"
# What is rendered, by name, from which file.
RENDERS = {
    "us-east-1": ROOT / "values-us-east-1.yaml",
    "us-west-2": ROOT / "values-us-west-2.yaml",
    "everything": HERE / "everything.yaml",
}


class Run(Protocol):
    """Runs a Helm."""

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]: ...


def template(run: Run, name: str, *arguments: str | Path) -> str:
    """The manifests of one of RENDERS."""
    done = run("template", "dynamodr", CHART, "--namespace", "apps", "-f", RENDERS[name], *arguments)
    assert not done.returncode, done.stderr
    return done.stdout
