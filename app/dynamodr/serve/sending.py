"""A client's socket, to which an answer is sent without a thread waiting for long.

Most answers fit into the kernel's buffer. A client that does not read can have a thread for a moment; longer
only while few others do, and never for ever.
"""

import contextlib
import select
import socket
import threading
import time
from typing import Any

_DONTWAIT = int(socket.MSG_DONTWAIT)  # of an enum, the `|` takes longer than the system call
GRACE_SECONDS = 0.5
"""How long a thread waits for a client that reads slowly, without asking whether it may."""
SEND_SECONDS = 30.0
"""How long a megabyte may take (a stream is sent by about that much)."""


class Sending(socket.socket):
    """A connection's socket. `patience` bounds how many threads may wait for slow readers at once."""

    patience: threading.BoundedSemaphore
    held: bytes = b""
    """An answer's head, which waits for its body: one packet and one system call for both."""

    @classmethod
    def of(cls, accepted: socket.socket, patience: threading.BoundedSemaphore) -> "Sending":
        """Take over a socket."""
        family, kind, proto = accepted.family, accepted.type, accepted.proto
        sending = cls(family, kind, proto, fileno=accepted.detach())
        sending.patience = patience
        return sending

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it. Raises ConnectionResetError when the client takes too long over it."""
        if self.held:
            data, self.held = self.held + data, b""
        elif data[:9] == b"HTTP/1.1 " and data[-4:] == b"\r\n\r\n":
            self.held = data
            return
        try:
            sent = self.send(data, flags | _DONTWAIT)
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

    def flush(self) -> None:
        """Send a head that had no body. Whoever is gone does not want it."""
        if self.held:
            with contextlib.suppress(OSError):
                self.sendall(b"")

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
