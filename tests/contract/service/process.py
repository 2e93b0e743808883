"""`dynamodr serve` as production runs it: a process of its own, told what to do by variables and signals."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3


class Serving:
    """A running service. `lines` is its log so far."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dynamodr", "serve"],
            env=environ
            | {"HOST": "127.0.0.1", "PORT": "0", "METRICS_PORT": "0", "DRAIN_SECONDS": "0"}
            | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            | dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []
        self.garbage: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(15), maxsize=50)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    self.garbage.append(line)
                self._news.notify_all()
        with self._news:
            self.garbage.append("")
            self._news.notify_all()

    def line(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """Wait for a log line."""
        with self._news:
            found: list[dict[str, Any]] = []

            def seen() -> bool:
                found[:] = [line for line in self.lines if wanted(line)]
                return bool(found) or "" in self.garbage

            self._news.wait_for(seen, seconds)
            assert found, f"{self.garbage} {self.lines}"
            return found[0]

    def said(self, message: str) -> dict[str, Any]:
        """Wait for a log line by its message."""
        return self.line(lambda line: line["message"] == message)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        port: int = self.said("serving")["port"]
        return port

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self.http.request("GET", self.url + path, headers=headers)

    def metrics(self) -> dict[str, float]:
        """Scrape: every sample by its name and labels, as written."""
        text = self.http.request(
            "GET", f"http://127.0.0.1:{self.said('serving')['metrics_port']}/metrics"
        ).data
        samples = [line.rpartition(" ") for line in text.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        booted = [line for line in self.lines if line["message"].startswith("Booting worker")]
        return [int(line["message"].rpartition(" ")[2]) for line in booted]

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sent)
        status = self.process.wait(30)
        self._reader.join(10)
        self.http.clear()
        return status


@contextmanager
def serving(variables: Mapping[str, str]) -> Iterator[Serving]:
    service = Serving(variables)
    try:
        service.line(lambda line: line["message"] == "serving")
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait(10)
        service._reader.join(10)
        if service.process.stdout:
            service.process.stdout.close()
        service.http.clear()


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
