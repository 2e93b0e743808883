"""The closed forms against textbook numbers, and against SimPy request by request."""

from random import Random

import pytest
import simpy
from msgspec.structs import replace

from bench.scale import formulas
from bench.scale.params import Service
from bench.scale.worker import Process, exactly

SERVICE = Service()
FLOWS = formulas.flow(SERVICE.threads, SERVICE.cpu, SERVICE.dynamodb_ms / 1000)


@pytest.mark.parametrize(
    ("servers", "load", "blocked"), [(1, 1.0, 0.5), (5, 3.0, 0.1101), (10, 5.0, 0.0184), (20, 20.0, 0.1589)]
)
def test_erlang_b_is_the_tables(servers: int, load: float, blocked: float) -> None:
    assert formulas.erlang_b(servers, load) == pytest.approx(blocked, abs=5e-5)


def test_erlang_c_of_one_server_is_its_load() -> None:
    assert formulas.erlang_c(1, 0.7) == pytest.approx(0.7)
    assert formulas.erlang_c(2, 1.0) == pytest.approx(1 / 3)


def queueing(servers: int, load: float, customers: int, *, turned_away: bool) -> float:
    """M/M/c in SimPy: the share that had to wait, or was turned away."""
    env, rng = simpy.Environment(), Random(1)
    pool, met = simpy.Resource(env, servers), [0]

    def customer() -> Process:
        if pool.count == servers:
            met[0] += 1
            if turned_away:
                return
        with pool.request() as place:
            yield place
            yield env.timeout(rng.expovariate(1.0))

    def come() -> Process:
        for _ in range(customers):
            yield env.timeout(rng.expovariate(load))
            env.process(customer())

    env.process(come())
    env.run()
    return met[0] / customers


def test_simpy_agrees_with_erlang() -> None:
    lost = queueing(8, 6.0, 30_000, turned_away=True)
    assert lost == pytest.approx(formulas.erlang_b(8, 6.0), rel=0.06)
    waits = queueing(8, 6.0, 30_000, turned_away=False)
    assert waits == pytest.approx(formulas.erlang_c(8, 6.0), rel=0.06)


def test_a_worker_without_dynamodb_is_a_bounded_m_m_1() -> None:
    """One core and nothing else: M/M/1/K, whose blocking is known."""
    flows, most = formulas.flow(4, 0.01, 0.0), 4 + 16
    for load in (0.5, 0.9, 1.5):
        expected = (1 - load) * load**most / (1 - load ** (most + 1))
        assert formulas.worker(load / 0.01, flows, 0.01, 16, 10.0).shed == pytest.approx(expected)


def test_threads_that_wait_for_dynamodb_alone_are_a_loss_system() -> None:
    """No core to speak of and next to no room: M/M/c/c+1, which is nearly Erlang's."""
    flows = formulas.flow(10, 1e-9, 0.5)
    assert flows[9] == pytest.approx(20.0)
    shed = formulas.worker(16.0, flows, 1e-9, 0, 10.0).shed
    assert 0.5 * formulas.erlang_b(10, 8.0) < shed < formulas.erlang_b(10, 8.0)


@pytest.mark.parametrize("load", [0.6, 0.9, 1.2, 2.0])
def test_a_worker_does_what_its_simulation_does(load: float) -> None:
    offered = load / SERVICE.cpu
    exact = exactly(SERVICE, offered, 24.0)
    said = formulas.worker(
        offered, FLOWS, SERVICE.cpu, SERVICE.queue_room * SERVICE.threads, SERVICE.queue_seconds
    )
    assert exact.shed / exact.offered == pytest.approx(said.shed, abs=0.03)
    assert exact.done / 24.0 == pytest.approx(said.rate, rel=0.04)
    assert exact.busy / 24.0 == pytest.approx(said.busy, abs=0.04)
    wait = sorted(exact.waits)[int(len(exact.waits) * 0.99)]
    assert wait == pytest.approx(said.wait, abs=0.03)


def test_threads_that_wait_out_throttles_are_what_runs_out() -> None:
    """A third of DynamoDB's answers are throttles: the core idles, and most of the requests are shed."""
    throttled, offered = 0.33, 600.0
    exact = exactly(SERVICE, offered, 30.0, throttled=throttled)
    cpu = SERVICE.cpu + throttled * SERVICE.attempt_ms / 1000
    away = (1 + throttled) * SERVICE.dynamodb_ms / 1000 + throttled * SERVICE.waits_out
    said = formulas.worker(offered, formulas.flow(SERVICE.threads, cpu, away), cpu, 64, 1.0)
    assert said.shed > 0.8
    assert exact.shed / exact.offered == pytest.approx(said.shed, abs=0.03)
    assert exact.busy / 30.0 < 0.3


def test_the_queue_is_the_services_own() -> None:
    """Were the service's numbers others, so would these be."""
    assert (SERVICE.queue_room, SERVICE.queue_seconds, SERVICE.threads, SERVICE.workers) == (4, 1.0, 16, 2)
    assert replace(SERVICE, reads=1.0).cpu == pytest.approx(SERVICE.get_ms / 1000)
