"""One AWS endpoint for every Region and service: requests go by the service in their credential scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import answer
from rehearsal.wire.app_scope import credential_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ADMIN = "/_rehearsal"


class Endpoint:
    """The WSGI app of the world. `services`: an app for each signing name; the scope is in environ["rehearsal.scope"]."""

    def __init__(self, services: Mapping[str, WSGIApplication], admin: WSGIApplication) -> None:
        self._services = services
        self._admin = admin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        path = environ["PATH_INFO"]
        if path.startswith(ADMIN):
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
        return service(environ, start_response)
