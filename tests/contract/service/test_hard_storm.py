"""More than can be served: some are served, others told at once, the probes pass, and it is soon over."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rehearsal.core.faults import Latency
from tests.contract.service.process import Serving, serving
from tests.contract.service.test_service_faults import fault

if TYPE_CHECKING:
    from rehearsal.world import World

THREADS = 4
CALL = 0.2
CAPACITY = THREADS / CALL  # requests a second
STORM_SECONDS = 2.5
REQUEST = b"GET /dynamodr/users/nobody/Doe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def service(world: "World", new_table: "Callable[[], str]") -> Iterator[Serving]:
    variables = {
        "AWS_REGION": "us-east-1",
        "DYNAMO_ENDPOINT": world.endpoint,
        "TABLE_NAME": new_table(),
        "WORKERS": "1",
        "THREADS": str(THREADS),
    }
    with serving(variables) as service:
        yield service


def ask(port: int, request: bytes = REQUEST) -> tuple[int, float, bytes]:
    """A request on a connection of its own: status, seconds, head."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        connection.sendall(request)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return int(answer[9:12]), time.monotonic() - began, answer.partition(b"\r\n\r\n")[0]


def test_a_storm_is_shed_and_soon_forgotten(world: "World", service: Serving) -> None:
    port = service.port
    assert ask(port)[0] == 404
    with (
        fault(world, Latency(region="us-east-1", delay=CALL, operations=("GetItem",))),
        ThreadPoolExecutor(160) as crowd,
    ):
        answers = []
        probes: list[float] = []
        over = threading.Event()

        def probe() -> None:
            while not over.wait(0.3):
                status, seconds, _ = ask(port, REQUEST.replace(b"/dynamodr/users/nobody/Doe", b"/livez"))
                assert status == 200
                probes.append(seconds)

        kubelet = crowd.submit(probe)
        began = time.monotonic()
        sent = 0
        while (now := time.monotonic() - began) < STORM_SECONDS:
            while sent < now * CAPACITY * 10:
                answers.append(crowd.submit(ask, port))
                sent += 1
            time.sleep(0.005)
        ended = time.monotonic()
        tries = 1
        while (again := ask(port))[0] != 404:
            assert time.monotonic() - ended < 2.0
            tries += 1
            time.sleep(0.05)
        recovered = time.monotonic() - ended
        over.set()
        kubelet.result()
        told = [answer.result() for answer in answers]
    counts = Counter(status for status, _, _ in told)
    slowest = max(seconds for _, seconds, _ in told)
    line = f"storm: {sent} requests in {STORM_SECONDS} s, {dict(counts)}, slowest {slowest:.2f} s, "
    line += f"probes {len(probes)}, slowest {max(probes):.2f} s, recovered in {recovered:.2f} s"
    print(line)
    assert set(counts) == {404, 503}, line
    assert counts[404] >= CAPACITY * STORM_SECONDS * 0.5, line  # what can be served is
    assert all(b"Retry-After: " in head for status, _, head in told if status == 503)
    # A queue's wait, a call, and the pace of a machine that runs other tests too.
    assert slowest < 1.0 + 2 * CALL + 2.0, line
    assert max(probes) < 1.5, line
    assert recovered < 2.0, line
    assert again[1] < 2.0, line
    shed = service.metrics()['dynamodr_http_requests_total{method="other",route="shed",status="503"}']
    assert shed == counts[503] + tries - 1, line
    refused = [line for line in service.lines if line["message"] == "refused"]
    assert 1 <= len(refused) <= STORM_SECONDS + 4  # a line a second, not one each
