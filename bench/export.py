"""The whole table as one answer: its CPU a user, and the memory that it takes meanwhile."""

from __future__ import annotations

import http.client
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from bench.server import PeerError

if TYPE_CHECKING:
    from bench.server import Server

LOOK_SECONDS = 0.1


class Exported(NamedTuple):
    """One export."""

    users: int
    seconds: float
    cpu_us: float
    """A user."""
    rise_mb: float


def export(server: Server) -> Exported:
    """Read it all, watching the server's memory. Raises PeerError for an answer that breaks off."""
    done, highest = threading.Event(), [server.pss()]
    resting = highest[0]

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            highest[0] = max(highest[0], server.pss())

    watching = threading.Thread(target=watch)
    before, began = server.cpu(), time.perf_counter()
    watching.start()
    try:
        users = _read(server)
    except (OSError, http.client.HTTPException) as error:
        raise PeerError(f"{server.peer.title}: the export broke off: {error!r}: {server.tail()}") from error
    finally:
        done.set()
        watching.join()
    seconds, spent = time.perf_counter() - began, server.cpu() - before
    return Exported(users, seconds, spent / users * 1e6, highest[0] - resting)


def _read(server: Server) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", "/dynamodr", headers={"Accept": "application/x-ndjson"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise PeerError(f"{server.peer.title}: an export was answered {answer.status}")
        users = 0
        while chunk := answer.read(1 << 18):
            users += chunk.count(b"\n")
        return users
    finally:
        connection.close()
