"""Create, read, replace, delete: what the routes promise, with nothing going wrong."""

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADA = {"username": "ada.lovelace", "last_name": "Lovelace", "name": "Ada Lovelace", "mail": "ada@example.org"}


def new(client: CheckedClient, username: str, last_name: str = "Doe", **headers: str) -> Any:
    body = {"username": username, "last_name": last_name, "name": "Jo Doe", "mail": "jo@example.org"}
    return client.post(
        "/dynamodr/users", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def test_create_answers_who_it_is_where_and_in_what_state(client: CheckedClient) -> None:
    response = client.post("/dynamodr/users", json=ADA)
    user = response.get_json()
    assert response.status_code == 201
    assert {name: user[name] for name in ADA} == ADA
    assert user["version"] == 1
    assert user["written_in"] == "us-east-1"
    assert user["created_at"] == user["updated_at"]
    assert "write_id" not in user
    again = client.get(response.headers["Location"])
    assert again.get_json() == user
    assert again.headers["ETag"] == response.headers["ETag"]


def test_a_second_create_is_a_conflict_and_changes_nothing(client: CheckedClient) -> None:
    first = new(client, "twice").get_json()
    body = {"username": "twice", "last_name": "Doe", "name": "Somebody Else", "mail": "else@example.org"}
    assert client.post("/dynamodr/users", json=body).status_code == 409
    assert client.get("/dynamodr/users/twice/Doe").get_json() == first


def test_a_create_repeated_under_its_key_is_the_same_create(client: CheckedClient) -> None:
    first = new(client, "keyed", Idempotency_Key="k-1")
    second = new(client, "keyed", Idempotency_Key="k-1")
    assert (second.status_code, second.get_json()) == (201, first.get_json())
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Location"] == first.headers["Location"]


def test_a_key_does_not_excuse_other_content_or_another_key(client: CheckedClient) -> None:
    new(client, "kept", Idempotency_Key="k-1")
    other = {"username": "kept", "last_name": "Doe", "name": "Other", "mail": "jo@example.org"}
    reused = client.post("/dynamodr/users", json=other, headers={"Idempotency-Key": "k-1"})
    assert (reused.status_code, reused.get_json()["type"][-22:]) == (422, "idempotency-key-reused")
    assert new(client, "kept", Idempotency_Key="k-2").status_code == 409
    assert new(client, "kept").status_code == 409


def test_a_request_id_that_a_client_sends_twice_is_no_idempotency_key(client: CheckedClient) -> None:
    assert new(client, "traced", X_Request_Id="trace-1").status_code == 201
    again = new(client, "traced", X_Request_Id="trace-1")
    assert (again.status_code, again.headers["X-Request-Id"]) == (409, "trace-1")


def test_put_replaces_and_counts(client: CheckedClient) -> None:
    created = new(client, "put")
    response = client.put("/dynamodr/users/put/Doe", json={"name": "New", "mail": "new@example.org"})
    user = response.get_json()
    assert response.status_code == 200
    assert (user["name"], user["mail"], user["version"]) == ("New", "new@example.org", 2)
    assert user["created_at"] == created.get_json()["created_at"]
    assert response.headers["ETag"] != created.headers["ETag"]
    there = client.get("/dynamodr/users/put/Doe")
    assert (there.get_json(), there.headers["ETag"]) == (user, response.headers["ETag"])


def test_put_creates_what_is_not_there(client: CheckedClient) -> None:
    response = client.put("/dynamodr/users/fresh/Doe", json={"name": "New", "mail": "new@example.org"})
    assert response.status_code == 201
    assert client.get(response.headers["Location"]).get_json() == response.get_json()


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"0"'}, {"If-Match": "*"}], ids=str)
def test_put_over_what_has_no_version_creates_nobody(
    alone: CheckedClient, dynamodb: "DynamoDBClient", table: str, headers: dict[str, str]
) -> None:
    """Another program wrote it, and it is there all the same."""
    dynamodb.put_item(TableName=table, Item={"username": {"S": "old"}, "last_name": {"S": "Doe"}})
    body = {"name": "New", "mail": "new@example.org"}
    response = alone.put("/dynamodr/users/old/Doe", json=body, headers=headers)
    assert (response.status_code, response.get_json()["version"]) == (200, 1)
    assert alone.get("/dynamodr/users/old/Doe").get_json() == response.get_json()


@pytest.mark.parametrize(
    "header", ['"7"', '"1-00000000000000000000000000000000"', 'W/"1"', '"elsewhere"', '""']
)
def test_put_with_a_tag_that_is_not_the_users_writes_nothing(client: CheckedClient, header: str) -> None:
    new(client, "guarded")
    before = client.get("/dynamodr/users/guarded/Doe")
    body = {"name": "New", "mail": "new@example.org"}
    response = client.put("/dynamodr/users/guarded/Doe", json=body, headers={"If-Match": header})
    assert response.status_code == 412
    assert client.get("/dynamodr/users/guarded/Doe").get_json() == before.get_json()


def test_put_with_the_users_tag_its_version_a_star_or_a_list_writes(client: CheckedClient) -> None:
    tag = new(client, "tags").headers["ETag"]
    for wanted in (lambda: tag, lambda: '"2"', lambda: "*", lambda: '"9", "4" ,W/"4"'):
        body = {"name": "New", "mail": "new@example.org"}
        response = client.put("/dynamodr/users/tags/Doe", json=body, headers={"If-Match": wanted()})
        assert response.status_code == 200
    assert response.get_json()["version"] == 5


def test_one_of_two_writers_with_the_same_tag_loses(client: CheckedClient) -> None:
    tag = {"If-Match": new(client, "race").headers["ETag"]}
    first = client.put("/dynamodr/users/race/Doe", json={"name": "A", "mail": "a@example.org"}, headers=tag)
    second = client.put("/dynamodr/users/race/Doe", json={"name": "B", "mail": "b@example.org"}, headers=tag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert client.get("/dynamodr/users/race/Doe").get_json()["name"] == "A"


def test_a_tag_of_a_deleted_user_is_not_one_of_its_successor(client: CheckedClient) -> None:
    tag = {"If-Match": new(client, "reborn").headers["ETag"]}
    client.delete("/dynamodr/users/reborn/Doe")
    new(client, "reborn")
    body = {"name": "New", "mail": "new@example.org"}
    assert client.put("/dynamodr/users/reborn/Doe", json=body, headers=tag).status_code == 412


def test_put_can_be_bound_to_creating_or_to_replacing(client: CheckedClient) -> None:
    body = {"name": "New", "mail": "new@example.org"}
    path = "/dynamodr/users/bound/Doe"
    assert client.put(path, json=body, headers={"If-Match": "*"}).status_code == 412
    assert client.get(path).status_code == 404
    assert client.put(path, json=body, headers={"If-None-Match": "*"}).status_code == 201
    assert client.put(path, json=body, headers={"If-None-Match": "*"}).status_code == 412
    assert client.put(path, json=body, headers={"If-None-Match": '"1"'}).status_code == 412
    assert client.put(path, json=body, headers={"If-None-Match": '"7"'}).status_code == 200


def test_delete_removes_once(client: CheckedClient) -> None:
    tag = new(client, "gone").headers["ETag"]
    path = "/dynamodr/users/gone/Doe"
    assert client.delete(path, headers={"If-Match": '"2"'}).status_code == 412
    response = client.delete(path, headers={"If-Match": tag})
    assert (response.status_code, response.data) == (204, b"")
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert client.delete(path, headers={"If-Match": "*"}).status_code == 412


def test_get_answers_304_to_who_has_it(client: CheckedClient) -> None:
    tag = new(client, "cached").headers["ETag"]
    path = "/dynamodr/users/cached/Doe?consistent=true"
    for header in (tag, f"W/{tag}", "*", f'"x", {tag}'):
        response = client.get(path, headers={"If-None-Match": header})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"2"'}).status_code == 200


def test_one_username_may_have_many_last_names(client: CheckedClient) -> None:
    for last_name in ("Zander", "Abel", "O'Brien"):
        new(client, "many", last_name)
    users = client.get("/dynamodr/users/many?consistent=true").get_json()
    assert [user["last_name"] for user in users] == ["Abel", "O'Brien", "Zander"]
    assert client.get("/dynamodr/users/nobody").get_json() == []
    page = client.get("/dynamodr/users/many?limit=2")
    assert len(page.get_json()) == 2
    link = page.headers["Link"]
    rest = client.get(link[1 : link.index(">")])
    assert [user["last_name"] for user in rest.get_json()] == ["Zander"]
    assert "Link" not in rest.headers
    elsewhere = link[1 : link.index(">")].replace("/many?", "/ada?")
    assert client.get(elsewhere).status_code == 422


@pytest.mark.parametrize(
    "last_name", ["Müller", "de la Cruz", "O'Brien", "李", "Smith-Jones", "100%", "a+b", "?", "..."]
)
def test_location_leads_to_whoever_can_be_created(client: CheckedClient, last_name: str) -> None:
    response = new(client, "names", last_name)
    assert response.status_code == 201
    assert client.get(response.headers["Location"]).get_json()["last_name"] == last_name
    assert client.delete(response.headers["Location"]).status_code == 204


def test_two_spellings_of_an_accent_are_one_user(client: CheckedClient) -> None:
    apart = unicodedata.normalize("NFD", "Müller")
    assert new(client, "accent", apart).get_json()["last_name"] == "Müller"
    assert new(client, "accent", "Müller").status_code == 409
    assert client.get(f"/dynamodr/users/accent/{apart}").status_code == 200


def test_a_name_that_nfc_makes_too_long_is_none(client: CheckedClient) -> None:
    """U+0958 is two characters in NFC: the user's own Location would not lead there."""
    refused = new(client, "nukta", "\u0958" * 33)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "last_name"
    assert refused.get_json() | {"request_id": ""} == new(client, "nukta", "a" * 65).get_json() | {
        "request_id": ""
    }
    assert new(client, "nukta", "\u0958" * 32).status_code == 201


def test_head_is_get_without_a_body_and_options_tells_the_methods(client: CheckedClient) -> None:
    new(client, "head")
    get, head = client.get("/dynamodr/users/head/Doe"), client.head("/dynamodr/users/head/Doe")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    options = client.options("/dynamodr/users/head/Doe")
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}


def test_a_wrong_method_is_told_the_right_ones(client: CheckedClient) -> None:
    response = client.patch("/dynamodr/users/ada/Lovelace")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
    assert response.get_json()["type"] == "/dynamodr/problems/method-not-allowed"
