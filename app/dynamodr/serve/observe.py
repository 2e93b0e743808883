"""What is told of each request: a log line, the metrics, an id. Never who it was about."""

import re
import time
import uuid
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dynamodr.serve import logs, metrics, trace

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Response

    from dynamodr.serve.spans import Spans
    from dynamodr.users.calls import Tally

# What a log, a header and a person can bear. Anything else is replaced, not refused: no harm is done.
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:;=/@+-]{0,127}")
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROBES = frozenset({"/livez", "/readyz", "/healthz/region"})


def begin(environ: "WSGIEnvironment", tally: "Tally", spans: "Spans | None") -> None:
    """Note when a request began and what it is called."""
    environ["dynamodr.spans"] = spans
    environ["dynamodr.began"] = time.perf_counter()
    given = environ.get("HTTP_X_REQUEST_ID", "")
    environ["dynamodr.request_id"] = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    tally.reset()


def finish(
    environ: "WSGIEnvironment", response: "Response", rule: str, tally: "Tally", clock: Callable[[], float]
) -> None:
    """Give the answer its request id, and account for it: now, or when its stream ends."""
    response.headers["X-Request-Id"] = environ["dynamodr.request_id"]
    account = partial(_account, environ, response.status_code, template(rule), tally, clock)
    if response.is_streamed:
        response.call_on_close(account)
    else:
        account()


@cache
def template(rule: str) -> str:
    """Write a route as the contract does: /dynamodr/users/{username}; "unmatched" for none."""
    return _VARIABLE.sub(r"{\1}", rule) or "unmatched"


def _account(
    environ: "WSGIEnvironment", status: int, route: str, tally: "Tally", clock: Callable[[], float]
) -> None:
    seconds = clock() - environ["dynamodr.began"]
    method = environ["REQUEST_METHOD"]
    metrics.request(method if method in _METHODS else "other", route, status, seconds)
    fields: dict[str, Any] = {
        "request_id": environ["dynamodr.request_id"],
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "dynamodb_calls": tally.calls,
        "dynamodb_ms": round(tally.seconds * 1000, 3),
    }
    caller = trace.parent(environ["HTTP_TRACEPARENT"]) if "HTTP_TRACEPARENT" in environ else None
    if caller:
        fields["trace_id"], fields["parent_span_id"] = caller.trace_id, caller.span_id
    if "dynamodr.write_id" in environ:
        fields["write_id"] = environ["dynamodr.write_id"]
    if "dynamodr.cut" in environ:
        fields["cut"] = True
    # A probe that passes, every few seconds and from everywhere, is worth a line only when debugging.
    if route in _PROBES and status == 200:
        logs.requests.debug("request", extra=fields)
        return
    logs.requests.info("request", extra=fields)
    if environ["dynamodr.spans"]:
        environ["dynamodr.spans"].tell(fields, caller, seconds)
