"""One connection, and what is read from it: requests that are there, and no more."""

import select
import socket
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn

from dynamodr.serve.arrival import Arrival

BEYOND = "the request goes on where it was thought to end"


class Arrived(Unreader):  # type: ignore[misc]  # gunicorn has no types
    """What the parser reads from: a request that is there. To read on would hold a thread for as long as the
    client likes, so a request whose end the parser sees elsewhere than `arrival` is refused.
    """

    def chunk(self, size_hint: int | None = None) -> bytes:  # noqa: ARG002
        """Refuse."""
        raise ParseException(BEYOND)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection, and the request that is coming in on it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.data_ready = True
        self.arrival = Arrival()
        self._readable = select.poll()
        self._readable.register(self.sock, select.POLLIN)

    def init(self) -> None:
        """Make the parser."""
        if not self.initialized:
            super().init()
            self.parser.unreader = Arrived()

    def soon(self, milliseconds: int) -> bytes:
        """Read what comes within that time; nothing if nothing does, or the client has gone."""
        if not self._readable.poll(milliseconds):
            return b""
        try:
            return bytes(self.sock.recv(65536, socket.MSG_DONTWAIT))
        except OSError:
            return b""
