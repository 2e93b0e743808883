"""The master: gunicorn's arbiter, with a drain before the stop and a process for the metrics."""

import gc
import logging
import os
import time
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from dynamodr.serve import logs
from dynamodr.serve.balance import Balance
from dynamodr.serve.exporter import Exporter
from dynamodr.serve.scratch import scratch
from dynamodr.serve.shared import Shared
from dynamodr.settings import Settings

log = logging.getLogger("dynamodr.serve")

STOP_SECONDS = 20
"""How long requests in flight may take once accepting has ended. The pod's terminationGracePeriodSeconds must
hold this and DRAIN_SECONDS."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})
KEEPALIVE_SECONDS = 75
"""Longer than a load balancer keeps its idle connections (60 s, an ALB's default): the side that closes first
must be the side that sends."""


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """SIGTERM drains: the pod turns unready at once, serves on for DRAIN_SECONDS, while its address is taken
    out of the load balancers, then stops accepting and finishes what it has. A second SIGTERM ends the wait,
    not the requests. SIGINT and SIGQUIT stop at once.
    """

    _drain_until: float | None = None

    def handle_term(self) -> None:
        """Begin to drain, or have done with it."""
        if self._drain_until is None:
            self.app.shared.drain()
            self._drain_until = time.monotonic() + self.app.settings.drain_seconds
            log.info("draining", extra={"seconds": self.app.settings.drain_seconds})
        else:
            self._drain_until = time.monotonic()

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """Wait, but not past the end of the drain; there, end the main loop as gunicorn's SIGTERM does."""
        if self._drain_until is not None:
            left = self._drain_until - time.monotonic()
            if left <= 0:
                raise StopIteration
            timeout = min(timeout, left)
        signals: list[int] = super().wait_for_signals(timeout)
        return signals

    def manage_workers(self) -> None:
        """Keep the workers and the exporter there."""
        super().manage_workers()
        self.app.exporter.ensure(self.LISTENERS)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn runs, and how. Nothing comes from a file, GUNICORN_CMD_ARGS or WEB_CONCURRENCY."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        """Bind the metrics' port. Raises OSError."""
        self.settings = settings
        self.directory = directory
        self.shared = Shared()
        self.balance = Balance(settings.workers)
        shared = self.shared
        self.exporter = Exporter(
            settings.host, settings.metrics_port, settings.aws_region, lambda: shared.draining
        )
        self.parts: Any = None
        self._status = f"{settings.base_path}/status"
        self._adds = f"{settings.base_path}/add-user" if settings.add_user_by_get else ""
        super().__init__()

    def load_config(self) -> None:
        """Set all that differs from gunicorn's defaults, or must not follow them."""
        settings = self.settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        for name, value in {
            "bind": f"{host}:{settings.port}",
            "backlog": 512,
            "worker_class": "dynamodr.serve.worker.Worker",
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_connections": 1000,
            "timeout": 30,
            "graceful_timeout": STOP_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "limit_request_line": 8190,
            "limit_request_fields": 100,
            "limit_request_field_size": 8190,
            "preload_app": True,
            "worker_tmp_dir": str(self.directory),
            "logger_class": logs.ServerLogger,
            "loglevel": settings.log_level.lower(),
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # no header may move us to another path or scheme
            "proc_name": "dynamodr",
            "when_ready": self._ready,
            "post_fork": self._forked,
            "post_worker_init": self._begun,
            "worker_exit": self._ended,
            "child_exit": self._gone,
            "pre_request": self._before,
            "on_exit": self._exit,
        }.items():
            self.cfg.set(name, value)
        # gunicorn finds each by a detour, twenty times a request; from here on nothing changes one.
        self.cfg.__dict__ |= {name: setting.get() for name, setting in self.cfg.settings.items()}

    def load(self) -> Any:
        """Make the application, in the master: the workers share its memory."""
        import encodings.idna  # noqa: F401, PLC0415 - the first name looked up would, in each worker

        from dynamodr.serve import metrics  # noqa: PLC0415 - its directory is set by now
        from dynamodr.serve.app import Service  # noqa: PLC0415
        from dynamodr.serve.parts import assemble  # noqa: PLC0415

        self.parts = assemble(self.settings, self.shared, metrics.call)
        service = Service(self.parts)
        # What is here stays: a collection that looked at it in a worker would copy the memory it shares.
        gc.freeze()
        gc.enable()
        return service

    def run(self) -> None:
        """Serve until told to stop; then exit the process."""
        Master(self).run()

    def _ready(self, arbiter: Any) -> None:
        port = arbiter.LISTENERS[0].getsockname()[1]
        extra = {"port": port, "metrics_port": self.exporter.port, "base_path": self.settings.base_path}
        log.info("serving", extra=extra)

    def _forked(self, _arbiter: Any, _worker: Any) -> None:
        self.exporter.release()

    def _begun(self, _worker: Any) -> None:
        self.parts.start_worker()

    def _ended(self, _arbiter: Any, worker: Any) -> None:
        if worker.pid == os.getpid():  # gunicorn may call this in the master as well
            self.parts.stop_worker()

    def _gone(self, _arbiter: Any, worker: Any) -> None:
        self.balance.gone(worker.age)
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        # Its gauges go; what it counted stays counted.
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    def _before(self, _worker: Any, req: Any) -> None:
        # "Connection: close": let the client's next request find another pod; or, since dials rule new
        # connections only, the Region that takes its writes.
        # The dashboard asks on a new connection each time, so that it shows what the dials do.
        if (
            self.shared.draining
            or req.path == self._status
            or (self._writes(req) and self.parts.gate.sends_away())
        ):
            req.force_close()

    def _writes(self, req: Any) -> bool:
        return req.method not in READS or (req.method == "GET" and req.path == self._adds)

    def _exit(self, _arbiter: Any) -> None:
        self.exporter.stop()


def run(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or SIGQUIT. Raises SettingsError, OSError (a port is taken)."""
    # What is loaded is no garbage: https://docs.python.org/3/library/gc.html#gc.freeze
    gc.disable()
    logs.configure(settings.log_level, settings.aws_region)
    with scratch() as directory:
        # Before prometheus_client is imported: it chooses then between memory and files.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
        Server(settings, directory).run()
