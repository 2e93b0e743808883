"""One connection through the front door: bytes both ways, half-closes and resets passed on as they came."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

Address = tuple[str, int]

# Bytes that may wait for a slow reader before the other side is told to pause.
HIGH_WATER = 256 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Outcome(StrEnum):
    """How a connection ended, or that it has not."""

    OPEN = "open"
    CLOSED = "closed"
    CLIENT_RESET = "client-reset"
    ENDPOINT_RESET = "endpoint-reset"
    UNREACHABLE = "unreachable"
    """No connection to the endpoint; the client was reset."""
    REFUSED = "refused"
    """No endpoint group takes traffic; the client was reset."""
    IDLE = "idle"
    CUT = "cut"
    """Reset by the world: the door closed, or a fault."""


@dataclass(slots=True)
class Connection:
    """A connection, open or ended. Times are epoch seconds; `sent` and `received` are the client's bytes."""

    client: str
    opened: float
    region: str = ""
    endpoint_id: str = ""
    why: str = ""
    """The rule that chose the endpoint, or why there is none."""
    closed: float | None = None
    sent: int = 0
    received: int = 0
    outcome: Outcome = Outcome.OPEN


class Relay:
    """Joins an accepted client to an endpoint, in one event loop, which runs when this is made.

    `join` is called when the client is there, and `done` once, at the end.
    """

    def __init__(
        self,
        connection: Connection,
        join: Callable[["Relay"], None],
        done: Callable[["Relay", Outcome], None],
    ) -> None:
        self.connection = connection
        self.client = Side(self)
        self.endpoint = Side(self)
        self.client.peer, self.endpoint.peer = self.endpoint, self.client
        # From the accepting on: whoever looks before `opened` must not take it for idle since ever.
        self.last_byte = asyncio.get_running_loop().time()
        self.ended = False
        self._join, self._done = join, done

    def opened(self, side: "Side", peername: object) -> None:
        """One side's socket is there; the client's comes first."""
        self.last_byte = asyncio.get_running_loop().time()
        if side is self.endpoint:
            self.client.resume()
            return
        # Not at once: in Debian 12's Python, the transport begins to read after this call, paused or not.
        asyncio.get_running_loop().call_soon(side.pause)
        if isinstance(peername, tuple):
            self.connection.client = f"{peername[0]}:{peername[1]}"
        self._join(self)

    def end(self, outcome: Outcome, *, reset: bool) -> None:
        """Close both sides, the first time; with `reset` neither can take it for a normal end."""
        if self.ended:
            return
        self.ended = True
        for side in (self.client, self.endpoint):
            side.shut(reset=reset)
        self._done(self, outcome)

    def lost(self, side: "Side", error: Exception | None) -> None:
        """One side's socket is gone; an error (a reset, a timeout) is passed on as a reset."""
        if error is None:
            self.end(Outcome.CLOSED, reset=False)
        else:
            self.end(
                Outcome.CLIENT_RESET if side is self.client else Outcome.ENDPOINT_RESET,
                reset=True,
            )

    def moved(self, side: "Side", count: int) -> None:
        """Count bytes that came in on `side`."""
        if side is self.client:
            self.connection.sent += count
        else:
            self.connection.received += count
        self.last_byte = asyncio.get_running_loop().time()


class Side(asyncio.Protocol):
    """One of the two sockets: what it reads, its peer writes."""

    peer: "Side"

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._transport: asyncio.Transport | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold the client's bytes back until the endpoint is there."""
        self._transport = cast("asyncio.Transport", transport)
        if self._relay.ended:  # the client left while the endpoint was being reached
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._relay.opened(self, transport.get_extra_info("peername"))

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._relay.moved(self, len(data))
        if self.peer._transport is not None:
            self.peer._transport.write(data)

    def eof_received(self) -> bool:
        """Pass a half-close on; the other direction stays open until it ends too."""
        self._ended = True
        if self.peer._ended:
            self._relay.end(Outcome.CLOSED, reset=False)
        elif self.peer._transport is not None and not self.peer._transport.is_closing():
            self.peer._transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the relay."""
        self._relay.lost(self, exc)

    def pause_writing(self) -> None:
        """This side reads too slowly: read no more from the other."""
        self.peer.pause()

    def resume_writing(self) -> None:
        """This side caught up."""
        self.peer.resume()

    def pause(self) -> None:
        """Stop reading."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def shut(self, *, reset: bool) -> None:
        """Close: what is buffered is still written, unless `reset` drops it and sends a TCP reset."""
        if self._transport is None:
            return
        if not reset:
            self._transport.close()
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
