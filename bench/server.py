"""A peer, running: started as a process tree of its own, on a port that was free, and ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from bench import lineup
from bench.accounting import cpu, pss

if TYPE_CHECKING:
    from pathlib import Path

    from bench.lineup import Peer

READY_SECONDS = 30.0
STOP_SECONDS = 10.0


class PeerError(Exception):
    """A peer that does not do its part; the message has the last that it said."""


def free_ports(count: int) -> list[int]:
    """Find ports that nobody has now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def status(port: int, path: str) -> int:
    """Ask once; 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


class Server:
    """A peer's process tree. What it says goes to a file: writing a log line is part of its work."""

    def __init__(self, peer: Peer, python: str, endpoint: str, table: str, log: Path) -> None:
        """Start it, and wait for its first 200. Raises PeerError."""
        self.peer = peer
        self.port, metrics = free_ports(2)
        given = lineup.environment(peer, self.port, metrics, endpoint, table)
        env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given}
        self._log = log
        with log.open("wb") as said:
            self._began = time.perf_counter()
            self._process = subprocess.Popen(
                peer.command(self.port, python),
                cwd=lineup.HERE / "peers",
                env=env,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.first_ms = self.wait(peer.health)

    def wait(self, path: str) -> float:
        """Ask until it is 200; return the milliseconds since the start. Raises PeerError."""
        while (seconds := time.perf_counter() - self._began) < READY_SECONDS:
            if self._process.poll() is not None:
                break
            if status(self.port, path) == 200:
                return (time.perf_counter() - self._began) * 1000
            time.sleep(0.001)
        self.close()
        raise PeerError(f"{self.peer.title}: no 200 from {path} in {seconds:.0f} s: {self.tail()}")

    def cpu(self) -> float:
        """CPU seconds of the whole tree so far."""
        return cpu(self._process.pid)

    def pss(self) -> float:
        """MB of the whole tree."""
        return pss(self._process.pid)

    def tail(self) -> str:
        """The last that it has said."""
        return self._log.read_text(errors="replace").strip()[-600:]

    def close(self) -> None:
        """End it and all below it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        with contextlib.suppress(ProcessLookupError):  # its children, where it has left any
            os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
