"""One evacuation, in SimPy: the survivor's pods, autoscaler, nodes and table, and the clients that come back.

Requests are counted by the second, and a second is worked out by `serving`: a pod's queue holds a tenth of
one. Everything else, each sync, metric, pod, node and retry, is an event. Seeded, and nothing else is random.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import simpy

from bench.scale.scaling import Autoscaler
from bench.scale.serving import serve
from bench.scale.table import Side

if TYPE_CHECKING:
    from bench.scale.params import Run

Process = Generator[simpy.Event, Any, None]


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice was like, in requests a second."""

    at: float
    fresh: float
    """First tries of the clients', at both Regions."""
    offered: float
    """Tries at the survivor, again ones too."""
    good: float
    shed: float
    throttled: float
    """Answered 503 because the table throttled."""
    unanswered: float
    """Tries at the lost Region."""
    given_up: float
    """Clients whose last try failed."""
    pods: float
    """Ready ones, as a multiple of what all traffic takes."""
    busy: float
    wait_ms: float
    """For a thread, at the 99th percentile."""
    reads: float
    """Read units a second that the table takes."""


class Evacuation:
    """A run, as it goes. `seconds` is its history."""

    def __init__(self, run: Run) -> None:
        self.run, self.seconds = run, list[Second]()
        self._env, self._rng = simpy.Environment(), Random(run.seed)
        service, story = run.service, run.story
        self._whole = service.pods(story.rate)
        self._ready = run.headroom * self._whole
        least = self._ready if run.least is None else run.least * self._whole
        self._pods = self._ready
        self._scaler = Autoscaler(run.scaler, least, run.scaler.most * self._whole)
        before = story.rate * story.share_before
        reads, table = before * service.reads * run.table.read_units, run.table
        self._reads = Side(table.warm_reads, reads, table.doubling)
        # The lost Region's writes came by replication: every replica knows them all.
        self._writes = Side(table.warm_writes, story.rate * (1 - service.reads), table.doubling)
        self._room = run.cluster.room * self._pods
        self._again: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
        """Slice: which try: how many come then."""
        self._metric = 0.0

    def play(self) -> list[Second]:
        """Run it to its end."""
        self._env.process(self._requests())
        self._env.process(self._metrics())
        if self.run.scaling:
            self._env.process(self._autoscaling())
        self._env.run(until=self.run.story.end)
        return self.seconds

    def _survivors(self, now: float) -> tuple[float, float]:
        """Shares of the first tries: that come to the survivor, and that nobody answers."""
        story = self.run.story
        if story.back_at is not None:
            gone = _ramp(now, story.lost_at, story.shift) - _ramp(now, story.back_at, story.shift)
            return story.share_before * (1 - gone), 0.0
        lost = 1 - story.share_before
        moved = lost * _ramp(now, story.lost_at + story.noticed_after, story.shift)
        return story.share_before + moved, lost - moved if now >= story.lost_at else 0.0

    def _requests(self) -> Process:
        story, number = self.run.story, 0
        while True:
            span = story.slice
            here, nowhere = self._survivors(self._env.now)
            tries = self._again.pop(number, defaultdict(float))
            tries[1] += story.rate * here
            lost = {1: story.rate * nowhere} if nowhere else {}
            answered, second = self._slice(sum(tries.values()))
            failed = 1 - answered
            given_up = sum(
                self._retry(number, nth, many * failed) for nth, many in tries.items() if failed > 1e-12
            )
            given_up += sum(self._retry(number, nth, many) for nth, many in lost.items())
            self.seconds.append(
                msgspec.structs.replace(
                    second,
                    at=self._env.now,
                    fresh=story.rate,
                    unanswered=story.rate * nowhere,
                    given_up=given_up,
                )
            )
            number += 1
            yield self._env.timeout(span)

    def _slice(self, offered: float) -> tuple[float, Second]:
        """Serve a slice; return the share of the tries that got what they wanted."""
        service, table, span = self.run.service, self.run.table, self.run.story.slice
        workers = self._ready * service.workers
        did = serve(service, workers, offered, reads=self._reads, writes=self._writes, units=table.read_units)
        self._reads.grow(did.reads * table.read_units, span)
        self._writes.grow(did.writes, span)
        return (did.good / offered if offered else 1.0), Second(
            at=0.0,
            fresh=0.0,
            offered=offered,
            good=did.good,
            shed=did.shed,
            throttled=did.throttled,
            unanswered=0.0,
            given_up=0.0,
            pods=self._ready / self._whole,
            busy=did.busy,
            wait_ms=did.wait * 1000,
            reads=self._reads.takes,
        )

    def _retry(self, number: int, nth: int, many: float) -> float:
        """Let those who failed come again; return how many don't."""
        client = self.run.client
        if nth >= client.tries:
            return many
        spread = 2.0 ** (nth - 1) if client.backs_off else 1.0
        parts = 8
        for _ in range(parts):
            pause = self._rng.uniform(client.first, client.last) * spread
            self._again[number + max(1, round(pause / self.run.story.slice))][nth + 1] += many / parts
        return 0.0

    def _metrics(self) -> Process:
        """Keep the mean utilisation of the last window, taken every so often."""
        scaler = self.run.scaler
        while True:
            yield self._env.timeout(scaler.resolution)
            window = [one.busy for one in self.seconds if one.at > self._env.now - scaler.window]
            self._metric = sum(window) / len(window)

    def _autoscaling(self) -> Process:
        scaler = self.run.scaler
        yield self._env.timeout(scaler.sync + 1.0)
        while True:
            wanted = self._scaler.decide(self._env.now, self._pods, self._ready, self._metric)
            if wanted > self._pods:
                self._env.process(self._start(wanted - self._pods))
            elif wanted < self._pods:
                self._ready -= min(self._ready, self._pods - wanted)
            self._pods = wanted
            yield self._env.timeout(scaler.sync)

    def _start(self, pods: float) -> Process:
        """Start pods: first on nodes that are there, then on nodes that come."""
        cluster = self.run.cluster
        fits = min(pods, self._room)
        self._room -= fits
        if fits:
            self._env.process(self._ready_after(fits, cluster.pod_start))
        if pods > fits and cluster.node_start is not None:
            yield self._env.timeout(cluster.node_start)
            yield from self._ready_after(pods - fits, cluster.pod_start)

    def _ready_after(self, pods: float, seconds: float) -> Process:
        yield self._env.timeout(seconds)
        self._ready = min(self._ready + pods, self._pods)


def _ramp(now: float, start: float, seconds: float) -> float:
    return min(max((now - start) / seconds, 0.0), 1.0)
