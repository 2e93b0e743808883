"""Real services on the world: nothing acknowledged is lost; a Region that was out waits until it is told."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import urllib3

from rehearsal.core.faults import Outage
from tests.contract.failover.stage import EAST, REGIONS, WEST, Stage, eventually
from tests.contract.service.process import Serving, serving

Services = dict[str, Serving]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def services(stage: Stage) -> Iterator[Services]:
    with ExitStack() as stack:
        started = {
            region: stack.enter_context(serving(stage.environment(AWS_REGION=region, WORKERS="1")))
            for region in REGIONS
        }
        eventually(lambda: all(one.get("/readyz").status == 200 for one in started.values()), 40)
        eventually(lambda: create(started[EAST], "first").status == 201)
        eventually(lambda: {"us-east-1", "us-west-2"} == set(stage.heartbeats(WEST)))
        yield started
        for one in started.values():
            one.stop(signal.SIGINT)


def create(service: Serving, username: str) -> urllib3.BaseHTTPResponse:
    user = {"username": username, "last_name": "Doe", "name": username, "mail": f"{username}@example.org"}
    return service.http.request("POST", f"{service.url}/dynamodr/users", json=user)


def standing(service: Serving) -> str:
    metrics = service.metrics()
    found = [name for name, value in metrics.items() if name.startswith("dynamodr_fence_standing") and value]
    return found[0].split('"')[1] if found else ""


class Client:
    """Creates users in both Regions in turn, and remembers which were acknowledged where."""

    def __init__(self, services: Services) -> None:
        self.acknowledged: list[tuple[str, str]] = []
        self.refused: list[tuple[str, dict[str, Any]]] = []
        self._services = services
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._stopping.wait(0.03):
            region = REGIONS[number % 2]
            number += 1
            answer = create(self._services[region], f"user{number}")
            if answer.status == 201:
                self.acknowledged.append((region, f"user{number}"))
            else:
                self.refused.append((region, answer.json()))

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(20)


def test_a_planned_failover_under_load_loses_nothing(stage: Stage, services: Services) -> None:
    client = Client(services)
    eventually(lambda: len(client.acknowledged) > 20)
    ended = stage.run("to", WEST, "--planned", "--output", "json")
    assert ended.code == 0, ended.out + ended.err
    before = len(client.acknowledged)
    eventually(lambda: len(client.acknowledged) > before + 20)
    client.stop()
    regions = [region for region, _ in client.acknowledged]
    assert regions == sorted(regions), "first one Region, then the other, and never back"
    held = stage.dynamodb[WEST].scan(TableName="users", ConsistentRead=True)["Items"]
    assert {name for _, name in client.acknowledged} <= {item["username"]["S"] for item in held}
    told = {(region, problem["active_region"]) for region, problem in client.refused}
    assert {(WEST, EAST), (EAST, ""), (EAST, WEST)} <= told
    eventually(lambda: (standing(services[EAST]), standing(services[WEST])) == ("standby", "active"))
    metrics = services[WEST].metrics()
    assert metrics["dynamodr_fence_epoch"] == 2
    assert 0 <= metrics['dynamodr_replication_lag_seconds{source_region="us-east-1"}'] < 20


def test_a_region_that_was_out_does_not_write_until_it_is_told(stage: Stage, services: Services) -> None:
    gone = stage.world.inject(Outage(region=EAST))
    eventually(lambda: standing(services[EAST]) == "unknown")
    assert create(services[EAST], "lost").status == 503
    for endpoint in range(2):
        stage.healthy(EAST, f"no answer {endpoint}")
    ended = stage.call("to", WEST, "--forced")
    assert ended.code == 0, ended.out + ended.err
    eventually(lambda: create(services[WEST], "found").status == 201)
    assert services[WEST].get("/dynamodr/users/found").headers["Connection"] == "keep-alive"
    stage.world.undo(gone)
    answers = []

    def told() -> bool:
        answer = create(services[EAST], "back")
        answers.append(answer.status)
        # Dials rule new connections only: who writes shall come on one.
        sent_away = answer.headers["Connection"] == "close"
        return bool(answer.json().get("active_region") == WEST and sent_away)

    eventually(told)
    assert set(answers) == {503}
    by_get = services[EAST].get("/dynamodr/add-user")
    assert (by_get.status, by_get.headers["Connection"]) == (503, "close"), "that GET writes"
    assert services[EAST].get("/dynamodr/users/found").headers["Connection"] == "keep-alive"
