"""What may stand between the service and DynamoDB: something that loses a call, or its answer."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fate = Literal["answer", "lose the answer", "lose the call", "fail"]
Plan = Callable[[str, int], Fate]
"""(operation, how many times it has been called before) -> what becomes of this call."""


def answer(_operation: str, _before: int) -> Fate:
    """Let all pass."""
    return "answer"


def first(fate: Fate, operation: str, times: int = 1) -> Plan:
    """Let the first calls of one operation meet this fate, and all others pass."""
    return lambda called, before: fate if called == operation and before < times else "answer"


class Lossy(ThreadingHTTPServer):
    """A proxy with a plan."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = endpoint.removeprefix("http://")
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.plan: Plan = answer
        self.calls: list[str] = []
        self.one_at_a_time = threading.Lock()
        self.body = b""
        """Of the call that the plan is asked about."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: connections that break are the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Lossy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        with self.server.one_at_a_time:
            self.server.body = body
            fate = self.server.plan(operation, self.server.calls.count(operation))
            self.server.calls.append(operation)
        self.close_connection = fate != "answer"
        if fate == "lose the call":
            return
        if fate == "fail":
            self._answer(
                500, "application/x-amz-json-1.0", b'{"__type":"x#InternalServerError","message":"x"}'
            )
            return
        upstream = http.client.HTTPConnection(self.server.host, timeout=10)
        upstream.request("POST", "/", body, dict(self.headers))
        response = upstream.getresponse()
        answer = response.read()
        upstream.close()
        if fate == "answer":
            self._answer(response.status, response.headers["Content-Type"], answer)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def lossy(endpoint: str) -> Iterator[Lossy]:
    server = Lossy(endpoint)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
