"""The faults that `ci/e2e/planted` plants are still faults of this chart."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("fault", "gone", "come"),
    [
        ("no-prestop", "preStop:", "drainSeconds: 0"),
        ("account-after-job", 'helm.sh/hook-weight: "-10"', 'helm.sh/hook-weight: "10"'),
        ("ready-while-leaving", "path: /readyz", "path: /livez"),
        ("no-checksum", 'include "dynamodr.settings.service"', '"constant"'),
    ],
)
def test_a_fault_is_planted_where_the_chart_is_right(fault: str, gone: str, come: str) -> None:
    shown = subprocess.run(
        [ROOT / "ci/e2e/planted", fault, "--show"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert any(line.startswith("-") and gone in line for line in shown)
    assert any(line.startswith("+") and come in line for line in shown)


def test_no_other_fault_is_known() -> None:
    done = subprocess.run(
        [ROOT / "ci/e2e/planted", "typo", "--show"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no-prestop | account-after-job" in done.stderr
