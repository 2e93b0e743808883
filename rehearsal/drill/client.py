"""One client: a connection, used for a while, then another; each request told as its client saw it.

Nothing is retried, so that every failure is counted.
"""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rehearsal.drill.record import Kind, Request

TIMEOUT_SECONDS = 5.0
# Nobody there, there already, somebody was faster.
ANSWERS = (404, 409, 412)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` 0: nothing."""

    began: float
    seconds: float
    status: int
    body: Any
    etag: str
    region: str
    cause: str
    sent: bool
    """Whether the request may have reached the service."""


class Client:
    """Keeps a connection for `uses` requests (0: for as long as it lasts)."""

    def __init__(
        self, url: str, uses: int, headers: dict[str, str] | None = None, base_path: str = "/dynamodr"
    ) -> None:
        parts = urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._uses, self._left = uses, 0
        self._headers = headers or {}
        self._connection: http.client.HTTPConnection | None = None
        self._region = ""
        # Which Region is that? /livez leaves the connection open; an Ingress routes the base path alone, and
        # keeps the connection that /status would close.
        self._names = ["/livez", f"{base_path}/status"]

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request, over a new connection when it is time for one."""
        began, status, told, etag, cause, sent = time.time(), 0, None, "", "", False
        try:
            connection = self._connected()
            sent = True
            data = None if body is None else json.dumps(body)
            more = {"Content-Type": "application/json"} if data else {}
            connection.request(method, path, data, {**self._headers, **more, **(headers or {})})
            response = connection.getresponse()
            raw, status, etag = response.read(), response.status, response.headers.get("ETag", "")
            told = json.loads(raw) if raw and "json" in response.headers.get("Content-Type", "") else None
            if status >= 400 and status not in ANSWERS:
                cause = f"{status} {_problem(told)}".strip()
            if response.will_close:
                self.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = _named(error)
            self.close()
        region = self._region
        self._left -= 1
        if self._left == 0 or cause:
            self.close()  # a client whose request failed tries its luck with a new connection
        return Answer(began, time.time() - began, status, told, etag, region, cause, sent)

    def close(self) -> None:
        """Close the connection; the next request opens one."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._region = None, ""

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            connection = kind(self._host, self._port, timeout=TIMEOUT_SECONDS)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection, self._left = connection, self._uses
            self._region = self._led_to(connection)
        return self._connection

    def _led_to(self, connection: http.client.HTTPConnection) -> str:
        """Ask which Region a connection leads to, for as long as it lasts; empty: that can't be told."""
        for path in tuple(self._names):
            connection.request("GET", path, headers=self._headers)
            response = connection.getresponse()
            region = _region(response.status, response.read())
            if response.will_close:
                return ""  # the next request opens another, which may lead elsewhere
            if region:
                return region
            if len(self._names) > 1 and response.status < 500:
                self._names.remove(path)  # nobody, or somebody else, answers there
        return ""


def bearer(token: str) -> dict[str, str]:
    """The header of a token; none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def seen(answer: Answer, kind: Kind, **more: Any) -> Request:
    """Make a record of an answer."""
    at, seconds = round(answer.began, 6), round(answer.seconds, 6)
    ok = not answer.cause
    return Request(at=at, seconds=seconds, kind=kind, ok=ok, cause=answer.cause, region=answer.region, **more)


def _region(status: int, raw: bytes) -> str:
    try:
        told = json.loads(raw) if status == 200 else None
    except ValueError:
        return ""
    return str(told.get("region", "")) if isinstance(told, dict) else ""


def _problem(told: Any) -> str:
    kind = told.get("type", "") if isinstance(told, dict) else ""
    return str(kind).rsplit("/", 1)[-1]


def _named(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return f"no answer within {TIMEOUT_SECONDS:g} s"
        case http.client.RemoteDisconnected() | ConnectionError():
            return "connection reset"
    return type(error).__name__
