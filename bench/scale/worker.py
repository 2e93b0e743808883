"""One worker, request by request, in SimPy: what `formulas` is held against. Seeded."""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import simpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.scale.params import Service

Process = Generator[simpy.Event, Any, None]


class Counts(msgspec.Struct):
    """What became of the requests, from `since` on."""

    since: float = 0.0
    offered: int = 0
    shed: int = 0
    done: int = 0
    throttled: int = 0
    """Answered 503 for DynamoDB: the second attempt was throttled too."""
    busy: float = 0.0
    waits: list[float] = []


class Worker:
    """Threads, a core, a bounded queue; `throttled` is the share of DynamoDB's answers that are throttles."""

    def __init__(
        self, env: simpy.Environment, service: Service, rng: Random, *, throttled: float = 0.0
    ) -> None:
        self.counts = Counts()
        self._env, self._service, self._rng = env, service, rng
        self._throttled = throttled
        self._core = simpy.Resource(env, 1)
        self._threads = simpy.Resource(env, service.threads)

    def take(self) -> None:
        """Let a request come in."""
        counted = self._env.now >= self.counts.since
        self.counts.offered += counted
        room = self._service.queue_room * self._service.threads
        if self._threads.count == self._threads.capacity and len(self._threads.queue) >= room:
            self.counts.shed += counted
            return
        self._env.process(self._handle(counted))

    def _handle(self, counted: bool) -> Process:
        came = self._env.now
        with self._threads.request() as thread:
            late = self._env.timeout(self._service.queue_seconds)
            yield thread | late
            if not thread.triggered:
                self.counts.shed += counted
                return
            if counted:
                self.counts.waits.append(self._env.now - came)
            yield from self._compute(self._service.cpu, counted)
            yield from self._wait_for_dynamodb()
            if self._rng.random() < self._throttled:
                yield self._env.timeout(self._rng.random())  # botocore's standard mode: up to a second, once
                yield from self._compute(self._service.attempt_ms / 1000, counted)
                yield from self._wait_for_dynamodb()
                if self._rng.random() < self._throttled:
                    self.counts.throttled += counted
                    return
            self.counts.done += counted

    def _compute(self, mean: float, counted: bool) -> Process:
        took = self._rng.expovariate(1 / mean)
        with self._core.request() as core:
            yield core
            yield self._env.timeout(took)
        self.counts.busy += took if counted else 0.0

    def _wait_for_dynamodb(self) -> Process:
        yield self._env.timeout(self._rng.expovariate(1000 / self._service.dynamodb_ms))


def arrivals(
    env: simpy.Environment, rate: Callable[[float], float], take: Callable[[], None], rng: Random
) -> Process:
    """Let requests come, at random, at a rate that may change with the time."""
    while True:
        yield env.timeout(rng.expovariate(rate(env.now)))
        take()


def exactly(
    service: Service, offered: float, seconds: float, *, throttled: float = 0.0, seed: int = 1
) -> Counts:
    """Run one worker; count after its first two seconds."""
    env, rng = simpy.Environment(), Random(seed)
    one = Worker(env, service, rng, throttled=throttled)
    one.counts.since = 2.0
    env.process(arrivals(env, lambda _: offered, one.take, rng))
    env.run(until=2.0 + seconds)
    return one.counts
