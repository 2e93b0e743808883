"""STS, by moto: who am I, and roles to assume."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


def sts(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer an STS call. moto's STS and IAM are loaded on the first."""
    from moto.core.request import Request  # noqa: PLC0415
    from moto.sts.responses import TokenResponse  # noqa: PLC0415

    request = Request(environ)
    request.from_wsgi_server = True
    status, headers, body = TokenResponse.dispatch(request, request.raw_url, request.headers)
    raw = body if isinstance(body, bytes) else str(body).encode()
    kept = [(k, str(v)) for k, v in headers.items() if k.lower() not in {"status", "content-length", "date"}]
    start_response(
        f"{status} {'OK' if int(status) < 300 else 'Error'}", [*kept, ("Content-Length", str(len(raw)))]
    )
    return [raw]
