"""The image against the two-Region world: the table job in both Regions at once, then the service in both."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import urllib3

from rehearsal.world import World, WorldConfig
from tests.image.containers import Image

REGIONS = ("us-east-1", "us-west-2")
HTTP = urllib3.PoolManager(retries=False, timeout=5.0)


def environment(region: str, world: World) -> dict[str, str]:
    return {
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TABLE_REGIONS": ",".join(REGIONS),
        "DYNAMO_ENDPOINT": world.endpoint,
        "TABLE_POLL_SECONDS": "0.1",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "METRICS_PORT": "0",
        "DRAIN_SECONDS": "0.2",
    }


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(WorldConfig(port=0, time_factor=0.01)) as running:
        yield running


@pytest.fixture(scope="module")
def table_jobs(image: Image, world: World) -> list[subprocess.CompletedProcess[str]]:
    with ThreadPoolExecutor() as pool:
        jobs = [
            pool.submit(image.run, "table", "ensure", env=environment(region, world)) for region in REGIONS
        ]
        return [job.result() for job in jobs]


@dataclass(frozen=True)
class Served:
    """A container that serves."""

    container: subprocess.Popen[str]
    address: str
    metrics: str

    def request(self, method: str, path: str) -> urllib3.BaseHTTPResponse:
        return HTTP.request(method, self.address + path)


def wait_until_serving(container: subprocess.Popen[str]) -> Mapping[str, object]:
    """Read the log up to the line that tells the ports; fail with the whole log when it ends before."""
    assert container.stdout is not None
    read = []
    for line in container.stdout:
        read.append(line)
        if line.startswith("{") and (said := json.loads(line)).get("message") == "serving":
            return dict(said)
    pytest.fail("ended before it served:\n" + "".join(read))


@pytest.fixture(scope="module")
def served(
    image: Image, world: World, table_jobs: list[subprocess.CompletedProcess[str]]
) -> Iterator[dict[str, Served]]:
    assert [job.returncode for job in table_jobs] == [0, 0]
    with ExitStack() as stack:
        running = {}
        for region in REGIONS:
            container = stack.enter_context(image.serving(environment(region, world)))
            said = wait_until_serving(container)
            local = "http://127.0.0.1:{}".format
            running[region] = Served(container, local(said["port"]), local(said["metrics_port"]))
        yield running


def test_help(image: Image) -> None:
    assert "table ensure" in image.run("table", "ensure", "--help").stdout
    assert "failover" in image.run("--help").stdout


def test_version(image: Image) -> None:
    version = image.engine.config()["Labels"]["org.opencontainers.image.version"]
    assert version in image.run("--version").stdout


def test_table_jobs_at_once_make_one_global_table(table_jobs: list[subprocess.CompletedProcess[str]]) -> None:
    assert [(job.returncode, job.stderr) for job in table_jobs] == [(0, ""), (0, "")]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/healthz/region", "/dynamodr", "/dynamodr/openapi.json"]
)
def test_serves(served: dict[str, Served], region: str, path: str) -> None:
    assert served[region].request("GET", path).status == 200


def test_metrics_of_all_workers(served: dict[str, Served]) -> None:
    answer = HTTP.request("GET", served["us-east-1"].metrics + "/metrics")
    assert answer.status == 200
    assert b"dynamodr" in answer.data


def test_a_user_written_in_one_region_is_read_in_the_other(served: dict[str, Served]) -> None:
    added = served["us-east-1"].request("POST", "/dynamodr/add-user")
    assert added.status < 300
    username = added.json()["username"]
    deadline = time.monotonic() + 10
    while served["us-west-2"].request("GET", f"/dynamodr/users/{username}").status != 200:
        assert time.monotonic() < deadline, "not replicated within 10 s"
        time.sleep(0.05)


@pytest.mark.usefixtures("served")
def test_sigterm_ends_it_in_order(image: Image, world: World) -> None:
    with image.serving(environment("us-east-1", world)) as container:
        wait_until_serving(container)
        container.terminate()
        assert container.wait(timeout=10) == 0
