"""A thread stays a moment with a client that asks again: whatever comes then, and whoever else waits."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from dynamodr.serve.worker import PROBE_THREADS

from rehearsal.core.faults import Latency
from tests.contract.service.process import Serving, serving
from tests.contract.service.test_service_faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.world import World

ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
HERE = {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": "http://127.0.0.1:9", "WORKERS": "1", "THREADS": "2"}


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    with serving(HERE) as started:
        started.get("/livez")
        yield started


@pytest.fixture
def client(service: Serving) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def answers(client: socket.socket, count: int) -> bytes:
    """Read until so many answers are there."""
    data = b""
    while data.count(b'"status":"ok"') < count:
        more = client.recv(65536)
        assert more, data
        data += more
    assert data.count(b"HTTP/1.1 200 OK\r\n") == count
    return data


def test_a_client_that_asks_on_and_on_is_answered(client: socket.socket) -> None:
    for _ in range(50):
        client.sendall(ASK)
        answers(client, 1)


def test_requests_that_come_together_are_all_answered(client: socket.socket) -> None:
    client.sendall(ASK * 7)
    answers(client, 7)
    client.sendall(ASK)
    answers(client, 1)


def test_a_request_that_comes_in_parts_is_waited_for_elsewhere(client: socket.socket) -> None:
    client.sendall(ASK)
    answers(client, 1)
    for at in (4, 20, len(ASK) - 1):
        client.sendall(ASK[:at])
        time.sleep(0.02)  # more than a thread stays
        client.sendall(ASK[at:])
        answers(client, 1)


def test_what_is_no_request_is_answered_as_ever(client: socket.socket) -> None:
    client.sendall(ASK)
    answers(client, 1)
    client.sendall(b"nonsense\r\n\r\n")
    assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_clients_that_never_pause_keep_no_other_waiting(service: Serving) -> None:
    stop = threading.Event()

    def hammer() -> None:
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            while not stop.is_set():
                connection.sendall(ASK)
                answers(connection, 1)

    crowd = [threading.Thread(target=hammer) for _ in range(4)]
    for one in crowd:
        one.start()
    try:
        for _ in range(10):
            assert service.get("/livez").status == 200
    finally:
        stop.set()
        for one in crowd:
            one.join()


def test_a_probe_brings_nobody_else_along(world: "World", new_table: "Callable[[], str]") -> None:
    """While all threads are busy, what is sent behind a probe waits as it would without one."""
    one = b"GET /dynamodr/users/nobody/Doe HTTP/1.1\r\nHost: x\r\n\r\n"
    there = {"DYNAMO_ENDPOINT": world.endpoint, "TABLE_NAME": new_table()}
    with ExitStack() as stack:
        slow = stack.enter_context(serving(HERE | there))
        slow.get("/livez")

        def sent(data: bytes) -> socket.socket:
            made = stack.enter_context(socket.create_connection(("127.0.0.1", slow.port), timeout=10))
            made.sendall(data)
            return made

        stack.enter_context(fault(world, Latency(region="us-east-1", delay=1.0, operations=("GetItem",))))
        for _ in range(2):
            sent(one * 9)
        for probing in [sent(ASK + one * 9) for _ in range(PROBE_THREADS)]:
            answers(probing, 1)
        began = time.monotonic()
        assert slow.get("/livez", Connection="close").status == 200
        assert time.monotonic() - began < 1
