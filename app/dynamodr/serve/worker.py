"""The worker: gunicorn's threaded one, with what it lacks for a service that must not lose a request."""

import logging
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from dynamodr.serve import problems
from dynamodr.serve.problems import Problem

log = logging.getLogger("dynamodr.serve")

REFUSED = (
    (errors.LimitRequestLine, problems.URI_TOO_LONG),
    (errors.LimitRequestHeaders, problems.HEADERS_TOO_LARGE),
    (errors.ExpectationFailed, problems.EXPECTATION),
    (errors.UnsupportedTransferCoding, problems.TRANSFER_CODING),
    (errors.ParseException, problems.BAD_REQUEST),
)
# An answer of ours that is no HTTP: gunicorn derives it from what it calls a client's error.
OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Three differences: who is silent holds no thread, a stop leaves nobody in the backlog, and what can't
    be read as HTTP is answered as a problem too.
    """

    _stopped = False

    def accept(self, listener: Any) -> None:
        """Take a connection; a thread only if it has sent something.

        gunicorn lets a thread wait five seconds for the first byte: as many idle connections as there are
        threads (load balancers and browsers open them ahead) would keep everybody else, and the probes, out.
        """
        self._accept_one(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Before a stop, take in all that the kernel has accepted for us, and refuse the next.

        gunicorn would leave the listeners open, with nobody accepting, until the last answer is sent: whoever
        connects meanwhile waits, and is reset.
        """
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

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer what is no HTTP, or what broke outside the application. No address and no path is logged."""
        kind = next((kind for refused, kind in REFUSED if isinstance(exc, refused)), None)
        if kind is None or isinstance(exc, OURS):
            kind = problems.INTERNAL
            log.error("fault", exc_info=exc)
        else:
            log.warning("refused", extra={"status": kind.status, "problem": kind.slug})
        from dynamodr.serve import metrics  # noqa: PLC0415 - not before its directory is known

        metrics.request("other", "unreadable", kind.status, 0.0)
        body = problems.body(Problem(kind), self.app.settings.base_path)
        head = (
            f"HTTP/1.1 {kind.status} {kind.title}\r\nConnection: close\r\n"
            f"Content-Type: {problems.CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.settimeout(1.0)
            client.sendall(head.encode() + body)
        except OSError:
            log.debug("gone", exc_info=True)

    def _accept_one(self, listener: Any) -> bool:
        try:
            accepted, address = listener.accept()
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        self.nr_conns += 1
        connection = TConn(self.cfg, accepted, address, listener.getsockname())
        try:
            accepted.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            silent = True
        except OSError:
            silent = False
        else:
            silent = False
        if silent and self.alive:
            connection.set_timeout()
            self.pending_conns.append(connection)
            readable = partial(self.on_pending_socket_readable, connection)
            self.poller.register(accepted, selectors.EVENT_READ, readable)
        else:
            connection.data_ready = not silent
            self.enqueue_req(connection)
        return True
