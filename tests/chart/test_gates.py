"""The gates themselves: each lets the chart through, and stops one that is broken on purpose."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chart.renders import CHART, HERE, ROOT

GOLDEN = HERE / "golden" / "everything.yaml"


def gate(variable: str, *arguments: str | Path) -> tuple[int, str]:
    """Exit code and output of a gate's program, which the environment names."""
    program = os.environ.get(variable)
    if not program:
        pytest.skip(f"{variable} names no program: run ci/chart/check")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ("type: RuntimeDefault", "type: Unconfined", "seccompProfile"),
        (
            "allowPrivilegeEscalation: false",
            "allowPrivilegeEscalation: true",
            "allowPrivilegeEscalation != false",
        ),
        ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot != true"),
        ("              - ALL", "              - CHOWN", "unrestricted capabilities"),
        ("kind: Job", "kind: CronJob", "does not look into it"),
        ("args: [serve]", "arguments: [serve]", 'unknown field "arguments"'),
    ],
)
def test_a_pod_that_is_not_restricted_is_stopped(tmp_path: Path, from_: str, to: str, said: str) -> None:
    assert gate("POD_SECURITY", GOLDEN)[0] == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text(GOLDEN.read_text().replace(from_, to))
    code, output = gate("POD_SECURITY", broken)
    assert code, output
    assert said in output


def test_no_pods_at_all_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n")
    assert gate("POD_SECURITY", tmp_path / "empty.yaml")[0] == 1


def copied(to: Path, change: Callable[[Path], None]) -> Path:
    """The chart, changed; where its tests find the Region files."""
    for region in ("us-east-1", "us-west-2"):
        shutil.copy(ROOT / f"values-{region}.yaml", to)
    shutil.copytree(CHART, to / "chart")
    change(to / "chart")
    return to / "chart"


def test_a_branch_that_no_test_takes_is_named(tmp_path: Path) -> None:
    def untested(chart: Path) -> None:
        with (chart / "templates" / "service.yaml").open("a") as file:
            file.write("{{- if eq .Release.Revision 77 }}\n# never\n{{- end }}\n")

    code, output = gate("TEMPLATE_COVERAGE", copied(tmp_path, untested))
    assert code == 1
    assert re.search(r"templates/service.yaml:\d+: if eq .Release.Revision 77: never taken\n", output)
    assert output.count("never") == 1


def test_branches_of_a_suite_that_is_gone_are_named(tmp_path: Path) -> None:
    chart = copied(tmp_path, lambda chart: (chart / "tests" / "autoscaling_test.yaml").unlink())
    code, output = gate("TEMPLATE_COVERAGE", chart)
    assert code == 1
    assert "templates/hpa.yaml:1: if .Values.autoscaling.enabled: never taken" in output
