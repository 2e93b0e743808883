"""The story's clients: who is told to come back does, and who may have been served does not."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rehearsal.demo import clients
from rehearsal.demo.clients import visit_patiently

OK = (200, {"written_in": "us-east-1"})
NOT_NOW = (503, {"applied": "no"})
PERHAPS = (503, {"applied": "unknown"})


@contextmanager
def answering(*answers: tuple[int, dict[str, str]]) -> Iterator[str]:
    """A server that gives these answers in turn, the last for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = left.pop(0) if len(left) > 1 else left[0]
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("answers", "seconds", "status"),
    [
        ((NOT_NOW, NOT_NOW, OK), 30.0, 200),
        ((PERHAPS, OK), 30.0, 503),
        ((NOT_NOW,), 0.05, 503),
    ],
)
def test_it_comes_back_while_nothing_was_done(
    answers: tuple[tuple[int, dict[str, str]], ...],
    seconds: float,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clients, "RETRY_SECONDS", 0.01)
    with answering(*answers) as url:
        assert visit_patiently(url, "/add-user", seconds).status == status
