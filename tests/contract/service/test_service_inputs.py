"""Bad input: a 4xx problem that names the field, and nothing written."""

from typing import Any

import pytest
from dynamodr.serve import cursor
from dynamodr.users.model import Key

from tests.contract.service.checked import CheckedClient

GOOD: dict[str, Any] = {"username": "input", "last_name": "Doe", "name": "Jo Doe", "mail": "jo@example.org"}


def problem(response: Any) -> tuple[int, str, list[tuple[str, str]]]:
    body = response.get_json()
    assert response.content_type == "application/problem+json"
    assert body["status"] == response.status_code
    faults = [(fault["at"], fault.get("field", "")) for fault in body.get("errors", [])]
    return response.status_code, body["type"].rsplit("/", 1)[1], faults


WRONG: dict[str, list[object]] = {
    "username": ["", "!fence", "_a", "a b", "a/b", "é", "a" * 65, "bob\n", 7, None, ["a"]],
    "last_name": ["", "!x", " a", "a ", ".", "..", "a/b", "a\\b", "a\x00b", "a" * 65, 7, "a\n"],
    "name": ["", " ", "a\x07", "a" * 257, None, {}],
    "mail": ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a" * 250 + "@b.cd", True],
}


WRONG["last_name"] += ["a\u202eb", "a\u2028b", "\ufffd"]


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in WRONG for value in WRONG[field]])
def test_a_wrong_field_is_named(client: CheckedClient, field: str, value: object) -> None:
    response = client.post("/dynamodr/users", json=GOOD | {field: value})
    assert problem(response) == (422, "invalid-input", [("body", field)])
    assert client.get("/dynamodr/users/input").get_json() == []


@pytest.mark.parametrize("field", sorted(GOOD))
def test_a_missing_field_is_named(client: CheckedClient, field: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != field}
    assert problem(client.post("/dynamodr/users", json=body)) == (422, "invalid-input", [("body", field)])


def test_an_unknown_field_is_named(client: CheckedClient) -> None:
    for field in ("version", "write_id", "admin"):
        response = client.post("/dynamodr/users", json=GOOD | {field: 1})
        assert problem(response) == (422, "invalid-input", [("body", field)])


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"7", b"null", b"[" * 16000, b'{"username":' + b"[" * 16000])
def test_another_kind_of_json_is_invalid(client: CheckedClient, body: bytes) -> None:
    status, slug, _ = problem(client.post("/dynamodr/users", data=body, content_type="application/json"))
    assert (status, slug) == (422, "invalid-input")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"username":"\xff"}',
        b'{"username":"\\ud800"}',
        b'{"username":"u","last_name":"D","name":"J","mail":"j@x"} {}',
        b"\x00",
    ],
)
def test_what_is_no_json_is_said_to_be_none(client: CheckedClient, body: bytes) -> None:
    response = client.post("/dynamodr/users", data=body, content_type="application/json")
    assert problem(response) == (400, "bad-json", [])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_another_content_type_is_not_taken(client: CheckedClient, kind: str) -> None:
    response = client.post("/dynamodr/users", data=b"{}", content_type=kind)
    assert problem(response)[:2] == (415, "unsupported-media-type")
    assert response.headers["Accept"] == "application/json"


def test_a_compressed_body_is_not_taken(client: CheckedClient) -> None:
    response = client.post("/dynamodr/users", json=GOOD, headers={"Content-Encoding": "gzip"})
    assert problem(response)[:2] == (415, "unsupported-media-type")


def test_a_charset_is_fine(client: CheckedClient) -> None:
    body = b'{"username":"charset","last_name":"Doe","name":"Jo","mail":"jo@example.org"}'
    response = client.post("/dynamodr/users", data=body, content_type="Application/JSON; charset=utf-8")
    assert response.status_code == 201


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_has_an_end(client: CheckedClient, method: str) -> None:
    path = "/dynamodr/users" if method == "POST" else "/dynamodr/users/input/Doe"
    response = client.open(path, method=method, json=GOOD | {"name": "x" * 16384})
    assert problem(response) == (413, "body-too-large", [])


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1e2", "ten", "", "10 ", "٣", "9" * 40])
def test_a_wrong_limit_is_named(client: CheckedClient, limit: str) -> None:
    for path in ("/dynamodr", "/dynamodr/users/ada"):
        response = client.get(path, query_string={"limit": limit})
        assert problem(response) == (422, "invalid-input", [("query", "limit")])


RESERVED = cursor.encode(Key("!fence", "active"))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "abc",
        "!",
        "W10",
        "WyJhIl0",
        "bnVsbA",
        "WyIiLCIiXQ",
        "WyJhIiwxXQ",
        "WyJhIiwiYiJd=",
        "YQ\n",
        RESERVED,
        "A" * 5000,
    ],
)
def test_a_forged_cursor_is_named(client: CheckedClient, forged: str) -> None:
    for path in ("/dynamodr", "/dynamodr/users/ada"):
        response = client.get(path, query_string={"cursor": forged})
        assert problem(response) == (422, "invalid-input", [("query", "cursor")])


@pytest.mark.parametrize("value", ["1", "yes", "TRUE", ""])
def test_a_wrong_flag_is_named(client: CheckedClient, value: str) -> None:
    response = client.get("/dynamodr/users/ada/Doe", query_string={"consistent": value})
    assert problem(response) == (422, "invalid-input", [("query", "consistent")])


@pytest.mark.parametrize(
    "value", ["1", "", "abc", '"1" "2"', '"1",,"2"', 'w/"1"', '"a b"', ", ".join(['"1"'] * 21)]
)
def test_what_is_no_list_of_tags_is_named(client: CheckedClient, value: str) -> None:
    body = {"name": "New", "mail": "new@example.org"}
    for header in ("If-Match", "If-None-Match"):
        response = client.put("/dynamodr/users/input/Doe", json=body, headers={header: value})
        assert problem(response) == (422, "invalid-input", [("header", header)])
    assert client.get("/dynamodr/users/input").get_json() == []


@pytest.mark.parametrize("value", ["", "a b", "é", "k" * 256])
def test_a_wrong_idempotency_key_is_named(client: CheckedClient, value: str) -> None:
    response = client.post("/dynamodr/users", json=GOOD, headers={"Idempotency-Key": value})
    assert problem(response) == (422, "invalid-input", [("header", "Idempotency-Key")])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/dynamodr/users/a%2Fb/Doe", 404),
        ("/dynamodr/users/ada/a%2Fb", 404),
        ("/dynamodr/users/ada/a%00b", 422),
        ("/dynamodr/users/ada/%FF", 422),
        ("/dynamodr/users/ada/%ED%A0%80", 422),
        ("/dynamodr/users/ada/..", 422),
        ("/dynamodr/users/ada/%2E%2E", 422),
        ("/dynamodr/users/../users", 422),
        ("/dynamodr/users/ada/a%5Cb", 422),
        ("/dynamodr/users/ada%0A/Doe", 422),
        ("/dynamodr/users/" + "a" * 65, 422),
        ("/dynamodr/users/ada/" + "a" * 65, 422),
        ("//dynamodr/users/ada", 404),
        ("/dynamodr//users/ada", 404),
        ("/dynamodr/users/", 405),
        ("/dynamodr/problems/none", 404),
        ("/elsewhere", 404),
        ("/", 404),
    ],
)
def test_path_tricks_are_answered_4xx(client: CheckedClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


@pytest.mark.parametrize("sent", ["", "a b", "é", "x" * 129, "<script>", '"quoted"'])
def test_an_insane_request_id_is_replaced(client: CheckedClient, sent: str) -> None:
    made = client.get("/livez", headers={"X-Request-Id": sent}).headers["X-Request-Id"]
    assert made != sent
    assert len(made) == 32


def test_a_problem_tells_the_request_id_and_explains_itself(client: CheckedClient) -> None:
    response = client.get("/dynamodr/users/nobody/Doe", headers={"X-Request-Id": "Root=1-67891233-abcdef"})
    body = response.get_json()
    assert body["request_id"] == response.headers["X-Request-Id"] == "Root=1-67891233-abcdef"
    explained = client.get(body["type"]).get_json()
    assert (explained["status"], explained["title"]) == (404, body["title"])
