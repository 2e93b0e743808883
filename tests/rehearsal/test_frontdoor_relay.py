"""What the front door does with bytes, half-closes, resets and its own end."""

import asyncio
import contextlib
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from rehearsal.core.routing import Route, Why
from rehearsal.frontdoor import FrontDoor, FrontDoorConfig
from rehearsal.relay import Connection, Outcome
from tests.rehearsal.doors import eventually

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
CHUNK = 1 << 16


@contextmanager
def door_to(serve: Callable[[socket.socket], None], **config: float) -> Iterator[FrontDoor]:
    """A front door with one endpoint: `serve` gets each connection, in a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    address = listening.getsockname()
    door = FrontDoor(
        lambda: Route("us-east-1", "alb", Why.NEAREST),
        {"alb": address}.get,
        lambda: 0.0,
        FrontDoorConfig(port=0, **config),  # type: ignore[arg-type]  # the floats of the config only
    )
    door.start()
    try:
        yield door
    finally:
        door.close(0)
        listening.close()


def everything(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(CHUNK), b""))


def only(door: FrontDoor) -> Connection:
    (connection,) = door.connections()
    return connection


def ended(door: FrontDoor) -> Connection:
    eventually(lambda: only(door).outcome != Outcome.OPEN)
    return only(door)


def passed(door: FrontDoor, count: int) -> None:
    """Wait until the first connection's client has sent so many bytes."""
    eventually(lambda: [one.sent for one in door.connections()][:1] == [count])


def wait_for_the_end(connection: socket.socket) -> None:
    """Serve nothing, for as long as the connection lasts."""
    with connection, contextlib.suppress(ConnectionResetError):
        everything(connection)


def test_a_half_close_leaves_the_other_direction_open() -> None:
    """The client ends its request with a FIN, and gets the whole answer after it."""

    def serve(connection: socket.socket) -> None:
        with connection:
            asked = everything(connection)
            connection.sendall(b"after the end: " + asked)

    with door_to(serve) as door, socket.create_connection(door.address, timeout=10) as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b"after the end: question"
        one = ended(door)
        assert (one.outcome, one.sent, one.received) == (Outcome.CLOSED, 8, 23)
        assert one.client == "{}:{}".format(*client.getsockname())


def test_the_endpoints_end_reaches_the_client_first() -> None:
    """An endpoint that closes ends the client's stream, and no earlier than its last byte."""

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.sendall(b"x" * 1_000_000)

    with door_to(serve) as door, socket.create_connection(door.address, timeout=10) as client:
        assert len(everything(client)) == 1_000_000
        assert only(door).outcome == Outcome.OPEN
        client.close()
        assert ended(door).outcome == Outcome.CLOSED


def test_an_endpoints_reset_resets_the_client() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.close()

    with door_to(serve) as door, socket.create_connection(door.address, timeout=10) as client:
        client.sendall(b"?")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert ended(door).outcome == Outcome.ENDPOINT_RESET


def test_a_clients_reset_resets_the_endpoint() -> None:
    seen: list[str] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                everything(connection)
                seen.append("a normal end")
            except ConnectionResetError:
                seen.append("a reset")

    with door_to(serve) as door:
        client = socket.create_connection(door.address, timeout=10)
        client.sendall(b"half a request")
        passed(door, 14)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        client.close()
        assert ended(door).outcome == Outcome.CLIENT_RESET
        eventually(lambda: seen == ["a reset"])


def test_a_slow_reader_holds_the_sender_back_and_nothing_is_lost() -> None:
    """More bytes than every buffer between them holds arrive whole, and the door doesn't keep them all."""
    size, gate = 64 * 1024 * 1024, threading.Event()
    block = bytes(range(256)) * 256
    sent = [0]

    def serve(connection: socket.socket) -> None:
        with connection:
            while sent[0] < size:
                connection.sendall(block)
                sent[0] += len(block)

    def still() -> bool:
        before = sent[0]
        return before > 0 and not gate.wait(0.1) and sent[0] == before

    with door_to(serve) as door, socket.create_connection(door.address, timeout=30) as client:
        eventually(still)
        assert sent[0] < size / 2
        digest, count = hashlib.sha256(), 0
        while data := client.recv(CHUNK):
            digest.update(data)
            count += len(data)
        assert count == size
        assert digest.hexdigest() == hashlib.sha256(block * (size // len(block))).hexdigest()


def test_closing_lets_a_request_in_flight_finish_and_takes_no_new_one() -> None:
    answer = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.recv(1)
            answer.wait(10)
            connection.sendall(b"done")

    with door_to(serve) as door, socket.create_connection(door.address, timeout=10) as client:
        client.sendall(b"?")
        passed(door, 1)
        address = door.address
        closing = threading.Thread(target=door.close, args=(10,))
        closing.start()
        eventually(lambda: refused(address))
        answer.set()
        assert everything(client) == b"done"
        client.close()
        closing.join(10)
        assert not closing.is_alive()
        assert [one.outcome for one in door.connections() if one.sent] == [Outcome.CLOSED]


def refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except ConnectionError:
        return True
    return False


def test_closing_resets_what_does_not_finish_in_time() -> None:
    with door_to(wait_for_the_end) as door, socket.create_connection(door.address, timeout=10) as client:
        client.sendall(b"?")
        passed(door, 1)
        door.close(0.05)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert only(door).outcome == Outcome.CUT


def test_a_cut_region_resets_its_open_connections() -> None:
    with door_to(wait_for_the_end) as door, socket.create_connection(door.address, timeout=10) as client:
        client.sendall(b"?")
        passed(door, 1)
        door.cut("us-west-2")
        door.cut("us-east-1")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert ended(door).outcome == Outcome.CUT


def test_an_idle_connection_is_reset() -> None:
    """AWS's 340 s, made short."""
    door_with_little_patience = door_to(wait_for_the_end, idle_seconds=0.05)
    with (
        door_with_little_patience as door,
        socket.create_connection(door.address, timeout=10) as client,
    ):
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert only(door).outcome == Outcome.IDLE


def test_a_connection_that_has_only_just_come_is_not_idle() -> None:
    """At no turn of the loop, from the accepting on."""
    longest = 0.0

    async def look() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            longest = max([longest, *(loop.time() - one.last_byte for one in door._open)])
            await asyncio.sleep(0)

    door = FrontDoor(lambda: None, lambda _: None, lambda: 0.0, FrontDoorConfig(port=0), background=[look])
    door.start()
    for _ in range(10):
        reset_on_arrival(door)
    door.close()
    assert longest < 5.0, "seconds; ended by the door where its clock has gone that far"


def test_a_port_in_use_is_an_error_of_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        door = FrontDoor(
            lambda: None, lambda _: None, lambda: 0.0, FrontDoorConfig(port=other.getsockname()[1])
        )
        with pytest.raises(OSError, match="in use"):
            door.start()
        door.close()


def reset_on_arrival(door: FrontDoor) -> None:
    """A connection gets a TCP reset, no matter how soon, and no end of stream."""
    with pytest.raises(ConnectionResetError), socket.create_connection(door.address, timeout=10) as client:
        client.recv(1)


def test_an_unreachable_endpoint_is_a_reset_not_an_end() -> None:
    """As Global Accelerator does when its handshake with the endpoint fails."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = nobody.getsockname()
    route = Route("us-east-1", "alb", Why.NEAREST)
    door = FrontDoor(lambda: route, {"alb": address}.get, lambda: 0.0, FrontDoorConfig(port=0))
    door.start()
    reset_on_arrival(door)
    assert ended(door).outcome == Outcome.UNREACHABLE
    door.close()


def test_a_fault_of_ours_resets_one_connection_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Route:
        raise RuntimeError("no route for you")

    door = FrontDoor(broken, lambda _: None, lambda: 0.0, FrontDoorConfig(port=0))
    door.start()
    for count in (1, 2):
        reset_on_arrival(door)
        assert len(door.connections()) == count
    assert "no route for you" in caplog.text
    door.close()
