"""Answers in AWS's JSON protocol."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
import string
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_encode = msgspec.json.Encoder(decimal_format="string").encode
_START = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(40))
_count = itertools.count(1)

STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}


def request_id() -> str:
    """A new x-amzn-requestid: 52 capitals and digits, as DynamoDB's."""
    return f"{_START}{next(_count):012d}"


def answer(
    start_response: StartResponse,
    body: Any,
    status: int = 200,
    content_type: str = "application/x-amz-json-1.0",
) -> Iterable[bytes]:
    """Answer with JSON, a request id and the checksum that DynamoDB sends."""
    raw = _encode(body)
    start_response(
        STATUS.get(status, f"{status} Status"),
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(raw))),
            ("x-amzn-RequestId", request_id()),
            ("x-amz-crc32", str(zlib.crc32(raw))),
        ],
    )
    return [raw]


def hang_up(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Close the connection without an answer, as a Region that is gone does."""
    # waitress has no way to answer nothing; its channel, and the socket, is behind this callable.
    channel = getattr(environ.get("waitress.client_disconnected"), "__self__", None)
    if channel is not None:
        with contextlib.suppress(OSError):
            channel.socket.shutdown(socket.SHUT_RDWR)
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []
