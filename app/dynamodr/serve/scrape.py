"""What the metrics' port answers: what all processes of this run have counted, added up."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from dynamodr import __version__

log = logging.getLogger("dynamodr.serve")


class Counts:
    """What every process has counted, each in files of its own, which it may just be making."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """Add them up. A file is made first and given its size then: without one it holds no count."""
        files = [str(file) for file in self._directory.glob("*.db") if file.stat().st_size]
        yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # as the library has it


class Own:
    """What is told of the pod itself."""

    def __init__(self, region: str, draining: Callable[[], bool]) -> None:
        self._region = region
        self._draining = draining

    def collect(self) -> Iterable[Metric]:
        """Tell it as it is now."""
        build = GaugeMetricFamily(
            "dynamodr_build_info", "What is running, and where", labels=("version", "region")
        )
        build.add_metric((__version__, self._region), 1)
        yield build
        yield GaugeMetricFamily("dynamodr_draining", "1 on the way out", value=float(self._draining()))


def start(listener: socket.socket, region: str, draining: Callable[[], bool]) -> None:
    """Answer scrapes on a bound socket, from a daemon thread."""
    registry = CollectorRegistry()
    registry.register(Counts(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])))
    registry.register(Own(region, draining))

    class Handler(BaseHTTPRequestHandler):
        timeout = 5
        server_version, sys_version = "dynamodr", ""

        def do_GET(self) -> None:
            status, kind, body = 404, "text/plain", b"See /metrics.\n"
            if self.path.partition("?")[0] == "/metrics":
                try:
                    status, kind, body = 200, CONTENT_TYPE_LATEST, generate_latest(registry)
                except Exception:
                    log.exception("the metrics can't be read")
                    status, body = 500, b"The metrics can't be read; the log tells why.\n"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
