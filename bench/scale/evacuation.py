"""One evacuation, in SimPy: the survivor's pods, autoscaler, nodes and table, and the clients that come back.

Requests are counted by the second, and a second is worked out by `serving`: a pod's queue holds a tenth of
one. Everything else, each sync, metric, pod, node and retry, is an event. Nothing is left to chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
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
        self._env = simpy.Environment()
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
        self._again: defaultdict[int, defaultdict[tuple[int, bool], float]]
        self._again = defaultdict(lambda: defaultdict(float))
        """Slice: (which try, whether of the lost Region's clients): how many come then."""
        self._metric = 0.0

    def play(self) -> list[Second]:
        """Run it to its end."""
        self._env.process(self._requests())
        self._env.process(self._metrics())
        if self.run.scaling:
            self._env.process(self._autoscaling())
        self._env.run(until=self.run.story.end)
        return self.seconds

    def _shares(self, now: float) -> tuple[float, float, float]:
        """Shares of the first tries: the survivor's clients', the lost Region's, and how many of those the
        front door sends to the survivor by now.
        """
        story = self.run.story
        if story.back_at is not None:
            gone = _ramp(now, story.lost_at, story.shift) - _ramp(now, story.back_at, story.shift)
            return story.share_before * (1 - gone), 0.0, 0.0
        lost = 1 - story.share_before if now >= story.lost_at else 0.0
        return story.share_before, lost, _ramp(now, story.lost_at + story.noticed_after, story.shift)

    def _requests(self) -> Process:
        story, number = self.run.story, 0
        while True:
            own, lost, moved = self._shares(self._env.now)
            tries = self._again.pop(number, defaultdict(float))
            tries[1, False] += story.rate * own
            tries[1, True] += story.rate * lost
            here = {each: many * (moved if each[1] else 1.0) for each, many in tries.items()}
            answered, second = self._slice(sum(here.values()))
            given_up = sum(
                self._retry(number, each, many - here[each] * answered) for each, many in tries.items()
            )
            self.seconds.append(
                msgspec.structs.replace(
                    second,
                    at=self._env.now,
                    fresh=story.rate,
                    unanswered=sum(tries.values()) - second.offered,
                    given_up=given_up,
                )
            )
            number += 1
            yield self._env.timeout(story.slice)

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

    def _retry(self, number: int, each: tuple[int, bool], many: float) -> float:
        """Let those who failed come again; return how many don't."""
        client, (nth, lost) = self.run.client, each
        if nth >= client.tries or many < 1e-9:
            return many
        spread = 2.0 ** (nth - 1) if client.backs_off else 1.0
        soonest, latest = (
            max(1, round(each * spread / self.run.story.slice)) for each in (client.first, client.last)
        )
        for later in range(soonest, latest + 1):
            self._again[number + later][nth + 1, lost] += many / (latest + 1 - soonest)
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
