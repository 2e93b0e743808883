"""The accelerator's TCP front door: each new connection goes where the accelerator says at that moment.

As with Global Accelerator, a connection is accepted first and joined to an endpoint after; one that can't be
joined is reset, and one that is joined stays where it is however the dials turn. It runs an event loop in a
thread of its own.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.core.routing import Route
from rehearsal.relay import Address, Connection, Outcome, Relay

# https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-metrics-globalaccelerator-tcp-resets.html
IDLE_SECONDS = 340.0
LOG = logging.getLogger(__name__)
BACKLOG = 1024


@dataclass(frozen=True)
class FrontDoorConfig:
    """Where it listens (port 0: any free one), and how long it waits. Seconds are real ones."""

    host: str = "127.0.0.1"
    port: int = 8080
    connect_seconds: float = 3.0
    idle_seconds: float = IDLE_SECONDS
    remembered: int = 50_000
    """How many ended connections `connections` still tells of."""


class FrontDoor:
    """Listens from `start` to `close`. `route`, `address_of` and `clock` are called in its own thread."""

    def __init__(
        self,
        route: Callable[[], Route | None],
        address_of: Callable[[str], Address | None],
        clock: Callable[[], float],
        config: FrontDoorConfig | None = None,
        *,
        background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
        on_end: Callable[[Connection], None] | None = None,
    ) -> None:
        """`address_of` finds an endpoint's address, None where none is. `background` runs beside the door."""
        self.config = config or FrontDoorConfig()
        self._route, self._address_of, self._clock = route, address_of, clock
        self._background, self._on_end = background, on_end
        self._open: dict[Relay, Connection] = {}
        self._ended: deque[Connection] = deque(maxlen=self.config.remembered)
        self._lock = threading.Lock()
        self._listening: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closing: asyncio.Event | None = None
        self._empty: asyncio.Event | None = None
        self._drain_seconds = 0.0
        self._joining: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        """Where clients connect."""
        if self._listening is None:
            raise RuntimeError("the front door is not started")
        host, port = self._listening.getsockname()[:2]
        return host, port

    @property
    def url(self) -> str:
        """`address` as a URL, without a trailing slash."""
        host, port = self.address
        return f"http://{host}:{port}"

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken; connections are accepted once this returns."""
        listening = socket.create_server((self.config.host, self.config.port), backlog=BACKLOG)
        self._listening = listening
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(listening, ready)), name="front-door", daemon=True
        )
        self._thread.start()
        ready.wait()

    def close(self, drain_seconds: float = 1.0) -> None:
        """Accept no more, give open connections `drain_seconds` to end, reset the rest. Again: nothing."""
        thread, loop, closing = self._thread, self._loop, self._closing
        if thread is None or loop is None or closing is None:
            return
        self._thread = None
        self._drain_seconds = drain_seconds
        loop.call_soon_threadsafe(closing.set)
        thread.join()

    def cut(self, region: str) -> None:
        """Reset every open connection to a Region, as when its network goes."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def reset() -> None:
            for relay in [one for one in self._open if one.connection.region == region]:
                relay.end(Outcome.CUT, reset=True)

        loop.call_soon_threadsafe(reset)

    def connections(self) -> list[Connection]:
        """Every connection remembered, ended ones first, then the open ones; copies, from any thread."""
        with self._lock:
            return [replace(one) for one in (*self._ended, *self._open.values())]

    async def _run(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing, self._empty = asyncio.Event(), asyncio.Event()
        server = await self._loop.create_server(self._accept, sock=listening, backlog=BACKLOG)
        tasks = [asyncio.create_task(one()) for one in (self._reset_idle, *self._background)]
        for task in tasks:
            task.add_done_callback(_report)
        ready.set()
        await self._closing.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        if self._open:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), self._drain_seconds)
        for relay in list(self._open):
            relay.end(Outcome.CUT, reset=True)
        for task in self._joining:
            task.cancel()
        await asyncio.gather(*self._joining, return_exceptions=True)
        await asyncio.sleep(0)  # let the transports close their sockets

    def _accept(self) -> asyncio.Protocol:
        connection = Connection("", self._clock())
        relay = Relay(connection, self._start_joining, self._end)
        with self._lock:
            self._open[relay] = connection
        return relay.client

    def _start_joining(self, relay: Relay) -> None:
        def joined(task: asyncio.Task[None]) -> None:
            self._joining.discard(task)
            if not task.cancelled() and (error := task.exception()):
                LOG.error("joining a connection failed", exc_info=error)
                relay.connection.why = f"{type(error).__name__}: {error}"
                relay.end(Outcome.UNREACHABLE, reset=True)

        joining = asyncio.get_running_loop().create_task(self._join(relay))
        self._joining.add(joining)
        joining.add_done_callback(joined)

    async def _join(self, relay: Relay) -> None:
        connection = relay.connection
        route = self._route()
        if route is None:
            connection.why = "no endpoint group takes traffic"
            relay.end(Outcome.REFUSED, reset=True)
            return
        connection.region, connection.endpoint_id, connection.why = route
        address = self._address_of(route.endpoint_id)
        try:
            if address is None:
                raise ConnectionRefusedError(f"{route.endpoint_id} has no address")
            async with asyncio.timeout(self.config.connect_seconds):
                await asyncio.get_running_loop().create_connection(lambda: relay.endpoint, *address)
        except OSError:  # TimeoutError is one
            relay.end(Outcome.UNREACHABLE, reset=True)

    def _end(self, relay: Relay, outcome: Outcome) -> None:
        connection = relay.connection
        with self._lock:
            self._open.pop(relay, None)
            connection.closed, connection.outcome = self._clock(), outcome
            self._ended.append(connection)
        if not self._open and self._empty is not None:
            self._empty.set()
        if self._on_end is not None:
            self._on_end(replace(connection))

    async def _reset_idle(self) -> None:
        loop, idle = asyncio.get_running_loop(), self.config.idle_seconds
        while True:
            await asyncio.sleep(min(idle / 4, 5.0))
            for relay in [one for one in self._open if loop.time() - one.last_byte > idle]:
                relay.end(Outcome.IDLE, reset=True)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        LOG.error("a task beside the front door failed", exc_info=error)
