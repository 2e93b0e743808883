"""STS, by moto: who am I, and roles to assume.

AssumeRoleWithWebIdentity and AssumeRoleWithSAML need no signature: the token proves who asks
(docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html). The token itself is looked
at by a Permit, where the world has one.
"""

from __future__ import annotations

import io
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import request_id
from rehearsal.wire.app_scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
_HOST = re.compile(r"^sts\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
# moto is imported on the first call and keeps its state for the whole process, without a lock of its own.
_moto = threading.Lock()


def unsigned_scope(environ: WSGIEnvironment, default: str) -> Scope | None:
    """The scope of an unsigned call of STS, the one service here that speaks the query protocol: its Region
    is that of the host sts.REGION.*, or `default`. None when the call is no such form; raises AwsError when
    its operation wants a signature."""
    urlencoded = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    action = form(environ).get("Action") if urlencoded else None
    if action is None:
        return None
    if action not in UNSIGNED:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    named = _HOST.match(environ.get("HTTP_HOST", ""))
    return Scope("", named[1] if named else default, "sts")


def form(environ: WSGIEnvironment) -> dict[str, str]:
    """The fields of a call, of its body or its query; the body can be read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    fields = parse_qs(body.decode("utf-8", "replace") or environ.get("QUERY_STRING", ""))
    return {name: values[0] for name, values in fields.items()}


def refuse(start_response: StartResponse, error: AwsError) -> Iterable[bytes]:
    """Answer an error in the query protocol's XML."""
    kind = "Sender" if error.status < 500 else "Receiver"
    said = f"<Type>{kind}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    said = f"<Error>{said}</Error><RequestId>{request_id()}</RequestId>"
    raw = f'<ErrorResponse xmlns="{NAMESPACE}">{said}</ErrorResponse>'.encode()
    start_response(f"{error.status} Error", [("Content-Type", "text/xml"), ("Content-Length", str(len(raw)))])
    return [raw]


class Sts:
    """The WSGI app of STS."""

    def __init__(self) -> None:
        self.roles: dict[str, str] = {}
        """The ARN of the role that each key was given for."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        asked = form(environ)
        action = asked.get("Action", "")
        status, headers, raw = _by_moto(environ)
        if status == 200 and action.startswith("AssumeRole"):
            given = ET.fromstring(raw).findtext(".//{*}AccessKeyId")  # noqa: S314 - moto wrote it
            if given:
                self.roles[given] = asked.get("RoleArn", "")
        start_response(f"{status} {'OK' if status < 300 else 'Error'}", headers)
        return [raw]


def _by_moto(environ: WSGIEnvironment) -> tuple[int, list[tuple[str, str]], bytes]:
    with _moto:
        from moto.core.request import Request  # noqa: PLC0415 - takes long, and few worlds are asked
        from moto.sts.responses import TokenResponse  # noqa: PLC0415

        request = Request(environ)
        request.from_wsgi_server = True
        status, headers, body = TokenResponse.dispatch(request, request.raw_url, request.headers)
    raw = body if isinstance(body, bytes) else str(body).encode()
    kept = [(k, str(v)) for k, v in headers.items() if k.lower() not in {"status", "content-length", "date"}]
    return int(status), [*kept, ("Content-Length", str(len(raw)))], raw
