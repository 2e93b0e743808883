"""The Lambda package runs the failover command with what is in it, and nothing of this machine's."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rehearsal.ports import Choice, settle
from rehearsal.running import REGIONS, Rehearsal, RehearsalConfig, usual_ports
from rehearsal.tethered import environment
from tests.release.conftest import run

HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="session")
def unpacked(tag: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("function")
    made = run("env", f"TAG={tag}", f"OUT={place}", "ci/release/package", "image").splitlines()
    [package] = [each for each in made if each.endswith(".zip")]
    if f"-{HERE}-" not in package:
        pytest.skip(f"{package} is not for {HERE}")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(place / "task")
    return place / "task"


def test_it_asks_aws_with_its_own_libraries(unpacked: Path, tmp_path: Path) -> None:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(ports=ports, time_factor=0.001, logs=tmp_path)
    script = (
        "import action, dynamodr, botocore, msgspec\n"
        "import runpy, sys\n"
        "print(*(each.__file__ for each in (action, dynamodr, botocore, msgspec)), file=sys.stderr)\n"
        "sys.argv = ['dynamodr', 'failover', 'status', '--output', 'json']\n"
        "runpy.run_module('dynamodr', run_name='__main__')\n"
    )
    with Rehearsal(config) as rehearsal:
        for job in rehearsal.table_jobs():
            assert job.wait(60) == 0, job.lines
        variables = environment(REGIONS[0], rehearsal.endpoint, REGIONS) | {"PYTHONPATH": str(unpacked)}
        done = subprocess.run(
            # The interpreter under the virtual environment, without anything that is installed.
            [os.path.realpath(sys.executable), "-S", "-B", "-c", script],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {Path(each).is_relative_to(unpacked) for each in done.stderr.split()} == {True}
    shown = json.dumps(json.loads(done.stdout))
    assert all(region in shown for region in REGIONS)
