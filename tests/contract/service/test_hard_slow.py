"""Clients that send or read too slowly, in numbers that would take every thread if each could have one."""

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dynamodr.serve import arrival

from tests.contract.service.process import Serving, eventually, serving

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from rehearsal.world import World

THREADS = 4
MANY = 3 * THREADS
HEAD = b"POST /dynamodr/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def fat(new_table: "Callable[[], str]", dynamodb: "DynamoDBClient") -> str:
    """A table whose page is larger than any socket's buffer."""
    table = new_table()
    for number in range(120):
        item = {"username": {"S": f"fat{number}"}, "last_name": {"S": "Doe"}, "name": {"S": "x" * 100_000}}
        dynamodb.put_item(TableName=table, Item=item)
    return table


@pytest.fixture(scope="module")
def service(world: "World", fat: str) -> Iterator[Serving]:
    variables = {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": world.endpoint, "TABLE_NAME": fat}
    with serving(variables | {"WORKERS": "1", "THREADS": str(THREADS)}) as service:
        yield service


@pytest.fixture
def many(service: Serving) -> Iterator[list[socket.socket]]:
    """Connections, more than threads."""
    with ExitStack() as stack:
        made = []
        for _ in range(MANY):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(15)
            connection.connect(("127.0.0.1", service.port))
            made.append(connection)
        yield made


def answers(service: Serving) -> None:
    """Others are served as if nobody else were there: reads, probes and writes."""
    began = time.monotonic()
    assert service.get("/dynamodr/users/nobody/Doe", Connection="close").status == 404
    assert service.get("/livez", Connection="close").status == 200
    assert service.http.request("POST", service.url + "/dynamodr/add-user").status == 201
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        HEAD + b'Content-Length: 200\r\n\r\n{"username": "slow',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 200\r\n\r\n",
        HEAD + b"Content-Length: 200 \r\n\r\n{",
        HEAD + b"Content-Length: 00000000000000000000200\r\n\r\n{",
        HEAD + b"Transfer-Encoding: identity, chunked\r\n\r\n10\r\n{",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n10\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n000000010\r\n{",
    ],
    ids=["header", "body", "chunks", "expecting", "space", "zeros", "identity", "gzip", "size"],
)
def test_who_sends_slowly_holds_no_thread(service: Serving, many: list[socket.socket], sent: bytes) -> None:
    for byte in (sent[:3], sent[3:9], sent[9:-1], sent[-1:]):
        for connection in many:
            connection.sendall(byte)
    for _ in range(3):
        for connection in many:
            connection.sendall(b" ")
        answers(service)


def test_who_reads_nothing_holds_few_threads(service: Serving, many: list[socket.socket]) -> None:
    for connection in many:
        connection.sendall(b"GET /dynamodr?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: _served(service))
    answers(service)


def _served(service: Serving) -> bool:
    pages = 'dynamodr_http_requests_total{method="GET",route="/dynamodr",status="200"}'
    shed = 'dynamodr_http_requests_total{method="other",route="shed",status="503"}'
    samples = service.metrics()
    return samples.get(pages, 0) + samples.get(shed, 0) >= MANY


def test_who_is_too_slow_is_told(service: Serving) -> None:
    """Dripping buys no time."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as slow:
        began = time.monotonic()
        slow.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        slow.settimeout(0.25)
        answer = b""
        while not answer:
            assert time.monotonic() - began < 18
            try:
                answer = slow.recv(4096)
            except TimeoutError:
                slow.sendall(b"a")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"/dynamodr/problems/request-timeout"' in answer
    assert time.monotonic() - began > 9


def test_many_idle_connections_make_room(service: Serving) -> None:
    """More than a worker takes: who has been silent for longest goes, and nobody new is kept waiting."""
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))
            for _ in range(1005)
        ]
        answers(service)
        assert silent[0].recv(1) == b""
        silent[-1].sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert silent[-1].recv(12) == b"HTTP/1.1 200"


def test_a_worker_outlives_who_speaks_as_it_must_go(service: Serving) -> None:
    """While the worker is held, a newcomer comes, and then a request of who makes room for it."""
    eventually(lambda: len(service.workers()) == 1)
    (worker,) = service.workers()
    ask = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:

        def connected() -> socket.socket:
            return stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))

        silent = [connected() for _ in range(1000)]
        assert silent[0].recv(1) == b""  # so all have been taken
        eventually(lambda: state(worker) == "S")
        oldest = next(one for one in silent if select.select([one], [], [], 0) == ([], [], []))
        os.kill(worker, signal.SIGSTOP)
        try:
            eventually(lambda: state(worker) == "T")
            newcomer = connected()
            oldest.sendall(ask)
        finally:
            os.kill(worker, signal.SIGCONT)
        for one in (newcomer, silent[-1]):
            one.sendall(ask)
            assert one.recv(12) == b"HTTP/1.1 200"
    assert service.workers() == [worker]


def state(process: int) -> str:
    """What it does: S, it sleeps; T, it is held (proc(5))."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_expecting_clients_are_asked_for_the_body_once(service: Serving) -> None:
    body = b'{"username": "patient", "last_name": "Doe", "name": "P", "mail": "p@example.org"}'
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        client.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert client.recv(100).startswith(b"HTTP/1.1 201 ")


def test_requests_sent_ahead_are_answered_in_turn(service: Serving) -> None:
    one = b"GET /dynamodr/users/nobody/Doe HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        client.sendall(one * 3 + one[:20])
        seen = b""
        while seen.count(b"HTTP/1.1 404") < 3:
            seen += client.recv(65536)
        client.sendall(one[20:].replace(b"Host: x", b"Host: x\r\nConnection: close"))
        while data := client.recv(65536):
            seen += data
    assert seen.count(b"HTTP/1.1 404") == 4


def test_the_limits_agree_with_the_inputs() -> None:
    from dynamodr.serve import inputs

    assert arrival.MAX_BODY == inputs.MAX_BODY
