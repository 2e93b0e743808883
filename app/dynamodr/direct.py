"""Requests to DynamoDB over sockets of our own, in place of urllib3: two fifths less CPU for a small call.

DynamoDB's API is one POST and one answer of known length, and its calls are most of what a request to the
service costs. This answers botocore's `before-send` event, so that all else of a call is botocore's: signing,
parsing, retries (it raises what botocore raises itself). Behind a proxy it steps aside.
"""

import io
import select
import socket
import ssl
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import create_urllib3_context, where
from botocore.utils import get_environ_proxies

from dynamodr.signing import host

CHUNK = 256 * 1024


class Body(io.BytesIO):
    """An answer's body, as botocore reads one."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Give all of it."""
        yield self.getvalue()


class Link(NamedTuple):
    """An open connection, and what tells whether it has been closed meanwhile."""

    sock: socket.socket
    stale: select.poll


class Direct:
    """Sends the requests of one client. Thread-safe: a connection has one user at a time."""

    def __init__(
        self, endpoint: str, connect: float, read: float, verify: Literal[True] | str = True
    ) -> None:
        """`connect`, `read`: timeouts in seconds; `verify`: a file of authorities, or True: the SDK's."""
        self._endpoint = endpoint
        url = urlsplit(endpoint)
        self._tls = _context(verify) if url.scheme == "https" else None
        self._host = url.hostname or ""
        self._port = url.port or (443 if self._tls else 80)
        self._head = f"POST / HTTP/1.1\r\nHost: {host(endpoint)}\r\nAccept-Encoding: identity\r\n"
        self._connect = connect
        self._read = read
        self._idle: deque[Link] = deque()  # last in, first out: the fewest stay open
        weakref.finalize(self, _close, self._idle)

    def __call__(self, request: Any, **_: Any) -> AWSResponse | None:
        """Send an AWSPreparedRequest; None if it is for somebody else. Raises botocore's exceptions."""
        if request.method != "POST" or request.url.rstrip("/") != self._endpoint:
            return None
        link = self._link()
        reusable = False
        try:
            link.sock.sendall(self._message(request))
            status, headers, body, reusable = _answer(link.sock)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self._endpoint, error=error) from error
        except (OSError, ValueError) as error:
            raise ConnectionClosedError(endpoint_url=self._endpoint, error=error, request=request) from error
        finally:
            if reusable:
                self._idle.append(link)
            else:
                link.sock.close()
        return AWSResponse(self._endpoint, status, headers, Body(body))  # type: ignore[arg-type]  # it takes a dict

    def _message(self, request: Any) -> bytes:
        lines = [self._head]
        for name, value in request.headers.items():
            lines.append(f"{name}: {value.decode('latin-1') if isinstance(value, bytes) else value}\r\n")
        lines.append("\r\n")
        body = request.body or b""
        return "".join(lines).encode("latin-1") + (body.encode() if isinstance(body, str) else body)

    def _link(self) -> Link:
        while self._idle:
            try:
                link = self._idle.pop()
            except IndexError:
                break  # another thread's
            if not link.stale.poll(0):
                return link
            link.sock.close()
        return self._open()

    def _open(self) -> Link:
        try:
            sock = socket.create_connection((self._host, self._port), self._connect)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=self._endpoint, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self._endpoint, error=error) from error
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_hostname=self._host)
        except TimeoutError as error:
            sock.close()
            raise ConnectTimeoutError(endpoint_url=self._endpoint, error=error) from error
        except OSError as error:
            sock.close()
            raise SSLError(endpoint_url=self._endpoint, error=error) from error
        sock.settimeout(self._read)
        stale = select.poll()
        stale.register(sock, select.POLLIN)
        return Link(sock, stale)


def attach(client: Any, connect: float, read: float, verify: Literal[True] | str = True) -> None:
    """Let a client's requests go this way, unless the environment names a proxy for them."""
    endpoint: str = client.meta.endpoint_url
    if get_environ_proxies(endpoint).get(urlsplit(endpoint).scheme):
        return
    client.meta.events.register("before-send.dynamodb", Direct(endpoint.rstrip("/"), connect, read, verify))


def _close(links: deque[Link]) -> None:
    while links:
        links.pop().sock.close()


def _context(verify: Literal[True] | str) -> ssl.SSLContext:
    context: ssl.SSLContext = create_urllib3_context()
    context.load_verify_locations(where() if verify is True else verify)
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    return context


def _answer(sock: socket.socket) -> tuple[int, dict[str, str], bytes, bool]:
    """Read an answer: status, headers, body, and whether the connection can be used again.

    ValueError: it is no HTTP/1.1.
    """
    data = _more(sock)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(sock)
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1."):
        raise ValueError(first[:40])
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    rest = data[end + 4 :]
    if "transfer-encoding" in headers:
        return int(first[9:12]), headers, _dechunked(sock, rest), False
    length = int(headers["content-length"]) if "content-length" in headers else 0
    if len(rest) < length:
        rest = _filled(sock, rest, length)
    bounded = "content-length" in headers and len(rest) == length
    again = bounded and first[7] == "1" and headers.get("connection", "").lower() != "close"
    return int(first[9:12]), headers, rest[:length], again


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(CHUNK)
    if not data:
        raise ConnectionResetError(104, "closed before the answer was whole")
    return data


def _filled(sock: socket.socket, data: bytes, length: int) -> bytes:
    parts, there = [data], len(data)
    while there < length:
        parts.append(_more(sock))
        there += len(parts[-1])
    return b"".join(parts)


def _dechunked(sock: socket.socket, data: bytes) -> bytes:
    body = b""
    while True:
        while (end := data.find(b"\r\n")) < 0:
            data += _more(sock)
        size = int(data[:end].partition(b";")[0], 16)
        if size == 0:
            return body
        data = _filled(sock, data, end + 2 + size + 2)
        body += data[end + 2 : end + 2 + size]
        data = data[end + 2 + size + 2 :]
