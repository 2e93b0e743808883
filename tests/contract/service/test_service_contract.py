"""The OpenAPI document: valid, whole, and the same thing as the routes."""

import re
from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from tests.contract.service.conftest import Client


def document(client: CheckedClient, base: str = "/dynamodr") -> Any:
    return client.get(f"{base}/openapi.json").get_json()


def test_the_document_is_valid_openapi(client: CheckedClient) -> None:
    errors = list(OpenAPIV31SpecValidator(document(client)).iter_errors())
    assert errors == []


def test_every_route_is_in_the_document_and_nothing_else(serve: "Client") -> None:
    client = serve(BASE_PATH="/elsewhere")
    routes = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    described = {
        (path, method)
        for path, methods in document(client, "/elsewhere")["paths"].items()
        for method in methods
    }
    assert routes == described
    assert all(path.startswith(("/elsewhere", "/livez", "/readyz", "/healthz")) for path, _ in routes)


def test_what_is_switched_off_is_not_described(serve: "Client") -> None:
    client = serve(ADD_USER_BY_GET="false")
    assert set(document(client)["paths"]["/dynamodr/add-user"]) == {"post"}


def test_the_examples_are_good_input(client: CheckedClient) -> None:
    fields = document(client)["components"]["schemas"]["NewUser"]["properties"]
    body = {name: schema["examples"][0] for name, schema in fields.items()}
    assert client.post("/dynamodr/users", json=body).status_code in (201, 409)


def test_every_problem_type_is_explained_where_it_says(client: CheckedClient) -> None:
    contract = document(client)
    named = set()
    for methods in contract["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                for slug in re.findall(r"`([a-z-]+)`", response["description"]):
                    explained = client.get(f"/dynamodr/problems/{slug}").get_json()
                    assert str(explained["status"]) == status
                    named.add(slug)
    assert named >= {"user-exists", "throttled", "region-not-active", "unauthorized", "headers-too-large"}
