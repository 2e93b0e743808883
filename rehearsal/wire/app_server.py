"""A WSGI app served by waitress in a thread of its own, and stopped at once when told to.

waitress costs about 0.1 ms of CPU a request; measured beside it were werkzeug's server (more than ten times
that) and wsgiref's (40 ms of Nagle's delay a request).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class Server:
    """A running server on `port`, which the system has chosen where 0 was asked for. Raises OSError when
    taken."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int) -> None:
        # More requests than threads only wait their turn; a line for each would hide what matters.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._sockets,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            clear_untrusted_proxy_headers=False,
            channel_timeout=300,
            connection_limit=1000,
        )
        self.port = int(self._server.effective_port)  # waitress has it as text
        self._stop = threading.Event()
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="world-wire", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Close every connection, and serve those that come anew."""
        for each in list(self._sockets.values()):
            if isinstance(each, HTTPChannel):
                with contextlib.suppress(OSError):
                    each.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close every connection, and the port."""
        self._server.task_dispatcher.shutdown(timeout=0.1)
        with self._closing:
            self._stop.set()
            self._server.pull_trigger()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, count=1)
        with self._closing, contextlib.suppress(OSError):
            wasyncore.close_all(self._sockets, ignore_all=True)
