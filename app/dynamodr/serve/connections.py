"""Connections: accepted, read until a request is there, closed; none of them holds a thread meanwhile."""

import errno
import logging
import selectors
import socket
import threading
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from dynamodr.serve import problems, refusal
from dynamodr.serve.balance import STAND_BACK_SECONDS
from dynamodr.serve.connection import Connection
from dynamodr.serve.problems import Kind
from dynamodr.serve.sending import Sending

log = logging.getLogger("dynamodr.serve")

ARRIVAL_SECONDS = 10.0
"""From a request's first byte to its last."""
_LINGER_SECONDS = 2.0


class Connections(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """What becomes of a connection, on the main thread. `_admit` is told of each request that is there."""

    _stopped = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By deadline, which is the order they are added in: each has one length of time.
        self._arriving: dict[Connection, float] = {}
        self._lingering: dict[Connection, float] = {}
        self._count = refusal.Count()
        self._back_at = 0.0

    @property
    def nr_conns(self) -> int:
        """How many connections there are; the other workers know."""
        return self._open

    @nr_conns.setter
    def nr_conns(self, connections: int) -> None:
        self._open = connections
        self.app.balance.tell(self.age, connections)

    def init_process(self) -> None:
        """Make what must not be made before the fork."""
        self._patience = threading.BoundedSemaphore(max(1, self.cfg.threads // 4))
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take a connection; a thread only once it has sent a request."""
        if self.app.balance.heavy(self.age):
            self._back_at = time.monotonic() + STAND_BACK_SECONDS
            for each in self.sockets:
                self.poller.unregister(each)
        else:
            self._accept_one(listener)

    def _come_back(self) -> None:
        """Take what the others have left, to whom it was left for long enough."""
        self._back_at = 0.0
        for listener in self.sockets:
            self.poller.register(listener, selectors.EVENT_READ, self.accept)
            while self._accept_one(listener) and not self.app.balance.heavy(self.age):
                pass

    def set_accept_enabled(self, enabled: bool) -> None:
        """Before a stop, take in all that the kernel has accepted for us, and refuse the next.

        gunicorn would leave the listeners open, with nobody accepting, until the last answer is sent: whoever
        connects meanwhile waits, and is reset.
        """
        if self._back_at:
            self._come_back()
        stop = not enabled and not self.alive and not self._stopped
        if stop:
            for listener in self.sockets:
                while self._accept_one(listener):
                    pass
        super().set_accept_enabled(enabled)
        if stop:
            self._stopped = True
            for listener in self.sockets:
                listener.close()
            soon = time.monotonic() + STOP_KEEPALIVE_LINGER
            for connection in self.pending_conns:
                connection.timeout = min(connection.timeout, soon)
            self._arriving = {one: min(deadline, soon) for one, deadline in self._arriving.items()}

    def is_parent_alive(self) -> bool:
        """Tell; and without a master, stop as if told to: each connection is then kept for a moment only."""
        if super().is_parent_alive():
            return True
        self.alive = False
        return False

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Read from a connection that was kept alive."""
        if client.fileno() < 0:
            return  # closed, to make room, since the poller saw it
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._receive(conn)

    def on_pending_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Read the first that a connection sends."""
        if client.fileno() < 0:
            return  # closed, to make room, since the poller saw it
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        self._receive(conn)

    def _sweep(self, now: float) -> None:
        """Have done with those whose time is up."""
        for conn in _late(self._arriving, now):
            del self._arriving[conn]
            self.poller.unregister(conn.sock)
            self._refuse(conn, problems.TOO_SLOW, "slow")
        for conn in _late(self._lingering, now):
            self._end(conn)

    def _admit(self, conn: Connection) -> None:
        raise NotImplementedError

    def _accept_one(self, listener: Any) -> bool:
        if self.nr_conns >= self.worker_connections - 1:
            self._evict()
        try:
            accepted, address = listener.accept()
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._evict()
            return False
        self.nr_conns += 1
        sending = Sending.of(accepted, self._patience)
        connection = Connection(self.cfg, sending, address, listener.getsockname())
        if not self._receive(connection):
            connection.set_timeout()
            if not self.alive:
                connection.timeout = min(connection.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
            self.pending_conns.append(connection)
            readable = partial(self.on_pending_socket_readable, connection)
            self.poller.register(connection.sock, selectors.EVENT_READ, readable)
        return True

    def _receive(self, conn: Connection) -> bool:
        """Read what is there; False if nothing is."""
        try:
            data = conn.sock.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        else:
            self._arriving.pop(conn, None)
            self._drop(conn)
        return True

    def _take(self, conn: Connection, data: bytes) -> None:
        arrival = conn.arrival
        state = arrival.feed(data)
        if state != "more" and self._arriving:
            self._arriving.pop(conn, None)
        match state:
            case "whole" | "cut":
                self._admit(conn)
            case "headers-too-large":
                self._refuse(conn, problems.HEADERS_TOO_LARGE, "unreadable")
            case "body-too-large":
                self._refuse(conn, problems.TOO_LARGE, "unreadable")
            case "more":
                if arrival.continues:
                    self._send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
                    arrival.continued()
                # No byte buys more time, and the order stays: by deadline.
                self._arriving.setdefault(conn, time.monotonic() + ARRIVAL_SECONDS)
                self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more, conn))

    def _more(self, conn: Connection, client: socket.socket) -> None:
        if client.fileno() < 0:
            return  # closed, to make room, since the poller saw it
        self.poller.unregister(client)
        if not self._receive(conn):
            self.poller.register(client, selectors.EVENT_READ, partial(self._more, conn))

    def _refuse(self, conn: Connection, kind: Kind, route: str) -> None:
        self._count.add(kind, route)
        head = conn.arrival.data.startswith(b"HEAD ")
        self._send(conn, refusal.answer(kind, self.app.settings.base_path, head=head))
        self._close(conn)

    def _send(self, conn: Connection, data: bytes) -> None:
        try:
            conn.sock.send(data, socket.MSG_DONTWAIT)
        except OSError:
            log.debug("gone", exc_info=True)

    def _evict(self) -> None:
        """Make room: who has said nothing for longest goes first, then who has finished, then who is slow."""
        for idle in (self.pending_conns, self.keepalived_conns):
            if idle:
                conn = idle.popleft()
                self.poller.unregister(conn.sock)
                self._drop(conn)
                return
        if self._lingering:
            self._end(next(iter(self._lingering)))
        elif self._arriving:
            conn = next(iter(self._arriving))
            del self._arriving[conn]
            self.poller.unregister(conn.sock)
            self._refuse(conn, problems.TOO_SLOW, "slow")
            self._end(conn)

    def _close(self, conn: Connection) -> None:
        """Close so that the client gets the answer even if it is still sending (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        self._lingering[conn] = time.monotonic() + _LINGER_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._lingers, conn))

    def _lingers(self, conn: Connection, client: socket.socket) -> None:
        try:
            if client.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            log.debug("gone", exc_info=True)
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        if self._lingering.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _late(deadlines: dict[Connection, float], now: float) -> list[Connection]:
    late = []
    for conn, deadline in deadlines.items():
        if deadline > now:
            break
        late.append(conn)
    return late
