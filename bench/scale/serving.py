"""A Region's pods and its replica of the table in one second: what of the tries gets served. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.scale import formulas

if TYPE_CHECKING:
    from bench.scale.params import Service
    from bench.scale.table import Side

HALVINGS = 14


class Served(NamedTuple):
    """In requests a second; `busy`: a share of the CPU; `wait`: seconds, at the 99th percentile."""

    good: float
    shed: float
    throttled: float
    busy: float
    wait: float
    reads: float
    """Gets that DynamoDB is asked for a second, and"""
    writes: float


class Did(NamedTuple):
    """What pods do with a second of tries, whatever DynamoDB says to them."""

    served: float
    busy: float
    wait: float


def serve(
    service: Service, workers: float, offered: float, *, reads: Side, writes: Side, units: float
) -> Served:
    """Serve. `units`: of a get, of reading; a write is one.

    How much is throttled decides how long threads are held, and so how much is asked: halving finds where
    both agree.
    """
    share, tries = service.reads, 2 if service.waits_out else 1

    def told(served: float) -> tuple[float, float]:
        return (
            reads.throttled(served * share * units, tries),
            writes.throttled(served * (1 - share), tries),
        )

    did = pods(service, workers, offered, 0.0)
    throttles = told(did.served)
    if tries > 1 and any(throttles):
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            did = pods(service, workers, offered, middle)
            throttles = told(did.served)
            more = share * throttles[0] + (1 - share) * throttles[1] > middle
            low, high = (middle, high) if more else (low, middle)
    again = tuple(each if tries > 1 else 0.0 for each in throttles)
    good = share * (1 - throttles[0] ** tries) + (1 - share) * (1 - throttles[1] ** tries)
    return Served(
        good=did.served * good,
        shed=offered - did.served,
        throttled=did.served * (1 - good),
        busy=did.busy,
        wait=did.wait,
        reads=did.served * share * (1 + again[0]),
        writes=did.served * (1 - share) * (1 + again[1]),
    )


def pods(service: Service, workers: float, offered: float, again: float) -> Did:
    """Serve, that share of the requests having to ask DynamoDB again."""
    each = offered / workers
    cpu = service.cpu + again * service.attempt_ms / 1000
    away = (1 + again) * service.dynamodb_ms / 1000 + again * service.waits_out
    room = service.queue_room * service.threads
    did = formulas.worker(each, formulas.flow(service.threads, cpu, away), cpu, room, service.queue_seconds)
    refusing = each * did.shed * service.refusal_ms / 1000
    if refusing > 0.001:  # the core turns away, too: what that takes, the requests lack
        flows = formulas.flow(service.threads, cpu / max(0.05, 1 - refusing), away)
        did = formulas.worker(each, flows, cpu, room, service.queue_seconds)
    return Did(did.rate * workers, min(1.0, did.busy + refusing), did.wait)
