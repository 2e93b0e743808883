"""The simulated evacuation: reproducible, and the same as one that is simulated request by request."""

from random import Random

import msgspec
import pytest
import simpy
from msgspec.structs import replace

from bench.scale.evacuation import Evacuation, Second
from bench.scale.params import Client, Cluster, Run, Scaler, Service, Story, Table
from bench.scale.scaling import Autoscaler
from bench.scale.sweep import outcome, runs
from bench.scale.worker import Worker, arrivals

ONE_TRY = Client(tries=1)
STANDBY = Story(share_before=0.0, end=400.0)


def play(**changed: object) -> list[Second]:
    return Evacuation(replace(Run(name="", headroom=1.25, story=STANDBY), **changed)).play()


def test_one_run_is_one_history() -> None:
    again = [msgspec.json.encode(play(headroom=headroom)) for headroom in (0.7, 0.7, 0.71)]
    assert again[0] == again[1] != again[2]


def test_nothing_is_lost_or_made() -> None:
    for one in play(headroom=0.7):
        assert one.good + one.shed + one.throttled == pytest.approx(one.offered)
        assert one.good <= one.offered
    seconds = play(headroom=0.7, client=ONE_TRY)
    failed = sum(one.shed + one.throttled + one.unanswered for one in seconds)
    assert sum(one.given_up for one in seconds) == pytest.approx(failed)


@pytest.mark.parametrize("headroom", [0.8, 1.3])
def test_the_same_request_by_request(headroom: float) -> None:
    """Two workers, their traffic doubled at once, no scaling; in SimPy each request is events of its own."""
    service = Service()
    full = 2 / service.cpu / headroom  # of which two workers are `headroom`
    story = Story(rate=full, lost_at=4.0, noticed_after=0.0, shift=0.001, end=12.0)
    run = Run(name="", headroom=headroom, scaling=False, client=ONE_TRY, story=story)
    seconds = [one for one in Evacuation(run).play() if one.at >= 5.0]

    env, rng = simpy.Environment(), Random(3)
    workers = [Worker(env, service, rng) for _ in range(2)]
    for worker in workers:
        worker.counts.since = 5.0
        env.process(arrivals(env, lambda now: full / 2 * (1.0 if now >= 4.0 else 0.5), worker.take, rng))
    env.run(until=12.0)
    exact = sum(one.counts.shed for one in workers) / sum(one.counts.offered for one in workers)
    said = sum(one.shed for one in seconds) / sum(one.offered for one in seconds)
    assert said == pytest.approx(exact, abs=0.03)
    assert (said > 0.1) is (headroom < 1)


def test_a_standby_that_is_large_enough_loses_only_what_nobody_answered() -> None:
    seconds = play()
    assert sum(one.shed for one in seconds) < 0.25 * sum(one.unanswered for one in seconds)
    assert sum(one.given_up for one in seconds) < 30 * STANDBY.rate, "while nobody answers, for 30 to 40 s"
    found = outcome(Run(name="", headroom=1.25, story=STANDBY), seconds)
    assert found.recovered_after is not None
    assert found.recovered_after < 75


def test_retries_hold_a_standby_down_that_is_only_just_large_enough() -> None:
    """At 100 % of its CPU it would do without them; with them it does not come up again by itself."""
    frozen = Cluster(node_start=None)
    alone = play(headroom=1.0, cluster=frozen, client=ONE_TRY)[-1]
    again = play(headroom=1.0, cluster=frozen)[-1]
    assert alone.good / alone.offered > 0.9
    assert again.good / again.offered < 0.6


def test_a_table_that_nobody_reads_is_cold_for_reads_alone() -> None:
    cold = play(table=Table())[-1]
    assert cold.good < 0.6 * cold.fresh
    warm = play(table=Table(warm_reads=90_000.0, warm_writes=20_000.0))[-1]
    assert warm.good == pytest.approx(warm.fresh, rel=0.01)
    writes_alone = play(table=Table(warm_reads=90_000.0))[-1]
    assert writes_alone.good == pytest.approx(warm.fresh, rel=0.01), "replication keeps it warm for writes"


def test_a_region_at_half_of_its_cpu_takes_the_other_half() -> None:
    frozen = Cluster(node_start=None)
    both = {
        target: Evacuation(
            Run(name="", headroom=0.5 / target, least=0.0, scaler=Scaler(target=target), cluster=frozen)
        ).play()[-1]
        for target in (0.45, 0.7)
    }
    assert both[0.45].good == pytest.approx(both[0.45].fresh, rel=0.01)
    assert both[0.7].good < 0.6 * both[0.7].fresh


def test_every_run_has_a_name_and_none_is_there_twice() -> None:
    for several in runs(Service()).values():
        told = [(run.name, run.headroom, run.story, run.scaler) for run in several]
        assert len(told) == len({repr(one) for one in told})


def scaled(target: float, *, pods: float, ready: float, busy: float, times: int = 1) -> float:
    scaler = Autoscaler(Scaler(target=target), least=2.0, most=1_000.0)
    for number in range(times):
        pods = scaler.decide(15.0 * number, pods, ready, busy)
    return pods


def test_the_autoscaler_is_kubernetes() -> None:
    """https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details."""
    assert scaled(0.5, pods=10, ready=10, busy=0.8) == 16
    assert scaled(0.5, pods=10, ready=10, busy=0.54) == 10, "within the tolerance"
    assert scaled(0.1, pods=10, ready=10, busy=1.0) == 20, "no more than double in 15 s"
    assert scaled(0.1, pods=2, ready=2, busy=1.0) == 6, "or 4 pods, if that is more"
    assert scaled(0.5, pods=20, ready=10, busy=0.9) == 20, "those that start count as idle"
    assert scaled(0.5, pods=10, ready=10, busy=0.1, times=1) == 2
    assert scaled(0.5, pods=1_500, ready=1_500, busy=0.5) == 1_000


def test_the_autoscaler_remembers_what_was_wanted() -> None:
    scaler = Autoscaler(Scaler(target=0.5, steady=300.0), least=2.0, most=100.0)
    assert scaler.decide(0.0, 10, 10, 0.5) == 10
    assert scaler.decide(299.0, 10, 10, 0.1) == 10
    assert scaler.decide(314.0, 10, 10, 0.1) == 2
    slow = Autoscaler(Scaler(target=0.5, steady=0.0, shrink=0.1, shrink_period=60.0), least=2.0, most=100.0)
    assert slow.decide(0.0, 100, 100, 0.1) == 90
