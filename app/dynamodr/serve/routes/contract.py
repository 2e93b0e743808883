"""The contract, and what each problem means, at the URIs that the service itself gives."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from flask import Response
from msgspec import Struct

from dynamodr.serve import problems, shaping
from dynamodr.serve.operations import JSON, UNCHANGED, Answer, Operation, Parameter
from dynamodr.serve.problems import Problem


class ProblemType(Struct, frozen=True):
    """A problem type, explained."""

    slug: str
    status: int
    title: str
    cure: str


class ContractRoutes:
    """The handlers."""

    def __init__(self, base_path: str, operations: Callable[[], tuple[Operation, ...]]) -> None:
        self._base = base_path
        self._all = operations
        self._document = cache(self._write)

    def operations(self) -> tuple[Operation, ...]:
        """Declare them."""
        slug = Parameter(
            "slug", "path", {"type": "string", "enum": sorted(problems.KINDS)}, "A problem's type"
        )
        return (
            Operation(
                "getContract",
                "GET",
                "/openapi.json",
                self.contract,
                "Read this contract",
                (Answer(200, "It", dict[str, Any], ("ETag",)), UNCHANGED),
                calls_dynamodb=False,
            ),
            Operation(
                "getProblemType",
                "GET",
                "/problems/<slug>",
                self.problem,
                "Read what a problem type means",
                (Answer(200, "What it means, and what to do", ProblemType, ("ETag",)), UNCHANGED),
                (problems.NO_SUCH_ROUTE,),
                (slug,),
                calls_dynamodb=False,
            ),
        )

    def contract(self) -> Response:
        """The OpenAPI document."""
        body = self._document()
        response = Response(body, content_type=JSON)
        response.headers["ETag"] = shaping.tag(body)
        response.headers["Cache-Control"] = "no-cache"  # keep it, but ask each time (ETag)
        return response

    def problem(self, slug: str) -> Response:
        """One problem type."""
        if slug not in problems.KINDS:
            raise Problem(problems.NO_SUCH_ROUTE)
        kind = problems.KINDS[slug]
        explained = ProblemType(kind.slug, kind.status, kind.title, kind.cure)
        body = msgspec.json.encode(explained)
        response = Response(body, content_type=JSON)
        response.headers["ETag"] = shaping.tag(body)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    def _write(self) -> bytes:
        from dynamodr.serve import openapi  # noqa: PLC0415 - most workers are never asked for it

        return msgspec.json.encode(openapi.document(self._all(), self._base))
