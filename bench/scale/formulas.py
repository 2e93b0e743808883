"""Queues in closed form. Pure.

A worker is a closed network inside an open one: `threads` requests at most go back and forth between one core
and DynamoDB, and the others wait, or are shed. Mean value analysis gives how fast so many get done; a
birth-death chain, with that as its death rate, gives how many there are (Norton's theorem for queueing
networks: Chandy, Herzog and Woo, 1975).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


def erlang_b(servers: int, load: float) -> float:
    """Share that M/M/c/c turns away; `load` in Erlangs."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share that has to wait in M/M/c, for `load` below `servers`."""
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


class Stationary(NamedTuple):
    """What a worker does with a steady stream."""

    shed: float
    """Share of what is offered."""
    rate: float
    """Requests a second that are answered."""
    busy: float
    """Share of its core that these take."""
    wait: float
    """Seconds for a thread, at the 99th percentile of those that get one."""


def flow(threads: int, cpu: float, away: float) -> list[float]:
    """Requests a second done by 1 to `threads` at once: `cpu` seconds on one core each, `away` elsewhere."""
    rates, queue = [], 0.0
    for number in range(1, threads + 1):
        at_core = cpu * (1 + queue)
        rate = number / (at_core + away)
        queue = rate * at_core
        rates.append(rate)
    return rates


def worker(offered: float, flows: Sequence[float], cpu: float, room: int, patience: float) -> Stationary:
    """Say what becomes of `offered` requests a second: `room` may wait, none for longer than `patience`."""
    threads, fastest = len(flows), flows[-1]
    most = threads + max(1, min(room, round(fastest * patience)))
    weights = [1.0]
    for number in range(1, most + 1):
        weights.append(weights[-1] * offered / flows[min(number, threads) - 1])
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
    whole = sum(weights)
    shed = weights[-1] / whole
    rate = offered * (1 - shed)
    tail, admitted = 0.0, whole - weights[-1]
    ahead = 0
    for number in range(most - 1, threads - 1, -1):
        tail += weights[number]
        if tail > admitted * 0.01:
            ahead = number - threads + 1
            break
    return Stationary(shed, rate, rate * cpu, ahead / fastest)
