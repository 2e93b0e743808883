"""The worker: gunicorn's threaded one, with what it lacks for a service that must not lose a request.

A request gets a thread once all of it is there, and while all threads are taken a short wait: longer than
that, or behind too many others, it is answered 503. Probes have threads of their own, since a pod that is
busy is alive. All but `handle` runs on the main thread, so that nothing here needs a lock.
"""

import logging
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from dynamodr.serve import problems, refusal
from dynamodr.serve.arrival import Arrival
from dynamodr.serve.connection import Connection
from dynamodr.serve.connections import Connections

log = logging.getLogger("dynamodr.serve")

QUEUE_SECONDS = 1.0
"""How long a request may wait for a thread, and"""
QUEUE_ROOM = 4
"""how many may, for each thread."""
STAY_MILLISECONDS = 2
"""How long a thread stays with a connection that it has answered."""
PROBE_THREADS = 3
PROBES_WAITING = 32
_PROBES = (b"GET /livez ", b"GET /readyz ", b"GET /healthz/region ")

REFUSED = (
    (errors.LimitRequestLine, problems.URI_TOO_LONG),
    (errors.LimitRequestHeaders, problems.HEADERS_TOO_LARGE),
    (errors.ExpectationFailed, problems.EXPECTATION),
    (errors.UnsupportedTransferCoding, problems.TRANSFER_CODING),
    (errors.ParseException, problems.BAD_REQUEST),
)
# An answer of ours that is no HTTP: gunicorn derives it from what it calls a client's error.
OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)


class Worker(Connections):
    """Who is slow or silent holds no thread, who can't be served soon is told so, a stop leaves nobody in the
    backlog, and what can't be read as HTTP is answered as a problem too.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._busy = 0
        self._probing = 0
        self._waiting: deque[tuple[float, Connection]] = deque()

    def init_process(self) -> None:
        """Make what must not be made before the fork."""
        self._probes = ThreadPoolExecutor(PROBE_THREADS)
        super().init_process()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next, or for who has waited long enough."""
        if self._waiting or self._arriving or self._lingering:
            timeout = min(timeout, 0.1)
        if self._back_at:
            timeout = max(0.0, self._back_at - time.monotonic())
        super().wait_for_and_dispatch_events(timeout)
        if self._back_at and time.monotonic() >= self._back_at:
            self._come_back()
        if self._waiting or self._arriving or self._lingering:
            self._sweep(time.monotonic())

    def handle(self, conn: Connection) -> Any:
        """Answer a request, on a thread, and those that follow it at once."""
        while (again := self._handle_one(conn)) and self._follows(conn):
            pass
        return again

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Answer it, and say so if it is the last on its connection."""
        if conn.arrival.state == "cut":
            req.force_close()
        return super().handle_request(req, conn)

    def _handle_one(self, conn: Connection) -> Any:
        conn.init()
        conn.parser.unreader.unread(conn.arrival.data)
        try:
            return super().handle(conn)
        finally:
            conn.sock.flush()

    def _follows(self, conn: Connection) -> bool:
        """Tell whether the client's next request is there: a busy client's is within a moment.

        To wait that moment here spares two changes of threads. Nobody else waits for it: it is done only
        while half of the threads are free.
        """
        data = conn.parser.unreader.take_buffered()
        if not data:
            if self._waiting or self._busy > self.cfg.threads // 2 or not self.alive:
                return False
            data = conn.soon(STAY_MILLISECONDS)
            if not data:
                return False
        conn.arrival = Arrival()
        if conn.arrival.feed(data) == "whole":
            return True
        conn.parser.unreader.unread(data)  # for `finish_request`
        return False

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        if not keepalive or conn.arrival.state != "whole":
            return False
        try:
            return conn.arrival.bare or bool(super()._keepalive_after(conn, keepalive))
        except errors.ParseException:
            return False  # of a body that nobody read: the request has been answered, once

    def finish_request(self, conn: Connection, fs: "Future[Any]") -> None:
        """Keep the connection, or close it."""
        try:
            again = fs.result()
        except Exception:  # noqa: BLE001 - `handle` has told what it was
            again = False
        if not again and conn.arrival.last and conn.arrival.state == "whole":
            self._drop(conn)  # nothing more can come that would reset the answer on its way
            return
        if not again:
            self._close(conn)
            return
        conn.sock.setblocking(False)
        conn.arrival = Arrival()
        ahead = conn.parser.unreader.take_buffered()
        if ahead:
            self._take(conn, ahead)
            return
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer what is no HTTP, or what broke outside the application. No address and no path is logged."""
        kind = next((kind for refused, kind in REFUSED if isinstance(exc, refused)), None)
        if kind is None or isinstance(exc, OURS):
            kind = problems.INTERNAL
            log.error("fault", exc_info=exc)
        self.method_queue.defer(self._count.add, kind, "unreadable")
        try:
            client.sendall(refusal.answer(kind, self.app.settings.base_path))
        except OSError:
            log.debug("gone", exc_info=True)

    def _admit(self, conn: Connection) -> None:
        if self._busy < self.cfg.threads:
            self._start(conn)
        elif conn.arrival.data.startswith(_PROBES) and self._probing < PROBES_WAITING:
            self._probing += 1
            # One only: what the client has sent behind it is admitted as all else is.
            self._submit(self._probes, self._handle_one, conn, self._probed)
        elif len(self._waiting) < QUEUE_ROOM * self.cfg.threads:
            self._waiting.append((time.monotonic() + QUEUE_SECONDS, conn))
        else:
            self._refuse(conn, problems.BUSY, "shed")

    def _start(self, conn: Connection) -> None:
        self._busy += 1
        self._submit(self.tpool, self.handle, conn, self._done)

    def _submit(self, pool: ThreadPoolExecutor, handle: Any, conn: Connection, then: Any) -> None:
        future = pool.submit(handle, conn)
        future.add_done_callback(lambda future: self.method_queue.defer(then, conn, future))

    def _done(self, conn: Connection, future: "Future[Any]") -> None:
        self._busy -= 1
        if self._waiting:
            self._start(self._waiting.popleft()[1])
        self.finish_request(conn, future)

    def _probed(self, conn: Connection, future: "Future[Any]") -> None:
        self._probing -= 1
        self.finish_request(conn, future)

    def _sweep(self, now: float) -> None:
        # A stop sheds nobody: what has come is answered.
        while self._waiting and self._waiting[0][0] <= now and self.alive:
            self._refuse(self._waiting.popleft()[1], problems.BUSY, "shed")
        super()._sweep(now)
