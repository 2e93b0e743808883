"""A client's socket, to which an answer is sent without a thread waiting for long.

Most answers fit into the kernel's buffer. A client that does not read can have a thread for a moment; longer
only while few others do, and never for ever.
"""

import select
import socket
import threading
import time
from typing import Any

GRACE_SECONDS = 0.5
"""How long a thread waits for a client that reads slowly, without asking whether it may."""
SEND_SECONDS = 30.0
"""How long a megabyte may take (a stream is sent by about that much)."""


class Sending(socket.socket):
    """A connection's socket. `patience` bounds how many threads may wait for slow readers at once."""

    patience: threading.BoundedSemaphore

    @classmethod
    def of(cls, accepted: socket.socket, patience: threading.BoundedSemaphore) -> "Sending":
        """Take over a socket."""
        family, kind, proto = accepted.family, accepted.type, accepted.proto
        sending = cls(family, kind, proto, fileno=accepted.detach())
        sending.patience = patience
        return sending

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it. Raises ConnectionResetError when the client takes too long over it."""
        try:
            sent = self.send(data, flags | socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent == len(data):
            return
        left = memoryview(data)[sent:]
        began = time.monotonic()
        left = self._send_until(left, began + GRACE_SECONDS)
        if left and self.patience.acquire(blocking=False):
            try:
                left = self._send_until(left, began + SEND_SECONDS)
            finally:
                self.patience.release()
        if left:
            raise ConnectionResetError(104, "the client reads too slowly")

    def _send_until(self, data: memoryview, deadline: float) -> memoryview:
        writable = select.poll()
        writable.register(self.fileno(), select.POLLOUT)
        while data and (wait := deadline - time.monotonic()) > 0:
            if writable.poll(wait * 1000):
                try:
                    data = data[self.send(data, socket.MSG_DONTWAIT) :]
                except BlockingIOError:
                    continue
        return data
