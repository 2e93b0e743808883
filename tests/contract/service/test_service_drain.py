"""SIGTERM: unready at once, serving on, then gone; no request lost that anybody sent in good faith."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from rehearsal.core.faults import Latency
from tests.contract.service.process import Serving, eventually, serving
from tests.contract.service.test_service_faults import fault

if TYPE_CHECKING:
    from rehearsal.world import World


class Client(threading.Thread):
    """Sends as a load balancer does: until readiness fails and a moment after, keeping a connection for as
    long as the service keeps it, or taking a new one each time."""

    def __init__(self, service: Serving, stop: threading.Event, *, keep: bool) -> None:
        super().__init__(daemon=True)
        self.port, self.stop, self.keep = service.port, stop, keep
        self.statuses: list[int] = []
        self.closes = 0
        self.lost: list[str] = []
        self.start()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.stop.is_set():
            try:
                connection.request("GET", "/dynamodr/users/nobody/Doe")
                response = connection.getresponse()
                response.read()
                self.statuses.append(response.status)
                self.closes += response.will_close
                if not self.keep:
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
        connection.close()


@pytest.fixture(scope="module")
def variables(world: "World", new_table: Callable[[], str]) -> dict[str, str]:
    return {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": world.endpoint, "TABLE_NAME": new_table()}


def test_under_load_nothing_is_lost(variables: dict[str, str]) -> None:
    with serving(variables | {"DRAIN_SECONDS": "2"}) as service:
        assert service.get("/readyz").status == 200
        stop = threading.Event()
        clients = [Client(service, stop, keep=keep) for keep in (True, True, False, False)]
        eventually(lambda: all(len(client.statuses) > 5 for client in clients))
        service.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        service.said("draining")
        assert service.get("/readyz").status == 503
        assert service.get("/healthz/region").status == 503
        assert service.get("/livez").status == 200
        assert time.monotonic() - told < 1.5
        counts = [len(client.statuses) for client in clients]
        eventually(lambda: all(len(c.statuses) > n + 5 for c, n in zip(clients, counts, strict=True)))
        assert service.process.poll() is None
        stop.set()
        for client in clients:
            client.join(10)
        assert service.stop() == 0
    assert [client.lost for client in clients] == [[], [], [], []]
    # 503 is what DynamoDB's being slow would make of one, on a machine with much else to do; lost is lost.
    assert {404} <= {status for client in clients for status in client.statuses} <= {404, 503}
    for client in clients:
        if client.keep:
            assert client.closes > 0
    requests = [line for line in service.lines if line.get("route", "").endswith("{last_name}")]
    assert len(requests) == sum(len(client.statuses) for client in clients)
    assert [line for line in service.garbage if line] == []


def ask(port: int, path: str = "/dynamodr/users/nobody/Doe") -> Future[int]:
    """Send a request on a connection of its own; its status comes when it comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request("GET", path)
    status: Future[int] = Future()

    def read() -> None:
        try:
            response = connection.getresponse()
            response.read()
            status.set_result(response.status)
        except (OSError, http.client.HTTPException) as error:
            status.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=read, daemon=True).start()
    return status


def test_requests_in_flight_are_finished(world: "World", variables: dict[str, str]) -> None:
    """One worker with one thread: the others wait their turn inside the worker."""
    with serving(variables | {"WORKERS": "1", "THREADS": "1"}) as service:
        assert service.get("/dynamodr/users/nobody/Doe").status == 404
        with fault(world, Latency(region="us-east-1", delay=0.6, operations=("GetItem",))):
            asked = [ask(service.port) for _ in range(3)]
            assert service.stop() == 0
            assert [status.result(15) for status in asked] == [404, 404, 404]


def test_requests_that_only_the_kernel_has_accepted_are_finished(variables: dict[str, str]) -> None:
    """A worker that is not looking has connections in its backlog when the stop comes."""
    with serving(variables | {"WORKERS": "1"}) as service:
        assert service.get("/livez").status == 200
        (worker,) = service.workers()
        os.kill(worker, signal.SIGSTOP)
        asked = [ask(service.port, "/livez") for _ in range(5)]
        service.process.send_signal(signal.SIGTERM)
        service.line(lambda line: "Handling signal: term" in line["message"])
        time.sleep(0.5)  # the master has told the worker by now; there is nothing to see it by
        os.kill(worker, signal.SIGCONT)
        assert service.process.wait(30) == 0
        assert [status.result(15) for status in asked] == [200] * 5


def test_a_connection_made_but_not_yet_used_when_the_stop_comes_is_served(variables: dict[str, str]) -> None:
    with serving(variables | {"DRAIN_SECONDS": "0.5"}) as service:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        connection.connect()
        service.process.send_signal(signal.SIGTERM)
        service.line(lambda line: line["message"] == "draining")
        time.sleep(1.0)  # the drain is over, the stop has begun
        connection.request("GET", "/livez")
        response = connection.getresponse()
        assert (response.status, response.will_close) == (200, True)
        connection.close()
        assert service.process.wait(20) == 0


def test_a_second_sigterm_ends_the_wait(variables: dict[str, str]) -> None:
    with serving(variables | {"DRAIN_SECONDS": "60"}) as service:
        service.process.send_signal(signal.SIGTERM)
        service.said("draining")
        assert service.get("/livez").status == 200
        assert service.stop() == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGQUIT])
def test_an_interrupt_stops_at_once(variables: dict[str, str], sent: signal.Signals) -> None:
    with serving(variables | {"DRAIN_SECONDS": "60"}) as service:
        assert service.stop(sent) == 0
