"""The metrics' port: one small process beside the workers, which adds up what each of them has counted.

A process, and not a thread of the master, because the master forks whenever a worker dies: a fork while
another thread holds a lock gives the child a lock that nobody will ever open.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable

log = logging.getLogger("dynamodr.serve")


class Exporter:
    """Holds the port (so that a respawn can't lose it) and the process behind it."""

    def __init__(self, host: str, port: int, region: str, shared_draining: Callable[[], bool]) -> None:
        """Bind the port. Raises OSError."""
        self._socket = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=16
        )
        self._region = region
        self._draining = shared_draining
        self._pid = 0

    @property
    def port(self) -> int:
        """The port, also when any was asked for."""
        port: int = self._socket.getsockname()[1]
        return port

    def ensure(self, inherited: Iterable[socket.socket]) -> None:
        """See to it that the process is there. `inherited`: sockets that it must not hold open."""
        if self._pid and _alive(self._pid):
            return
        master = os.getpid()
        self._pid = os.fork()
        if self._pid:
            return
        code = 1
        try:
            for stranger in inherited:
                stranger.close()
            self._serve(master)
            code = 0
        except Exception:
            log.exception("the metrics' process has failed")
        finally:
            os._exit(code)

    def release(self) -> None:
        """In a worker: let go of the port."""
        self._socket.close()

    def stop(self) -> None:
        """End the process; the last scrape may be under way, so it is asked, not killed."""
        self._socket.close()
        if self._pid:
            try:
                os.kill(self._pid, signal.SIGTERM)
                os.waitpid(self._pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass

    def _serve(self, master: int) -> None:
        # Ctrl-C reaches the whole process group; the master decides when the counting ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for other in (
            signal.SIGTERM,
            signal.SIGHUP,
            signal.SIGQUIT,
            signal.SIGCHLD,
            signal.SIGUSR1,
            signal.SIGUSR2,
        ):
            signal.signal(other, signal.SIG_DFL)
        # Imported only here, out of the workers' memory.
        from dynamodr.serve.scrape import start  # noqa: PLC0415

        start(self._socket, self._region, self._draining)
        while os.getppid() == master:
            time.sleep(1)


def _alive(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False  # gunicorn has reaped it
