"""One AWS endpoint for every Region and service: requests go by the service in their credential scope."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import msgspec

from rehearsal.core.calls import Call
from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import answer, hang_up
from rehearsal.wire.app_scope import Scope, credential_scope
from rehearsal.wire.app_sts import form, refuse, unsigned_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from rehearsal.engine.shell import Shell
    from rehearsal.wire.app_permit import Gate

ADMIN = "/_rehearsal"


class Endpoint:
    """The WSGI app of the world. `services`: an app for each signing name, which finds the scope in the
    environ as rehearsal.scope. Faults and the permit meet DynamoDB's calls where their table is known, and
    those of all others here. Unsigned calls of STS that name no Region are `home`'s."""

    def __init__(
        self,
        shell: Shell,
        services: Mapping[str, WSGIApplication],
        admin: WSGIApplication,
        gate: Gate,
        home: str,
    ) -> None:
        self._shell = shell
        self._services = services
        self._admin = admin
        self._gate = gate
        self._home = home

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        if environ["PATH_INFO"].startswith(ADMIN):
            return self._admin(environ, start_response)
        try:
            scope = credential_scope(environ) or unsigned_scope(environ, self._home)
        except AwsError as unsigned:
            return refuse(start_response, unsigned)
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
        if scope.service != "dynamodb" and (self._shell.core.calls or self._gate):
            try:
                if self._meets_outage(scope, environ):
                    return hang_up(environ, start_response)
            except AwsError as denied:
                if scope.service == "sts":
                    return refuse(start_response, denied)
                return answer(start_response, denied.body(), denied.status)
        return service(environ, start_response)

    def _meets_outage(self, scope: Scope, environ: WSGIEnvironment) -> bool:
        """Wait as faults have it. True when they hang up; raises what they, or the permit, answer."""
        if scope.service == "sts":
            request: dict[str, Any] = dict(form(environ))
            operation = request.get("Action", "")
        else:
            request = _body(environ)
            operation = environ.get("HTTP_X_AMZ_TARGET", "").rsplit(".", 1)[-1]
        with self._shell.lock:
            decision = self._shell.core.calls.decide(
                Call(scope.region, operation, "", scope.access_key, service=scope.service)
            )
        time.sleep(decision.delay)
        if decision.error is not None:
            raise decision.error
        if not decision.hang_up:
            self._gate.ask(scope, operation, request)
        return decision.hang_up


def _body(environ: WSGIEnvironment) -> dict[str, Any]:
    """A JSON body, which can be read again; empty when it is none: its service will say so."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    try:
        return msgspec.json.decode(raw or b"{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
