"""A front door over tiny real servers, for the tests of it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rehearsal.accelerator import Accelerator, AcceleratorConfig, load_balancer_arn
from rehearsal.frontdoor import FrontDoor, FrontDoorConfig
from rehearsal.healthchecks import HealthCheckConfig, HealthChecks

EAST, WEST = "us-east-1", "us-west-2"


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "the condition did not come"
        time.sleep(0.005)


class Region(ThreadingHTTPServer):
    """A Region's service: answers with its name; its deep check with `health`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, name: str) -> None:
        self.name, self.health = name, 200
        self.checks: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.server_port

    def stop(self) -> None:
        """Listen no more; connections that are open stay."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests reset connections on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Region

    def do_GET(self) -> None:
        deep = self.path == "/healthz/region"
        if deep:
            self.server.checks.append(self.headers["User-Agent"])
        body = self.server.name.encode()
        self.send_response(self.server.health if deep else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@dataclass
class Two:
    """Two Regions behind a front door."""

    door: FrontDoor
    accelerator: Accelerator
    east: Region
    west: Region
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)

    def healthy(self) -> bool:
        return all(health.state == "HEALTHY" for health in self.accelerator.states().values())

    def who(self) -> str:
        """Ask over a new connection which Region answers."""
        with socket.create_connection(self.door.address, timeout=10) as client:
            return ask(client)


def ask(client: socket.socket) -> str:
    """One request over an open connection; the Region that answered."""
    client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    response = HTTPResponse(client)
    response.begin()
    return response.read().decode()


@contextmanager
def two_regions(
    config: AcceleratorConfig | None = None,
    door_config: FrontDoorConfig | None = None,
    *,
    interval: float = 0.02,
    check: bool = True,
) -> Iterator[Two]:
    """Start both Regions and the door; with `check`, wait until both are healthy."""
    east, west = Region(EAST), Region(WEST)
    accelerator = Accelerator(time.time, config or AcceleratorConfig(deploy_seconds=0.0))
    addresses = {load_balancer_arn(EAST): east.address, load_balancer_arn(WEST): west.address}
    checks = HealthChecks(
        addresses, addresses.get, accelerator.observe, HealthCheckConfig(interval_seconds=interval)
    )
    door = FrontDoor(
        accelerator.route,
        addresses.get,
        time.time,
        door_config or FrontDoorConfig(port=0),
        background=[checks.run] if check else [],
    )
    two = Two(door, accelerator, east, west, addresses)
    door.start()
    try:
        if check:
            eventually(two.healthy)
        yield two
    finally:
        door.close(0)
        for region in (east, west):
            region.stop()
