"""A client that holds every answer against the OpenAPI document of the service that gave it."""

import gzip
import json
import re
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

PROBLEM = "#/components/schemas/Problem"


class CheckedClient(FlaskClient):
    """Fails a test whose answer the contract does not declare, or declares otherwise."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        self._check(response)
        return response

    def read_contract(self) -> None:
        """Ask the service for what it promises."""
        base = self.application.parts.settings.base_path  # type: ignore[attr-defined]  # ours, not Flask's
        contract = super().open(f"{base}/openapi.json").get_json()
        resource: Resource[Any] = DRAFT202012.create_resource(contract)
        self._registry: Registry[Any] = Registry().with_resource("contract:", resource)
        self._routes: list[tuple[re.Pattern[str], dict[str, Any]]] = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), methods)
            for path, methods in contract["paths"].items()
        ]

    def _check(self, response: TestResponse) -> None:
        request = response.request
        method = request.method.lower()
        assert response.headers["X-Request-Id"]
        operation = next(
            (
                methods[method]
                for path, methods in self._routes
                if path.fullmatch(request.path) and method in methods
            ),
            None,
        )
        if operation is None:
            if response.status_code >= 400 and method != "head":
                assert response.content_type == "application/problem+json"
                self._validate(response.get_json(), {"$ref": PROBLEM})
            return
        declared = operation["responses"]
        status = str(response.status_code)
        assert status in declared, f"{operation['operationId']} does not declare {status}"
        for header in declared[status].get("headers", {}):
            if header != "Link":
                assert header in response.headers, f"{operation['operationId']} {status} lacks {header}"
        content = declared[status].get("content")
        if not content:
            assert "Content-Type" not in response.headers
            return
        assert response.mimetype in content
        schema = content[response.mimetype].get("schema")
        if schema:
            packed = response.headers.get("Content-Encoding") == "gzip"
            body = json.loads(gzip.decompress(response.data) if packed else response.data)
            self._validate(body, schema)
            if response.status_code >= 400:
                slug = body["type"].rsplit("/", 1)[1]
                assert f"`{slug}`" in declared[status]["description"], f"{slug} is not declared"

    def _validate(self, body: Any, schema: dict[str, Any]) -> None:
        absolute = _absolute(schema)
        Draft202012Validator(absolute, registry=self._registry).validate(body)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: f"contract:{value}" if name == "$ref" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(part) for part in schema] if isinstance(schema, list) else schema
