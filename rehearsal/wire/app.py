"""One AWS endpoint for every Region and service: requests go by the service in their credential scope."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rehearsal.core.calls import Call
from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import answer, hang_up
from rehearsal.wire.app_scope import Scope, credential_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from rehearsal.core.calls import Decision
    from rehearsal.engine.shell import Shell

ADMIN = "/_rehearsal"


class Endpoint:
    """The WSGI app of the world. `services`: an app for each signing name, which finds the scope in the
    environ as rehearsal.scope. Faults meet DynamoDB's calls where their table is known, and those of all
    others here."""

    def __init__(self, shell: Shell, services: Mapping[str, WSGIApplication], admin: WSGIApplication) -> None:
        self._shell = shell
        self._services = services
        self._admin = admin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        if environ["PATH_INFO"].startswith(ADMIN):
            return self._admin(environ, start_response)
        scope = credential_scope(environ)
        if scope is None:
            error = AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
            return answer(start_response, error.body(), 400)
        service = self._services.get(scope.service)
        if service is None:
            known = ", ".join(sorted(self._services))
            error = AwsError(
                "UnknownOperationException",
                f"The rehearsal does not emulate the service {scope.service!r}; it has {known}.",
            )
            return answer(start_response, error.body(), 400)
        environ["rehearsal.scope"] = scope
        if scope.service != "dynamodb" and self._shell.core.calls:
            decision = self._meet_faults(scope, environ)
            time.sleep(decision.delay)
            if decision.hang_up:
                return hang_up(environ, start_response)
            if decision.error is not None:
                return answer(start_response, decision.error.body(), decision.error.status)
        return service(environ, start_response)

    def _meet_faults(self, scope: Scope, environ: WSGIEnvironment) -> Decision:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rsplit(".", 1)[-1]
        with self._shell.lock:
            return self._shell.core.calls.decide(
                Call(scope.region, operation, "", scope.access_key, service=scope.service)
            )
