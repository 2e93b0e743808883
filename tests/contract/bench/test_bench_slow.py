"""A server that is slower is seen to be: the whole way, from vegeta's load to the CPU of a tree."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.fill import username
from bench.lineup import Peer
from bench.load import Load
from bench.server import PeerError, Server

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts CPU as Linux tells it")

# Answers in a child, so that only who looks at the tree sees its CPU.
SERVER = """
import http.server, os, sys, time
port, burn, code = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        until = time.thread_time() + burn
        while time.thread_time() < until: pass
        self.send_response(200 if self.path == "/health" else code)
        self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
if os.fork(): os.wait()
else: server.serve_forever()
"""
USERNAMES = [username(number) for number in range(10)]


def planted(burn: float, code: int = 200) -> Peer:
    def command(port: int, python: str) -> list[str]:
        return [python, "-c", SERVER, str(port), str(burn), str(code)]

    return Peer("planted", "planted", command, ("get",))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    try:
        return Load(2, USERNAMES, tmp_path)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"vegeta can't be built: exit {error.returncode}")


@pytest.fixture
def start(tmp_path: Path) -> Callable[[Peer], Server]:
    def started(peer: Peer) -> Server:
        return Server(peer, sys.executable, "http://127.0.0.1:9", "users", tmp_path / "log")

    return started


def test_a_planted_slow_server_is_seen(load: Load, start: Callable[[Peer], Server]) -> None:
    with start(planted(0.0)) as quick:
        first = load.sample(quick, "get", 0.5)
    with start(planted(0.004)) as slow:
        second = load.sample(slow, "get", 0.5)
    assert second.cpu_us > first.cpu_us + 3000
    assert second.rate < first.rate
    assert second.p50_ms > first.p50_ms


def test_answers_that_are_errors_are_no_throughput(load: Load, start: Callable[[Peer], Server]) -> None:
    with start(planted(0.0, code=503)) as failing, pytest.raises(PeerError, match="503"):
        load.sample(failing, "get", 0.2)


def test_a_peer_that_does_not_start_is_told_in_its_own_words(start: Callable[[Peer], Server]) -> None:
    def command(_port: int, python: str) -> list[str]:
        return [python, "-c", "raise SystemExit('no such table')"]

    with pytest.raises(PeerError, match="no such table"):
        start(Peer("broken", "broken", command, ()))
