"""What the service can be asked: one declaration each, and routes and contract are both made of it."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from flask import Response

from dynamodr.serve.problems import Kind

Method = Literal["GET", "POST", "PUT", "DELETE"]
JSON = "application/json"


class Parameter(NamedTuple):
    """An input outside the body."""

    name: str
    where: Literal["path", "query", "header"]
    schema: dict[str, Any]
    description: str


class Answer(NamedTuple):
    """One way that an operation succeeds. `model`: the JSON body's type, None for none."""

    status: int
    description: str
    model: Any = None
    headers: tuple[str, ...] = ()
    """Names in `openapi.HEADERS`."""
    other_media: tuple[str, ...] = ()
    """What it may be besides JSON, or instead of it."""


UNCHANGED = Answer(304, "Still as If-None-Match says", None, ("ETag",))


class Operation(NamedTuple):
    """One method on one path."""

    name: str
    method: Method
    path: str
    """Below BASE_PATH, in Flask's notation; below the root if `at_root`."""
    handler: Callable[..., Response]
    summary: str
    answers: tuple[Answer, ...]
    problems: tuple[Kind, ...] = ()
    """Besides those that every operation has (openapi.COMMON)."""
    parameters: tuple[Parameter, ...] = ()
    body: type | None = None
    writes: bool = False
    """Passes the token check and the write gate first."""
    reads: bool = False
    """Tells of users or of the deployment: passes the token check first if AUTH_READS says so."""
    calls_dynamodb: bool = True
    at_root: bool = False
