"""A registry of one's own, and the image and chart pushed to it once."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {root}}}}}
http: {{addr: "127.0.0.1:0"}}
"""


@dataclass(frozen=True)
class Pushed:
    registry: str
    references: dict[str, str]
    """image, chart: the reference by digest."""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def helm() -> str:
    return run("ci/tools/build", "helm").strip()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("docker-registry") or shutil.which("registry")
    assert program, "no registry: apt install docker-registry"
    place = tmp_path_factory.mktemp("registry")
    (place / "config.yml").write_text(CONFIG.format(root=place / "blobs"))
    log = place / "log"
    with log.open("w") as out:
        process = subprocess.Popen([program, "serve", str(place / "config.yml")], stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 20
        while not (found := re.search(r"listening on (127\.0\.0\.1:[0-9]+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield found[1]
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def tag() -> Iterator[str]:
    """A name of one's own for the built image, which a `make image` meanwhile does not move."""
    engine, name = run("ci/image/engine").strip(), f"release-test-{os.getpid()}"
    version = run("sed", "-n", "s/^appVersion: *//p", "chart/Chart.yaml").strip()
    run(engine, "tag", f"dynamodr:{version}", f"dynamodr:{name}")
    yield name
    run(engine, "rmi", f"dynamodr:{name}")


@pytest.fixture(scope="session")
def push(registry: str, tag: str) -> Callable[[], Pushed]:
    def pushing() -> Pushed:
        # A time of its own, so that a commit meanwhile changes nothing.
        lines = run("env", f"TAG={tag}", "SOURCE_DATE_EPOCH=1", "ci/release/push", registry).splitlines()
        return Pushed(registry, dict(line.split(" ") for line in lines))

    return pushing


@pytest.fixture(scope="session")
def pushed(push: Callable[[], Pushed]) -> Pushed:
    return push()
