"""Every way a request can fail, and the RFC 9457 answer to it."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from flask import Response
from msgspec import UNSET, Meta, Struct, UnsetType

CONTENT_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One problem type; `<BASE_PATH>/problems/<slug>` is its URI, and serves this text."""

    slug: str
    status: int
    title: str
    cure: str


class Fault(Struct, frozen=True, omit_defaults=True):
    """One input that is wrong."""

    at: Annotated[Literal["body", "path", "query", "header"], Meta(description="where it was sent")]
    detail: Annotated[str, Meta(description="what it should be")]
    field: Annotated[str, Meta(description="its name there")] | UnsetType = UNSET


class Body(Struct, frozen=True, omit_defaults=True, rename={"kind": "type"}):
    """A problem, as RFC 9457 writes it, with members of our own."""

    kind: Annotated[
        str, Meta(description="the problem type's URI", extra_json_schema={"format": "uri-reference"})
    ]
    title: str
    status: int
    detail: str | UnsetType = UNSET
    request_id: Annotated[str, Meta(description="also in X-Request-Id and in the log")] | UnsetType = UNSET
    errors: Annotated[list[Fault], Meta(description="the inputs that are wrong")] | UnsetType = UNSET
    applied: (
        Annotated[
            Literal["no", "unknown"],
            Meta(
                description="of a write, DynamoDB's answer to which was lost: whether it may have been made"
            ),
        ]
        | UnsetType
    ) = UNSET
    active_region: (
        Annotated[str, Meta(description='the Region that takes writes; "" while they are moving')] | UnsetType
    ) = UNSET


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """Raised anywhere while a request is served; becomes its answer."""

    def __init__(
        self, kind: Kind, detail: str = "", *, headers: dict[str, str] | None = None, **members: Any
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}
        self.members = members
        super().__init__(kind.slug)


BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read as HTTP", "Send well-formed HTTP/1.1.")
BAD_JSON = Kind("bad-json", 400, "The body is not JSON", "Send one JSON object, in UTF-8.")
UNAUTHORIZED = Kind(
    "unauthorized", 401, "Writes need a token", "Send the deployment's token: Authorization: Bearer <token>."
)
NO_SUCH_ROUTE = Kind("no-such-route", 404, "Nothing is served here", "See openapi.json for what is.")
NO_SUCH_USER = Kind("no-such-user", 404, "There is no such user", "Check both parts of the key.")
METHOD = Kind("method-not-allowed", 405, "The method is not for this resource", "See the Allow header.")
TOO_SLOW = Kind(
    "request-timeout", 408, "The request did not arrive in time", "Send it within 10 s, or in smaller parts."
)
USER_EXISTS = Kind(
    "user-exists", 409, "The user exists already", "Replace it with PUT, or choose another username."
)
PRECONDITION = Kind(
    "precondition-failed",
    412,
    "The user is not as If-Match or If-None-Match says",
    "Read the user again, apply the change to what is there now, and send its new ETag.",
)
TOO_LARGE = Kind("body-too-large", 413, "The body is too large", "A body may have 16 KiB.")
URI_TOO_LONG = Kind("uri-too-long", 414, "The request line is too long", "It may have 8190 bytes.")
MEDIA_TYPE = Kind(
    "unsupported-media-type",
    415,
    "The body is of a type not taken here",
    "Send Content-Type: application/json.",
)
EXPECTATION = Kind(
    "expectation-failed", 417, "The expectation is unknown", "Expect nothing but 100-continue."
)
INVALID = Kind("invalid-input", 422, "An input is missing or wrong", "Correct what `errors` names.")
KEY_REUSED = Kind(
    "idempotency-key-reused",
    422,
    "The Idempotency-Key has created this user with other content",
    "Use a new key for a new request; repeat a request without changing it.",
)
HEADERS_TOO_LARGE = Kind(
    "headers-too-large", 431, "The header is too large", "100 fields of 8190 bytes each, 64 KiB in all."
)
INTERNAL = Kind("internal-error", 500, "The service has a fault", "Report the request_id.")
TRANSFER_CODING = Kind(
    "unknown-transfer-coding", 501, "The transfer coding is unknown", "Send the body plain or chunked."
)
BUSY = Kind("busy", 503, "More requests, or exports, than are taken at once", "Wait as Retry-After says.")
THROTTLED = Kind("throttled", 503, "DynamoDB asks for fewer requests", "Wait as Retry-After says.")
UNAVAILABLE = Kind(
    "dynamodb-unavailable",
    503,
    "DynamoDB did not answer in time, or refused",
    "Wait as Retry-After says. A create may be repeated with its Idempotency-Key.",
)
REGION_NOT_ACTIVE = Kind(
    "region-not-active",
    503,
    "This Region takes no writes now",
    "Write to the Region that `active_region` names; wait while it names none.",
)
NOT_READY = Kind("not-ready", 503, "Not ready for traffic", "Send the traffic elsewhere for now.")
TOKEN_UNREADABLE = Kind(
    "token-unreadable", 503, "The service cannot read its token file", "The operator checks AUTH_TOKEN_FILE."
)

KINDS = {kind.slug: kind for kind in tuple(globals().values()) if isinstance(kind, Kind)}

# What answers an HTTP error that Flask, or gunicorn before it, finds out.
BY_STATUS = {
    400: BAD_REQUEST,
    404: NO_SUCH_ROUTE,
    405: METHOD,
    413: TOO_LARGE,
    414: URI_TOO_LONG,
    415: MEDIA_TYPE,
    417: EXPECTATION,
    431: HEADERS_TOO_LARGE,
    501: TRANSFER_CODING,
}

encode = msgspec.json.Encoder().encode


def body(problem: Problem, base_path: str, request_id: str = "") -> bytes:
    """Write the answer's body."""
    kind = problem.kind
    return encode(
        Body(
            kind=f"{base_path}/problems/{kind.slug}",
            title=kind.title,
            status=kind.status,
            detail=problem.detail or kind.cure,
            request_id=request_id or UNSET,
            **problem.members,
        )
    )


def response(problem: Problem, base_path: str, request_id: str) -> Response:
    """Make the answer."""
    answer = Response(body(problem, base_path, request_id), problem.kind.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer


def invalid(at: Literal["body", "path", "query", "header"], field: str, detail: str) -> Problem:
    """Name one wrong input."""
    fault = Fault(at=at, field=field or UNSET, detail=detail)
    return Problem(INVALID, f"{field or at}: {detail}", errors=[fault])
