"""The probes: cheap, honest, and not fooled by success."""

from typing import TYPE_CHECKING, Any

import pytest
from dynamodr.serve import checks

from rehearsal.core.faults import Outage, Throttle
from tests.contract.service.checked import CheckedClient
from tests.contract.service.test_service_faults import fault

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from rehearsal.world import World


class Sent:
    """Counts the calls that a service sends."""

    def __init__(self, client: CheckedClient) -> None:
        self.operations: list[str] = []
        events = client.application.parts.calls.client.meta.events  # type: ignore[attr-defined]  # ours
        events.register("before-call.dynamodb", self._note)

    def _note(self, model: Any, **_: object) -> None:
        self.operations.append(model.name)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered."""
    for name in ("READY_SECONDS", "DEEP_SECONDS", "STALE_SECONDS"):
        monkeypatch.setattr(checks, name, -1.0)


def test_alive_asks_nobody(world: "World", alone: CheckedClient) -> None:
    with fault(world, Outage(region="us-east-1")):
        response = alone.get("/livez")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok", "region": "us-east-1"})


def test_many_probes_are_one_call(alone: CheckedClient) -> None:
    sent = Sent(alone)
    for _ in range(20):
        assert alone.get("/readyz").status_code == 200
    assert sent.operations == ["GetItem"]


def test_many_deep_checks_are_one_write_and_one_read(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str
) -> None:
    sent = Sent(alone)
    for _ in range(20):
        assert alone.get("/healthz/region").status_code == 200
    assert sent.operations == ["PutItem", "GetItem"]
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert (item["username"], item["last_name"]) == ({"S": "!health"}, {"S": "us-east-1"})


def test_no_worker_answers_by_what_another_is_still_finding_out(alone: CheckedClient) -> None:
    alone.application.parts.shared.begin_check()  # type: ignore[attr-defined]  # ours
    assert alone.get("/healthz/region").status_code == 200


def test_a_write_that_is_not_read_again_fails_the_deep_check(alone: CheckedClient) -> None:
    asked: list[bool] = []

    def elsewhere(params: dict[str, Any], **_: object) -> None:
        asked.append(params["ConsistentRead"])
        params["Key"] = {"username": {"S": "!health"}, "last_name": {"S": "nowhere"}}

    events = alone.application.parts.calls.client.meta.events  # type: ignore[attr-defined]  # ours
    events.register("before-parameter-build.dynamodb.GetItem", elsewhere)
    assert alone.get("/healthz/region").status_code == 503
    assert asked == [True]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("path", ["/readyz", "/healthz/region"])
def test_an_outage_fails_the_probe_and_its_end_mends_it(
    world: "World", alone: CheckedClient, path: str
) -> None:
    with fault(world, Outage(region="us-east-1")):
        response = alone.get(path)
        assert (response.status_code, response.get_json()["type"]) == (503, "/dynamodr/problems/not-ready")
        assert "Retry-After" in response.headers
    assert alone.get(path).status_code == 200


@pytest.mark.usefixtures("impatient")
def test_a_throttled_table_is_one_that_answers(world: "World", alone: CheckedClient) -> None:
    with fault(world, Throttle(region="us-east-1")):
        assert alone.get("/readyz").status_code == 200
        assert alone.get("/healthz/region").status_code == 200


def test_a_probe_tries_once(world: "World", alone: CheckedClient) -> None:
    sent: list[int] = []
    client = alone.application.parts.calls.client  # type: ignore[attr-defined]  # ours
    client.meta.events.register_first("before-send.dynamodb", lambda **_: sent.append(1))
    with fault(world, Outage(region="us-east-1")):
        alone.get("/readyz")
        alone.get("/healthz/region")
    assert len(sent) == 2


def test_draining_fails_what_attracts_traffic_and_serves_what_comes(alone: CheckedClient) -> None:
    alone.application.parts.shared.drain()  # type: ignore[attr-defined]  # ours
    for path, status in (("/readyz", 503), ("/healthz/region", 503), ("/livez", 200), ("/dynamodr", 200)):
        assert alone.get(path).status_code == status
