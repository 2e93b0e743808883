"""What the service counts. The names are a contract: dashboards and alerts read them.

Import this module only once PROMETHEUS_MULTIPROC_DIR is set (serve.master sets it): otherwise each worker
counts for itself.
"""

from functools import cache

from prometheus_client import Counter, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

requests = Counter("dynamodr_http_requests", "Requests answered", ("method", "route", "status"))
request_seconds = Histogram(
    "dynamodr_http_request_duration_seconds",
    "Time of an answer; a stream's to its end",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
calls = Counter(
    "dynamodr_dynamodb_calls", "DynamoDB calls, retries included in one", ("operation", "outcome")
)
call_seconds = Histogram(
    "dynamodr_dynamodb_call_duration_seconds",
    "Time of a DynamoDB call, its retries included",
    ("operation",),
    buckets=_SECONDS,
)


def request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer. `route` is a template, never a path: paths have no end."""
    counter, histogram = _request(method, route, status)
    counter.inc()
    histogram.observe(seconds)


def call(operation: str, outcome: str, seconds: float) -> None:
    """Count a DynamoDB call. `outcome`: ok, condition-failed, throttled, error, unreachable or withheld."""
    counter, histogram = _call(operation, outcome)
    counter.inc()
    histogram.observe(seconds)


# `labels` takes a lock and builds a key each time; these are asked for with every request.
@cache
def _request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    labels = (method, route, str(status))
    return requests.labels(*labels), request_seconds.labels(*labels)


@cache
def _call(operation: str, outcome: str) -> tuple[Counter, Histogram]:
    return calls.labels(operation, outcome), call_seconds.labels(operation)
