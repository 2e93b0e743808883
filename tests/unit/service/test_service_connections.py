"""What becomes of connections when much happens at once: a worker's main thread, turned by hand."""

import errno
import logging
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from dynamodr.serve.balance import Balance
from dynamodr.serve.connection import Connection
from dynamodr.serve.connections import ARRIVAL_SECONDS, Connections
from gunicorn.config import Config

ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
ROOM = 3


class Hand(Connections):
    """Keeps what is admitted; no thread answers it."""

    def __init__(self, listener: socket.socket) -> None:
        config = Config()
        config.set("worker_connections", ROOM + 1)
        app = SimpleNamespace(balance=Balance(1), settings=SimpleNamespace(base_path="/dynamodr"))
        super().__init__(1, 0, [listener], app, 30, config, logging.getLogger("test"))
        self._patience = threading.BoundedSemaphore(1)
        self.admitted: list[Connection] = []
        self.poller = selectors.DefaultSelector()
        self.set_accept_enabled(True)

    def turn(self) -> None:
        """Do what there is to do now."""
        self.wait_for_and_dispatch_events(0)

    def keep(self, conn: Connection) -> None:
        """Keep a connection, as after an answer."""
        conn.arrival = type(conn.arrival)()
        self.keepalived_conns.append(conn)
        self.poller.register(
            conn.sock, selectors.EVENT_READ, lambda sock: self.on_client_socket_readable(conn, sock)
        )

    def end(self) -> None:
        """Close what is open."""
        watched = [key.fileobj for key in self.poller.get_map().values()]
        for sock in [*watched, *(conn.sock for conn in self.admitted)]:
            sock.close()
        self.poller.close()
        self.tmp.close()

    def _admit(self, conn: Connection) -> None:
        self.admitted.append(conn)


def gone(client: socket.socket) -> bool:
    """Read to the end, orderly or not."""
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def worker(stack: ExitStack) -> Hand:
    worker = Hand(stack.enter_context(socket.create_server(("127.0.0.1", 0))))
    stack.callback(worker.end)
    return worker


@pytest.fixture
def connect(worker: Hand, stack: ExitStack) -> Any:
    def connected() -> socket.socket:
        return stack.enter_context(socket.create_connection(worker.sockets[0].getsockname(), timeout=10))

    return connected


@pytest.mark.parametrize("state", ["silent", "kept", "arriving", "lingering"])
def test_who_must_go_may_speak_at_that_very_moment(worker: Hand, connect: Any, state: str) -> None:
    """One look at the sockets finds a newcomer, and behind it a byte of who makes room for it."""
    clients = []
    for _ in range(ROOM):
        clients.append(connect())
        if state != "silent":
            clients[-1].sendall(ASK[:9] if state == "arriving" else ASK)
        worker.turn()
    for conn in worker.admitted:
        if state == "kept":
            worker.keep(conn)
        else:
            worker._close(conn)
    newcomer = connect()
    clients[0].sendall(ASK[9:] if state == "arriving" else ASK)
    worker.turn()
    assert worker.nr_conns == ROOM
    newcomer.sendall(ASK)
    worker.turn()
    assert worker.admitted[-1].sock.getpeername() == newcomer.getsockname()
    assert gone(clients[0])


def test_no_byte_buys_time_and_no_other_client_lends_any(worker: Hand, connect: Any) -> None:
    first, second = connect(), connect()
    first.sendall(ASK[:4])
    worker.turn()
    late = time.monotonic() + ARRIVAL_SECONDS
    second.sendall(ASK[:4])
    worker.turn()
    first.sendall(ASK[4:6])
    worker.turn()
    worker._sweep(late)
    assert first.recv(4096).startswith(b"HTTP/1.1 408 ")
    second.sendall(ASK[4:])
    worker.turn()
    assert [conn.sock.getpeername() for conn in worker.admitted] == [second.getsockname()]
    assert worker._arriving == {}


def test_a_worker_without_a_file_descriptor_left_makes_room(worker: Hand, connect: Any) -> None:
    class Full:
        def accept(self) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

    idle = connect()
    worker.turn()
    assert not worker._accept_one(Full())
    assert gone(idle)
    assert worker.nr_conns == 0


def test_a_worker_whose_master_is_gone_stops_as_if_told_to(worker: Hand) -> None:
    """Else it would keep connections for as long as ever, and wait for them for all the time it may."""
    assert worker.alive
    assert not worker.is_parent_alive()  # it is nobody's
    assert not worker.alive
