"""add-user: the article's route."""

from tests.contract.service.checked import CheckedClient
from tests.contract.service.conftest import Client


def test_both_methods_add_somebody_who_is_there_afterwards(client: CheckedClient) -> None:
    for method, status in (("GET", 200), ("POST", 201)):
        response = client.open("/dynamodr/add-user", method=method)
        user = response.get_json()
        assert response.status_code == status
        assert response.headers["Cache-Control"] == "no-store"
        assert client.get(response.headers["Location"] + "?consistent=true").get_json() == user
        assert user["name"].endswith(f" {user['last_name']}")


def test_head_adds_nobody(alone: CheckedClient) -> None:
    assert alone.head("/dynamodr/add-user").status_code == 200
    assert alone.get("/dynamodr").get_json() == []


def test_get_can_be_switched_off(serve: Client, table: str) -> None:
    client = serve(TABLE_NAME=table, ADD_USER_BY_GET="false")
    response = client.get("/dynamodr/add-user")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert client.get("/dynamodr").get_json() == []
    assert client.post("/dynamodr/add-user").status_code == 201
