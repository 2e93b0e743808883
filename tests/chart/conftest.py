"""Helm for the chart's tests. `ci/chart/check` runs them, and says where it built Helm 4 and Helm 3."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.chart.renders import Run


def _run(variable: str) -> Run:
    program = os.environ.get(variable)
    if not program:
        pytest.skip(f"{variable} names no Helm: run ci/chart/check")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def helm() -> Run:
    """Helm 4."""
    return _run("HELM")


@pytest.fixture(scope="session")
def helm3() -> Run:
    """Helm 3."""
    return _run("HELM3")
