"""The services of the Regions: `dynamodr serve`, started as production starts it, with other endpoints."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from rehearsal.tethered import Tethered, dynamodr, environment

_HTTP = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(2.0))


class ServiceError(Exception):
    """A service did not start; the text has its last log lines."""


@dataclass(frozen=True)
class ServiceConfig:
    """One Region's service. `settings` are more variables, over those that the rest of this makes."""

    region: str
    port: int
    metrics_port: int
    endpoint: str
    """The world's AWS endpoint."""
    regions: Sequence[str]
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    """What to run in place of `dynamodr serve`."""


class Service:
    """One Region's service. It can be stopped or killed, and started again, any number of times."""

    def __init__(self, config: ServiceConfig) -> None:
        self.config = config
        self._process: Tethered | None = None

    @property
    def url(self) -> str:
        """The service itself, past the front door."""
        return f"http://127.0.0.1:{self.config.port}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int | None:
        """The process group's number, while it runs."""
        return self._process.process.pid if self._process is not None and self._process.running else None

    def start(self) -> None:
        """Start it; `wait_ready` tells when it serves. Nothing when it is running."""
        if self.running:
            return
        self.kill()
        config = self.config
        variables = environment(config.region, config.endpoint, config.regions) | {
            "HOST": "127.0.0.1",
            "PORT": str(config.port),
            "METRICS_PORT": str(config.metrics_port),
            "DRAIN_SECONDS": "0",  # nothing here routes by readiness
            **config.settings,
        }
        with config.log.open("ab") as log:
            self._process = Tethered(config.command or [dynamodr(), "serve"], variables, log)

    def wait_ready(self, seconds: float = 20.0) -> None:
        """Wait until /readyz answers 200; raise ServiceError when the process ends first, or time does."""
        deadline = time.monotonic() + seconds
        answer = "nothing answers yet"
        while self.running:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                response = _HTTP.request("GET", f"{self.url}/readyz", headers={"Connection": "close"})
                if response.status == 200:
                    return
                answer = f"/readyz: {response.status} {response.data[:300].decode(errors='replace')}"
            if time.monotonic() > deadline:
                raise ServiceError(self._trouble(f"is not ready after {seconds:g} s ({answer})"))
            time.sleep(0.03)
        status = self._process.exit_status if self._process else None
        raise ServiceError(self._trouble(f"ended with exit status {status} before it was ready"))

    def terminate(self) -> None:
        """SIGTERM: it drains and ends by itself."""
        if self._process is not None:
            self._process.terminate()

    def stop(self, seconds: float = 8.0) -> None:
        """SIGTERM, wait for the drain, and SIGKILL what is still there after `seconds`."""
        self.terminate()
        if self._process is not None:
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the whole process group, as a lost Region goes."""
        if self._process is not None:
            self._process.kill()

    def _trouble(self, what: str) -> str:
        log = self.config.log
        text = log.read_text(errors="replace") if log.exists() else ""
        tail = "\n".join(f"  {line}" for line in text.splitlines()[-15:]) or "  (it logged nothing)"
        return f"the service of {self.config.region} {what}. Its log, {log}:\n{tail}"


class Services:
    """The services of all Regions."""

    def __init__(self, configs: Sequence[ServiceConfig]) -> None:
        self.by_region = {config.region: Service(config) for config in configs}

    def __getitem__(self, region: str) -> Service:
        """The service of a Region."""
        return self.by_region[region]

    def start(self) -> None:
        """Start all at once; on an error none is left running."""
        try:
            for service in self.by_region.values():
                service.start()
        except BaseException:
            self.kill()
            raise

    def wait_ready(self, seconds: float = 20.0) -> None:
        """Wait until all are ready; on an error none is left running."""
        try:
            for service in self.by_region.values():
                service.wait_ready(seconds)
        except BaseException:
            self.kill()
            raise

    def stop(self, seconds: float = 8.0) -> None:
        """Stop all at once, in `seconds` at most."""
        deadline = time.monotonic() + seconds
        for service in self.by_region.values():
            service.terminate()
        for service in self.by_region.values():
            service.stop(max(0.0, deadline - time.monotonic()))

    def kill(self) -> None:
        """Kill all at once."""
        for service in self.by_region.values():
            service.kill()
