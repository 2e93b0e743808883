"""The Flask application: routes from their declarations, an answer to every error, a log line a request."""

import logging
import random
import re
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from gunicorn.http.errors import InvalidHeader
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from dynamodr.serve import inputs, problems, shaping
from dynamodr.serve.observe import begin, finish
from dynamodr.serve.problems import Problem
from dynamodr.serve.routes import declared
from dynamodr.serve.routes.contract import ContractRoutes
from dynamodr.serve.routes.dashboard import DashboardRoutes
from dynamodr.serve.routes.probes import ProbeRoutes
from dynamodr.serve.routes.users import UserRoutes
from dynamodr.serve.seam import RegionNotActive
from dynamodr.users.errors import KeyReused, PreconditionFailed, Throttled, Unavailable, UserExists

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from dynamodr.serve.auth import TokenFile
    from dynamodr.serve.operations import Operation
    from dynamodr.serve.parts import Parts

log = logging.getLogger("dynamodr.serve")

# Answers are data: no browser should run, frame or guess at them. A page of ours would say otherwise itself.
SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# RFC 9112, 3.2: it is no HTTP without one, with two (gunicorn joins them by a comma), or with what is none.
_HOST = re.compile(r"([\w.~%!$&'()*+;=-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?", re.ASCII)


class Service(Flask):
    """The application. `operations` is all that it serves."""

    def __init__(self, parts: "Parts") -> None:
        super().__init__("dynamodr", static_folder=None)
        self.parts = parts
        self.config["MAX_CONTENT_LENGTH"] = inputs.MAX_BODY + 1
        self.url_map.strict_slashes = False
        self.url_map.merge_slashes = False  # a redirect would answer what nobody asked
        self.operations: tuple[Operation, ...] = (
            *declared.users(UserRoutes(parts), add_by_get=parts.settings.add_user_by_get),
            *DashboardRoutes(parts).operations(),
            *ProbeRoutes(parts).operations(),
        )
        self.operations += ContractRoutes(parts.settings.base_path, lambda: self.operations).operations()
        self._writing = frozenset(operation.name for operation in self.operations if operation.writes)
        for operation in self.operations:
            root = "" if operation.at_root else parts.settings.base_path
            handler = operation.handler
            if operation.writes:
                handler = self._guarded(handler)
            elif operation.reads and parts.token and parts.settings.auth_reads:
                handler = self._known(handler, parts.token)
            self.add_url_rule(root + operation.path, operation.name, handler, methods=[operation.method])
        self.register_error_handler(Exception, self._answer_error)

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        host = environ.get("HTTP_HOST", "," if environ["SERVER_PROTOCOL"] != "HTTP/1.0" else "")
        if not _HOST.fullmatch(host):
            raise InvalidHeader("HOST")  # so the server's to answer
        begin(environ, self.parts.calls.tally, self.parts.spans)
        return super().wsgi_app(environ, start_response)

    def process_response(self, response: Response) -> Response:
        """Complete every answer, and account for it. There are no sessions and no other hooks."""
        asked = request._get_current_object()  # type: ignore[attr-defined]  # once: the proxy costs each time
        environ, headers = asked.environ, response.headers
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        if "HTTP_IF_NONE_MATCH" in environ and shaping.unchanged(environ, response):
            shaping.not_modified(response)
        else:
            shaping.compress(environ, response)
        if response.status_code in (204, 304) or (
            environ["REQUEST_METHOD"] == "OPTIONS" and not response.response
        ):
            headers.pop("Content-Type", None)  # of a body that there is not
        rule = asked.url_rule
        finish(environ, response, rule.rule if rule else "", self.parts.calls.tally, time.perf_counter)
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault of ours, without the path: it may name a person."""
        log.error(
            "fault", exc_info=exc_info, extra={"request_id": request.environ.get("dynamodr.request_id")}
        )

    def _known(self, handler: Callable[..., Response], token: "TokenFile") -> Callable[..., Response]:
        @wraps(handler)
        def known(**arguments: str) -> Response:
            token.check(request.headers.get("Authorization"))
            return handler(**arguments)

        return known

    def _guarded(self, handler: Callable[..., Response]) -> Callable[..., Response]:
        parts = self.parts

        @wraps(handler)
        def guarded(**arguments: str) -> Response:
            if parts.token:
                parts.token.check(request.headers.get("Authorization"))
            parts.gate.check()
            return handler(**arguments)

        return guarded

    def _answer_error(self, error: Exception) -> Response:
        problem = self._problem(error)
        return problems.response(
            problem, self.parts.settings.base_path, request.environ["dynamodr.request_id"]
        )

    def _problem(self, error: Exception) -> Problem:
        # Spread out, so that clients turned away together do not come back together.
        later = {"Retry-After": str(random.randint(1, 3))}  # noqa: S311 - no secret
        match error:
            case Problem():
                return error
            case RegionNotActive():
                members = {"active_region": error.active_region, "applied": self.parts.calls.tally.applied}
                return Problem(problems.REGION_NOT_ACTIVE, error.detail, headers=later, **members)
            case UserExists():
                return Problem(problems.USER_EXISTS, **self._overwritten())
            case KeyReused():
                return Problem(problems.KEY_REUSED)
            case PreconditionFailed():
                return Problem(problems.PRECONDITION, **self._overwritten())
            case Unavailable():
                kind = problems.THROTTLED if isinstance(error, Throttled) else problems.UNAVAILABLE
                log.warning("DynamoDB failed", extra={"operation": error.operation, "code": error.code})
                log.debug("its reason", exc_info=error.__cause__)
                write = {"applied": error.applied} if request.endpoint in self._writing else {}
                return Problem(kind, headers=later, **write)
            case MethodNotAllowed():
                allow = ", ".join(sorted(error.valid_methods or ()))
                return Problem(problems.METHOD, headers={"Allow": allow})
            case HTTPException():
                return Problem(problems.BY_STATUS.get(error.code or 500, problems.BAD_REQUEST))
        self.log_exception((type(error), error, error.__traceback__))
        return Problem(problems.INTERNAL)

    def _overwritten(self) -> dict[str, Any]:
        """Tell of a conflict that an earlier attempt, not answered, may be what somebody has written over."""
        applied = self.parts.calls.tally.applied
        return {} if applied == "no" else {"applied": applied}
