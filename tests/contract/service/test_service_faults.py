"""DynamoDB throttled, gone, slow, or answering into the void: 503 in bounded time, and nothing half-told."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.core.faults import Deny, Fault, Outage, Throttle
from tests.contract.service.checked import CheckedClient
from tests.contract.service.lossy import Fate, Lossy, answer, first, lossy

if TYPE_CHECKING:
    from rehearsal.world import World
    from tests.contract.service.conftest import Client

BODY = {"name": "Jo Doe", "mail": "jo@example.org"}
USER = BODY | {"username": "faulty", "last_name": "Doe"}
READS = (("GET", "/dynamodr"), ("GET", "/dynamodr/users/a"), ("GET", "/dynamodr/users/a/Doe"))
WRITES = (
    ("POST", "/dynamodr/users"),
    ("PUT", "/dynamodr/users/a/Doe"),
    ("DELETE", "/dynamodr/users/a/Doe"),
    ("POST", "/dynamodr/add-user"),
    ("GET", "/dynamodr/add-user"),
)
BOUND = 5.0


@contextmanager
def fault(world: "World", fault: Fault) -> Iterator[None]:
    name = world.inject(fault)
    try:
        yield
    finally:
        world.undo(name)


def ask(client: CheckedClient, method: str, path: str) -> tuple[Any, dict[str, Any]]:
    body = (
        {"/dynamodr/users": USER, "/dynamodr/users/a/Doe": BODY}.get(path)
        if method in ("POST", "PUT")
        else None
    )
    response = client.open(path, method=method, json=body)
    return response, response.get_json()


@contextmanager
def bounded() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < BOUND


@pytest.fixture(scope="module")
def proxy(world: "World") -> Iterator[Lossy]:
    with lossy(world.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def behind(serve: "Client", new_table: Any, proxy: Lossy) -> CheckedClient:
    return serve(TABLE_NAME=new_table(), DYNAMO_ENDPOINT=proxy.url)


@pytest.fixture
def plan(proxy: Lossy) -> Iterator[Lossy]:
    """The proxy, with nothing counted and nothing planned."""
    proxy.calls.clear()
    yield proxy
    proxy.plan = answer


def test_throttled_is_503_and_when_to_come_back(world: "World", client: CheckedClient) -> None:
    with fault(world, Throttle(region="us-east-1")):
        for method, path in (READS[0], WRITES[1]):  # each waits out a back-off
            response, problem = ask(client, method, path)
            assert (response.status_code, problem["type"]) == (503, "/dynamodr/problems/throttled")
            assert 1 <= int(response.headers["Retry-After"]) <= 3
            assert problem.get("applied") == ("no" if (method, path) in WRITES else None)
    assert client.get("/dynamodr/users/faulty").get_json() == []


@pytest.mark.parametrize(
    ("mode", "applied"), [("close", "unknown"), ("unavailable", "unknown"), ("errors", "unknown")]
)
def test_an_outage_is_503_and_writes_are_in_doubt(
    world: "World", client: CheckedClient, mode: Any, applied: str
) -> None:
    with fault(world, Outage(region="us-east-1", mode=mode)):
        for method, path in (*READS, *WRITES):
            response, problem = ask(client, method, path)
            assert (response.status_code, problem["type"]) == (503, "/dynamodr/problems/dynamodb-unavailable")
            assert "Retry-After" in response.headers
            assert problem.get("applied") == (applied if (method, path) in WRITES else None)
    assert client.get("/dynamodr/users/faulty").status_code == 200


def test_nobody_listening_is_told_at_once_and_nothing_was_written(hasty: "Client") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = hasty(DYNAMO_ENDPOINT=f"http://127.0.0.1:{port}")
    with bounded():
        response, problem = ask(client, "POST", "/dynamodr/users")
    assert (response.status_code, problem["applied"]) == (503, "no")


def test_a_connection_that_is_never_made_is_given_up(hasty: "Client") -> None:
    """A full backlog: the kernel drops our SYN, as a dead host would."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        client = hasty(DYNAMO_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with bounded():
            response, problem = ask(client, "PUT", "/dynamodr/users/a/Doe")
        assert (response.status_code, problem["applied"]) == (503, "no")
        for filler in fillers:
            filler.close()


def test_an_answer_that_never_comes_is_given_up_and_the_write_is_in_doubt(hasty: "Client") -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        client = hasty(DYNAMO_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with bounded():
            response, problem = ask(client, "PUT", "/dynamodr/users/a/Doe")
        assert (response.status_code, problem["applied"]) == (503, "unknown")


def test_a_table_that_is_not_there_or_not_ours_is_503_without_details(
    world: "World", serve: "Client", client: CheckedClient
) -> None:
    _, problem = ask(serve(TABLE_NAME="missing"), "GET", "/dynamodr/users/a/Doe")
    assert problem["type"].endswith("/dynamodb-unavailable")
    with fault(world, Deny(action="dynamodb:GetItem")):
        response, problem = ask(client, "GET", "/dynamodr/users/a/Doe")
    assert problem["type"].endswith("/dynamodb-unavailable")
    assert "arn:" not in response.text


def test_a_lost_answer_makes_no_conflict_of_a_create(behind: CheckedClient, plan: Lossy) -> None:
    plan.plan = first("lose the answer", "PutItem")
    response = behind.post("/dynamodr/users", json=BODY | {"username": "lost1", "last_name": "Doe"})
    assert (response.status_code, response.get_json()["version"]) == (201, 1)
    assert plan.calls == ["PutItem", "PutItem"]


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}, {"If-Match": '"1", "2"'}, {"If-Match": "*"}])
def test_a_lost_answer_makes_no_second_replacement(
    behind: CheckedClient, plan: Lossy, headers: dict[str, str]
) -> None:
    username = f"lost{len(headers.get('If-Match', ''))}put"
    behind.post("/dynamodr/users", json=BODY | {"username": username, "last_name": "Doe"})
    plan.plan = first("lose the answer", "UpdateItem")
    path = f"/dynamodr/users/{username}/Doe"
    response = behind.put(path, json={"name": "New", "mail": "n@example.org"}, headers=headers)
    assert plan.calls.count("UpdateItem") == 2
    assert (response.status_code, response.get_json()["version"]) == (200, 2)
    assert behind.get(path).get_json() == response.get_json()


def test_a_lost_answer_makes_no_412_of_creating_by_put(behind: CheckedClient, plan: Lossy) -> None:
    plan.plan = first("lose the answer", "UpdateItem")
    path = "/dynamodr/users/lostput/Doe"
    response = behind.put(path, json=BODY, headers={"If-None-Match": "*"})
    assert (response.status_code, response.get_json()["version"]) == (201, 1)


def test_who_wrote_over_a_lost_answer_makes_a_conflict_that_is_in_doubt(
    serve: "Client", table: str, plan: Lossy
) -> None:
    behind, other = serve(TABLE_NAME=table, DYNAMO_ENDPOINT=plan.url), serve(TABLE_NAME=table)
    behind.post("/dynamodr/users", json=BODY | {"username": "over", "last_name": "Doe"})
    path = "/dynamodr/users/over/Doe"

    def meanwhile(operation: str, before: int) -> Fate:
        if (operation, before) == ("UpdateItem", 1):  # the second attempt: somebody replaces the first
            assert other.put(path, json=BODY).status_code == 200
        return "lose the answer" if (operation, before) == ("UpdateItem", 0) else "answer"

    plan.plan = meanwhile
    response = behind.put(path, json=BODY, headers={"If-Match": '"1"'})
    assert (response.status_code, response.get_json()["applied"]) == (412, "unknown")
    assert behind.get(path).get_json()["version"] == 3, "it had been applied"
    plain = behind.put(path, json=BODY, headers={"If-Match": '"1"'})
    assert (plain.status_code, "applied" in plain.get_json()) == (412, False)


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}])
def test_a_lost_answer_makes_no_404_of_a_delete(
    behind: CheckedClient, plan: Lossy, headers: dict[str, str]
) -> None:
    behind.post("/dynamodr/users", json=BODY | {"username": "lostdel", "last_name": "Doe"})
    plan.plan = first("lose the answer", "DeleteItem")
    assert behind.delete("/dynamodr/users/lostdel/Doe", headers=headers).status_code == 204
    assert plan.calls.count("DeleteItem") == 2
    assert behind.get("/dynamodr/users/lostdel").get_json() == []


def test_a_lost_call_makes_no_204_of_a_delete_that_does_not_hold(behind: CheckedClient, plan: Lossy) -> None:
    behind.post("/dynamodr/users", json=BODY | {"username": "keptdel", "last_name": "Doe"})
    plan.plan = first("lose the call", "DeleteItem")
    path = "/dynamodr/users/keptdel/Doe"
    assert behind.delete(path, headers={"If-Match": '"7"'}).status_code == 412
    assert plan.calls.count("DeleteItem") == 2
    assert behind.get(path).status_code == 200


def test_a_call_that_fails_once_or_twice_is_tried_again(behind: CheckedClient, plan: Lossy) -> None:
    fates: tuple[Fate, ...] = ("fail", "lose the call")
    for fate in fates:
        plan.calls.clear()
        plan.plan = first(fate, "GetItem", times=2)
        assert behind.get("/dynamodr/users/nobody/Doe").status_code == 404
        assert plan.calls == ["GetItem"] * 3


def test_a_stream_that_fails_at_once_fails_with_a_status(behind: CheckedClient, plan: Lossy) -> None:
    plan.plan = first("fail", "Scan", times=3)
    response = behind.get("/dynamodr", headers={"Accept": "application/x-ndjson"})
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")


def test_a_fault_of_ours_is_500_without_a_trace(
    client: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(client.application.parts.users, "get", broken)  # type: ignore[attr-defined]  # ours
    response, problem = ask(client, "GET", "/dynamodr/users/a/Doe")
    assert (response.status_code, problem["type"]) == (500, "/dynamodr/problems/internal-error")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
