"""Which Region a client's connection leads to, behind a front door and behind an Ingress."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rehearsal.drill.client import Client

REGION = b'{"region": "us-west-2"}'
PAGE = b"<html>another app"
FOUND = {"/users/a/b": (200, b"{}")}


class Door(ThreadingHTTPServer):
    """Answers by path; what is in `closing` ends the connection."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.closing: set[str] = set()
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answers.get(self.path, (404, b"default backend"))
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if body[:1] == b"{" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path in self.server.closing:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as standing:
        threading.Thread(target=standing.serve_forever, args=(0.01,), daemon=True).start()
        yield standing
        standing.shutdown()


@pytest.mark.parametrize(
    "answers",
    [
        {"/livez": (200, REGION)},
        {"/users/status": (200, REGION)},
        {"/livez": (200, PAGE), "/users/status": (200, REGION)},
        {"/livez": (200, b'["x"]'), "/users/status": (200, REGION)},
    ],
)
def test_the_region_is_learned_where_the_place_tells_it(
    door: Door, answers: dict[str, tuple[int, bytes]]
) -> None:
    door.answers = {**FOUND, **answers}
    client = Client(door.url, 1, base_path="/users")
    for _ in range(2):
        answer = client.ask("GET", "/users/a/b")
        assert (answer.status, answer.region, answer.cause) == (200, "us-west-2", "")
    assert len(door.asked) <= 5, "what tells no Region is asked once"
    client.close()


def test_a_connection_that_is_closed_told_of_no_other(door: Door) -> None:
    door.answers = {**FOUND, "/users/status": (200, REGION)}
    door.closing = {"/users/status"}
    client = Client(door.url, 1, base_path="/users")
    answer = client.ask("GET", "/users/a/b")
    assert (answer.status, answer.region) == (200, "")
    client.close()
