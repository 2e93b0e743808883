"""One line a request, with what an operator needs and nobody's name."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from dynamodr.users.errors import Unavailable
from dynamodr.users.model import User

from rehearsal.core.faults import Outage
from rehearsal.world import World
from tests.contract.service.checked import CheckedClient
from tests.contract.service.test_service_faults import fault


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__ for record in caplog.records if record.name == "dynamodr.request"]


def test_a_request_is_one_line(client: CheckedClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/dynamodr/users/nobody/Doe", headers={"X-Request-Id": "mine"})
    (line,) = lines(caplog)
    assert (line["request_id"], line["method"], line["status"]) == ("mine", "GET", 404)
    assert line["route"] == "/dynamodr/users/{username}/{last_name}"
    assert line["dynamodb_calls"] == 1
    assert 0 < line["dynamodb_ms"] <= line["duration_ms"]


def test_a_write_names_what_it_wrote(client: CheckedClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tag = client.post("/dynamodr/add-user").headers["ETag"]
    (line,) = lines(caplog)
    assert tag == f'"1-{line["write_id"]}"'


def test_no_line_names_anybody(
    world: World, client: CheckedClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "dynamodr")
    secret = "Quetzalcoatl"
    body = {"name": secret, "mail": f"{secret}@example.org"}
    path = f"/dynamodr/users/{secret}/{secret}"
    for _ in range(2):
        client.post("/dynamodr/users", json=body | {"username": secret, "last_name": secret})
    client.get(path)
    client.put(path, json=body, headers={"If-Match": '"7"'})
    client.get(path + "/no/such/route")
    client.get(f"/dynamodr/users/!{secret}")
    client.get(f"/dynamodr?cursor={secret}", headers={"Authorization": f"Bearer {secret}"})
    with fault(world, Outage(region="us-east-1")):
        client.get(path)
    monkeypatch.setattr(client.application.parts.users, "get", None)  # type: ignore[attr-defined]  # breaks it
    assert client.get(path).status_code == 500
    assert len(lines(caplog)) == 9
    formatter = logging.Formatter()
    texts = [f"{formatter.format(record)} {record.__dict__}" for record in caplog.records]
    assert not [text for text in texts if secret in text]


def test_probes_that_pass_are_quiet(client: CheckedClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for path in ("/livez", "/readyz", "/healthz/region"):
        client.get(path)
    assert lines(caplog) == []
    client.application.parts.shared.drain()  # type: ignore[attr-defined]  # ours
    try:
        client.get("/readyz")
    finally:
        client.application.parts.shared._page[0] = 0  # type: ignore[attr-defined]  # as if it never had
    assert [line["status"] for line in lines(caplog)] == [503]


def test_a_streams_line_comes_when_it_has_ended(
    alone: CheckedClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response = alone.get("/dynamodr", headers={"Accept": "application/x-ndjson"}, buffered=False)
    assert lines(caplog) == []
    response.close()
    assert [line["route"] for line in lines(caplog)] == ["/dynamodr"]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_stream_that_is_cut_is_no_success_in_the_log(
    alone: CheckedClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    caplog.set_level(logging.INFO)
    headers = {"Accept": "application/x-ndjson", "Accept-Encoding": coding}
    alone.get("/dynamodr", headers=headers, buffered=True)
    users = alone.application.parts.users  # type: ignore[attr-defined]  # ours

    def broken() -> Iterator[list[User]]:
        yield [User("ada", "Lovelace")]
        raise Unavailable("Scan", "unreachable", "no")

    monkeypatch.setattr(users, "everyone", broken)
    response = alone.get("/dynamodr", headers=headers)
    with pytest.raises(Unavailable):
        response.get_data()
    response.close()
    assert [line.get("cut", False) for line in lines(caplog)] == [False, True]
