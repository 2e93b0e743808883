"""Which evacuations are simulated, and what each comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from bench.scale.evacuation import Evacuation, Second
from bench.scale.params import Client, Cluster, Run, Scaler, Service, Story, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADROOMS = (0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4)
CLUSTERS = {
    "no node comes": Cluster(node_start=None),
    "a node takes 3 minutes": Cluster(node_start=180.0),
    "a node takes 1 minute": Cluster(node_start=60.0),
    "room on the nodes": Cluster(room=100.0),
}
TARGETS = (0.75, 0.7, 0.6, 0.5, 0.45, 0.4)
# Active and passive: with no traffic before, no autoscaler made the survivor larger than its `minReplicas`.
STANDBY = Story(share_before=0.0)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a few numbers."""

    name: str
    headroom: float
    failed: float
    """Share of the tries, from the loss on, that got no good answer."""
    given_up: float
    """Share of the clients, in that time, of whom no try did."""
    recovered_after: float | None
    """Seconds from the loss until 99 % of the tries are good, and stay so; None: not by the end."""
    wait_ms: float
    """For a thread, at the 99th percentile, in the worst second."""
    pods_after: float
    """Of what all traffic takes, at the end."""


def outcome(run: Run, seconds: Sequence[Second]) -> Outcome:
    """Sum a run up."""
    began = run.story.lost_at if run.story.back_at is None else run.story.back_at
    after = [one for one in seconds if one.at >= began]
    bad = [one.at for one in after if _failed(one) > 0.01 * (one.offered + one.unanswered)]
    recovered: float | None = 0.0
    if bad:
        recovered = None if bad[-1] >= after[-1].at - 5 else bad[-1] + run.story.slice - began
    return Outcome(
        name=run.name,
        headroom=run.headroom,
        failed=sum(_failed(one) for one in after) / sum(one.offered + one.unanswered for one in after),
        given_up=sum(one.given_up for one in after) / sum(one.fresh for one in after),
        recovered_after=recovered,
        wait_ms=max(one.wait_ms for one in after),
        pods_after=after[-1].pods,
    )


def _failed(one: Second) -> float:
    return one.shed + one.throttled + one.unanswered


def runs(service: Service) -> dict[str, list[Run]]:
    """All of them, by what they ask."""
    plain = Run(name="", headroom=1.0, service=service)
    told = replace(service, waits_out=0.0)
    return {
        "headroom": [
            replace(plain, name=name, headroom=headroom, story=STANDBY, cluster=cluster)
            for name, cluster in CLUSTERS.items()
            for headroom in HEADROOMS
        ],
        "target": [
            replace(
                plain,
                name=name,
                headroom=0.5 / target,
                least=0.0,
                scaler=Scaler(target=target),
                cluster=CLUSTERS[name],
            )
            for name in ("no node comes", "a node takes 1 minute")
            for target in TARGETS
        ],
        "table": [
            replace(
                plain, name=name, headroom=1.25, story=replace(STANDBY, end=3_000.0), table=table, service=one
            )
            for name, table, one in (
                ("cold", Table(), service),
                ("cold, no back-off waited out", Table(), told),
                *(
                    (f"warm for {many:g} × all traffic", _warm(many), service)
                    for many in (1.0, 1.25, 1.5, 2.0)
                ),
            )
        ],
        "clients": [
            replace(
                plain,
                name=name,
                headroom=headroom,
                story=STANDBY,
                cluster=CLUSTERS["no node comes"],
                client=one,
            )
            for headroom in (0.9, 1.0, 1.1)
            for name, one in (
                ("once", Client(tries=1)),
                ("four times, as Retry-After says", Client()),
                ("four times, at once", Client(first=0.05, last=0.2, backs_off=False)),
            )
        ],
        "policy": [
            replace(
                plain,
                name=name,
                headroom=0.5,
                story=STANDBY,
                cluster=CLUSTERS["room on the nodes"],
                scaler=one,
            )
            for name, one in (
                ("double in 15 s at most, target 70 %", Scaler()),
                ("fivefold in 15 s at most, target 70 %", Scaler(grow=4.0)),
                ("double in 15 s at most, target 45 %", Scaler(target=0.45, most=3.0)),
            )
        ],
        "return": [
            replace(
                plain,
                name=name,
                headroom=0.5 / 0.45,
                least=least,
                scaler=replace(Scaler(target=0.45), steady=steady, shrink=shrink, shrink_period=period),
                story=Story(lost_at=120.0, back_at=120.0 + away, end=120.0 + away + 600.0),
            )
            for away in (1_200.0, 2_400.0)
            for name, least, steady, shrink, period in (
                ("Kubernetes' default: all, after 5 minutes", 0.04, 300.0, 1.0, 15.0),
                ("a tenth a minute, after 30 minutes", 0.04, 1_800.0, 0.1, 60.0),
                ("never below minReplicas, set to all traffic", 1.1, 300.0, 1.0, 15.0),
            )
        ],
    }


def _warm(many: float) -> Table:
    rate = many * Story().rate
    return Table(
        warm_reads=rate * Service().reads * Table().read_units, warm_writes=rate * (1 - Service().reads)
    )


def play(service: Service) -> dict[str, list[tuple[Run, Outcome, list[Second]]]]:
    """Run them all."""
    found: dict[str, list[tuple[Run, Outcome, list[Second]]]] = {}
    for kind, several in runs(service).items():
        found[kind] = []
        for run in several:
            seconds = Evacuation(run).play()
            found[kind].append((run, outcome(run, seconds), seconds))
    return found
