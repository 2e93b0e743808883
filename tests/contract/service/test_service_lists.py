"""Pages and streams: everybody once, the service's own items never."""

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from dynamodr.serve.routes.users import NDJSON
from dynamodr.users.errors import Unavailable

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OWN = (
    ("!fence", "active"),
    ("!heartbeat", "us-east-1"),
    ("!heartbeat", "us-west-2"),
    ("!health", "us-east-1"),
)


def fill(dynamodb: "DynamoDBClient", table: str, users: int) -> set[str]:
    names = {f"user{number}" for number in range(users)}
    keys = [*OWN, *((name, "Doe") for name in sorted(names))]
    for at in range(0, len(keys), 25):
        puts = [
            {"PutRequest": {"Item": {"username": {"S": username}, "last_name": {"S": last_name}}}}
            for username, last_name in keys[at : at + 25]
        ]
        dynamodb.batch_write_item(RequestItems={table: puts})  # type: ignore[dict-item]  # the stub wants a union
    return names


def walk(client: CheckedClient, path: str) -> list[list[str]]:
    pages = []
    while path:
        response = client.get(path)
        assert response.status_code == 200
        pages.append([user["username"] for user in response.get_json()])
        link = response.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link[1 : link.index(">")] if link else ""
    return pages


@pytest.mark.parametrize("limit", [1, 3, 7, 11, 12, 13, 1000])
def test_pages_show_everybody_once_and_are_full(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str, limit: int
) -> None:
    names = fill(dynamodb, table, 12)
    pages = walk(alone, f"/dynamodr?limit={limit}")
    shown = [name for page in pages for name in page]
    assert sorted(shown) == sorted(names)
    assert all(len(page) == limit for page in pages[:-1])
    assert 1 <= len(pages[-1]) <= limit


def test_whoever_asks_for_strong_reads_gets_them_on_every_page(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str
) -> None:
    """The world answers every read strongly, AWS the one that asks for it."""
    for last_name in ("Doe", "Roe", "Moe"):
        key = {"username": {"S": "jo"}, "last_name": {"S": last_name}}
        dynamodb.put_item(TableName=table, Item=key)
    asked: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params["ConsistentRead"])

    events = alone.application.parts.calls.client.meta.events  # type: ignore[attr-defined]  # ours
    for operation in ("GetItem", "Query"):
        events.register(f"before-parameter-build.dynamodb.{operation}", note)
    for consistent in (False, True):
        asked.clear()
        query = "consistent=true" if consistent else "consistent=false"
        assert len(walk(alone, f"/dynamodr/users/jo?limit=1&{query}")) == 3
        assert alone.get(f"/dynamodr/users/jo/Doe?{query}").status_code == 200
        assert asked == [consistent] * 4


def test_a_page_has_a_hundred_by_default_and_an_empty_table_one_empty_page(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str
) -> None:
    assert walk(alone, "/dynamodr") == [[]]
    fill(dynamodb, table, 101)
    assert [len(page) for page in walk(alone, "/dynamodr")] == [100, 1]


def test_a_cursor_outlives_the_user_it_names(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str
) -> None:
    names = fill(dynamodb, table, 5)
    first = alone.get("/dynamodr?limit=2")
    link = first.headers["Link"]
    last = first.get_json()[-1]["username"]
    assert alone.delete(f"/dynamodr/users/{last}/Doe").status_code == 204
    rest = [name for page in walk(alone, link[1 : link.index(">")]) for name in page]
    assert sorted([*rest, *(user["username"] for user in first.get_json())]) == sorted(names)


def test_the_services_own_items_are_no_users_of_any_route(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str
) -> None:
    fill(dynamodb, table, 0)
    assert alone.get("/dynamodr").get_json() == []
    body = {"name": "Mallory", "mail": "m@example.org"}
    for username, last_name in OWN:
        for name in (username, username.replace("!", "%21")):
            assert alone.get(f"/dynamodr/users/{name}").status_code == 422
            path = f"/dynamodr/users/{name}/{last_name}"
            assert alone.get(path).status_code == 422
            assert alone.put(path, json=body).status_code == 422
            assert alone.delete(path).status_code == 422
        created = alone.post("/dynamodr/users", json=body | {"username": username, "last_name": last_name})
        assert created.status_code == 422
    assert alone.get("/dynamodr", headers={"Accept": NDJSON}).data == b""
    assert dynamodb.scan(TableName=table)["Count"] == len(OWN)


def test_ndjson_streams_everybody(alone: CheckedClient, dynamodb: "DynamoDBClient", table: str) -> None:
    names = fill(dynamodb, table, 40)
    response = alone.get("/dynamodr", headers={"Accept": NDJSON})
    assert response.content_type == NDJSON
    assert response.data.endswith(b"\n")
    assert sorted(json.loads(line)["username"] for line in response.data.splitlines()) == sorted(names)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", f"{NDJSON};q=0.1, application/json", "text/html"]
)
def test_json_is_for_all_others(alone: CheckedClient, accept: str) -> None:
    response = alone.get("/dynamodr", headers={"Accept": accept})
    assert response.content_type == "application/json"
    assert response.headers["Vary"] == "Accept"


def test_no_stream_is_offered_where_its_end_would_tell_nothing(alone: CheckedClient) -> None:
    """HTTP/1.0 has no chunks: a stream that was cut would look whole."""
    response = alone.get(
        "/dynamodr", headers={"Accept": NDJSON}, environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"}
    )
    assert (response.status_code, response.content_type) == (200, "application/json")


def test_exports_do_not_take_every_thread(alone: CheckedClient) -> None:
    """16 threads: four exports. Each ends, gives its place back, however it ends."""
    taken = [alone.get("/dynamodr", headers={"Accept": NDJSON}, buffered=False) for _ in range(4)]
    refused = alone.get("/dynamodr", headers={"Accept": NDJSON})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert alone.get("/dynamodr").status_code == 200
    taken.pop().close()
    again = alone.get("/dynamodr", headers={"Accept": NDJSON})
    assert (again.status_code, again.data) == (200, b"")
    for response in taken:
        response.close()


def test_an_export_that_fails_at_once_gives_its_place_back(
    alone: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __next__(self) -> NoReturn:
            raise Unavailable("Scan", "unreachable", "no")

    with monkeypatch.context() as patch:
        patch.setattr(alone.application.parts.users, "everyone", Broken)  # type: ignore[attr-defined]  # ours
        for _ in range(5):
            assert alone.get("/dynamodr", headers={"Accept": NDJSON}).status_code == 503
    assert alone.get("/dynamodr", headers={"Accept": NDJSON}).status_code == 200
