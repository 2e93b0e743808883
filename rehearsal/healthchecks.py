"""The load balancers' health checks: GET of the deep check, at an interval, of every Region's endpoint.

For a load balancer endpoint Global Accelerator goes by the load balancer's own target group check, and
ignores the health check settings of the endpoint group.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rehearsal.relay import Address

PATH = "/healthz/region"


@dataclass(frozen=True)
class HealthCheckConfig:
    """`interval_seconds` and `timeout_seconds` are the world's: already multiplied by its time factor."""

    path: str = PATH
    interval_seconds: float = 10.0
    timeout_seconds: float = 5.0


class HealthChecks:
    """Checks each of `endpoints` for as long as `run` runs."""

    def __init__(
        self,
        endpoints: Iterable[str],
        address_of: Callable[[str], Address | None],
        observe: Callable[[str, str], object],
        config: HealthCheckConfig | None = None,
    ) -> None:
        """`observe` gets an endpoint and what was wrong with it, empty when nothing was."""
        self._endpoints = tuple(endpoints)
        self._address_of, self._observe = address_of, observe
        self.config = config or HealthCheckConfig()

    async def run(self) -> None:
        """Check until cancelled."""
        async with asyncio.TaskGroup() as checks:
            for endpoint in self._endpoints:
                checks.create_task(self._watch(endpoint))

    async def _watch(self, endpoint: str) -> None:
        loop, interval = asyncio.get_running_loop(), self.config.interval_seconds
        due = loop.time()
        while True:
            self._observe(endpoint, await self._failure(endpoint))
            due = max(due + interval, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _failure(self, endpoint: str) -> str:
        address = self._address_of(endpoint)
        if address is None:
            return "Failed: the endpoint has no address"
        try:
            async with asyncio.timeout(self.config.timeout_seconds):
                status = await _status(address, self.config.path)
        except TimeoutError:
            return f"Timeout: no answer within {self.config.timeout_seconds:g} s"
        except OSError as error:
            return f"Failed: {os.strerror(error.errno) if error.errno else error}"
        except ValueError as error:
            return f"Failed: {error}"
        return "" if status == 200 else f"Failed: HTTP {status}"


async def _status(address: Address, path: str) -> int:
    """GET, and read the status; a connection each, closed after, as load balancers do."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        host = f"{address[0]}:{address[1]}"
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ELB-HealthChecker/2.0\r\n"
        writer.write(f"{request}Connection: close\r\n\r\n".encode())
        line = (await reader.readline()).decode("latin-1")
        version, _, rest = line.partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise ValueError(f"the answer is not HTTP: {line[:40]!r}")
        return int(rest[:3])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
