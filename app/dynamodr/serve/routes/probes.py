"""What Kubernetes and the accelerator's load balancer ask."""

from typing import TYPE_CHECKING, Literal

import msgspec
from flask import Response
from msgspec import Struct

from dynamodr.serve import problems
from dynamodr.serve.operations import JSON, Answer, Operation
from dynamodr.serve.problems import Problem

if TYPE_CHECKING:
    from dynamodr.serve.parts import Parts


class Health(Struct, frozen=True):
    """That all is well."""

    status: Literal["ok"]
    region: str


class ProbeRoutes:
    """The handlers. A failing one answers 503 `not-ready`."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._shared = parts.shared
        self._readiness = parts.readiness
        self._region = parts.region
        self._ok = msgspec.json.encode(Health("ok", parts.settings.aws_region))

    def operations(self) -> tuple[Operation, ...]:
        """Declare them."""
        ok = (Answer(200, "All is well", Health),)
        return (
            Operation(
                "livez",
                "GET",
                "/livez",
                self.live,
                "Tell that the process answers; asks nobody else",
                ok,
                calls_dynamodb=False,
                at_root=True,
            ),
            Operation(
                "readyz",
                "GET",
                "/readyz",
                self.ready,
                "Tell whether the pod should get traffic: the table answers, and no shutdown has begun",
                ok,
                (problems.NOT_READY,),
                calls_dynamodb=False,
                at_root=True,
            ),
            Operation(
                "healthzRegion",
                "GET",
                "/healthz/region",
                self.region,
                "Tell whether the Region should get traffic: a write and a read come true in it",
                ok,
                (problems.NOT_READY,),
                calls_dynamodb=False,
                at_root=True,
            ),
        )

    def live(self) -> Response:
        """Say yes: whoever can is alive."""
        return self._yes()

    def ready(self) -> Response:
        """Say whether this pod should get traffic."""
        self._not_in_drain()
        trouble = self._readiness.trouble() or self._parts.gate.pending()
        if trouble:
            raise Problem(problems.NOT_READY, trouble, headers={"Retry-After": "2"})
        return self._yes()

    def region(self) -> Response:
        """Say whether this Region should get traffic."""
        self._not_in_drain()
        if not self._region.passed():
            detail = "A write and a read through DynamoDB did not come true in this Region."
            raise Problem(problems.NOT_READY, detail, headers={"Retry-After": "5"})
        return self._yes()

    def _not_in_drain(self) -> None:
        if self._shared.draining:
            raise Problem(problems.NOT_READY, "This pod is shutting down.", headers={"Retry-After": "5"})

    def _yes(self) -> Response:
        return Response(self._ok, content_type=JSON)
