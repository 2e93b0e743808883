"""The OpenAPI 3.1 document, written from the operations and the types that check what they take."""

import re
from typing import Any

import msgspec

from dynamodr import __version__
from dynamodr.serve import problems
from dynamodr.serve.operations import JSON, Answer, Operation, Parameter
from dynamodr.serve.problems import Kind

# gunicorn and Flask answer these for any operation, before its own code runs.
COMMON = (
    problems.BAD_REQUEST,
    problems.TOO_SLOW,
    problems.TOO_LARGE,
    problems.URI_TOO_LONG,
    problems.EXPECTATION,
    problems.HEADERS_TOO_LARGE,
)
COMMON_LAST = (problems.INTERNAL, problems.TRANSFER_CODING, problems.BUSY)
CALLING = (problems.THROTTLED, problems.UNAVAILABLE)
TOKEN = (problems.UNAUTHORIZED, problems.TOKEN_UNREADABLE)
WRITING = (*TOKEN, problems.REGION_NOT_ACTIVE)

HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": 'The state of this user: `"<version>-<write>"`', "schema": {"type": "string"}},
    "Location": {
        "description": "Where the user is",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {
        "description": 'The next page: `<…>; rel="next"`. None on the last',
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "The request's id: as sent, if sane, or made. In the log, too",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
    "Allow": {"description": "The methods there are", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}},
}
_VARIABLE = re.compile(r"<(\w+)>")
_REF = "#/components/schemas/{name}"


def document(operations: tuple[Operation, ...], base_path: str) -> dict[str, Any]:
    """Write the document. Paths are whole, so that a server's URL is a host and no more."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        root = "" if operation.at_root else base_path
        path = _VARIABLE.sub(r"{\1}", root + operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "dynamodr",
            "version": __version__,
            "summary": "A users service that survives the loss of an AWS Region",
            "description": "HEAD goes where GET does, OPTIONS anywhere. Every error is an RFC 9457 problem.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
            "headers": HEADERS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    if operation.parameters:
        written["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body:
        (schema,), _ = msgspec.json.schema_components([operation.body], ref_template=_REF)
        written["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if operation.writes or operation.reads:
        written["security"] = [{}, {"token": []}]  # a deployment may ask for one, or not
    return written


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _responses(operation: Operation) -> dict[str, Any]:
    kinds = (
        *COMMON,
        *(WRITING if operation.writes else TOKEN if operation.reads else ()),
        *operation.problems,
        *(CALLING if operation.calls_dynamodb else ()),
        *COMMON_LAST,
    )
    by_status: dict[int, list[Kind]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    answers = {str(answer.status): _answer(answer) for answer in operation.answers}
    return answers | {str(status): _problem(status, by_status[status]) for status in sorted(by_status)}


def _answer(answer: Answer) -> dict[str, Any]:
    written: dict[str, Any] = {
        "description": answer.description,
        "headers": _headers(*answer.headers, "X-Request-Id"),
    }
    content: dict[str, Any] = {media: {} for media in answer.other_media}
    if answer.model is not None:
        (schema,), _ = msgspec.json.schema_components([answer.model], ref_template=_REF)
        content = {JSON: {"schema": schema}} | content
    if content:
        written["content"] = content
    return written


def _problem(status: int, kinds: list[Kind]) -> dict[str, Any]:
    own = {401: ("WWW-Authenticate",), 405: ("Allow",), 503: ("Retry-After",)}.get(status, ())
    return {
        "description": "; ".join(f"{kind.title} (`{kind.slug}`)" for kind in kinds),
        "headers": _headers(*own, "X-Request-Id"),
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}},
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _schemas(operations: tuple[Operation, ...]) -> dict[str, Any]:
    models = [
        answer.model for operation in operations for answer in operation.answers if answer.model is not None
    ]
    bodies = [operation.body for operation in operations if operation.body]
    _, schemas = msgspec.json.schema_components([*models, *bodies, problems.Body], ref_template=_REF)
    schemas["Problem"] = schemas.pop("Body") | {"title": "Problem"}
    return schemas
