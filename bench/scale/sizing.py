"""From the CPU of a request to pods, nodes, DynamoDB's units and dollars, for two Regions. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from dynamodr.fence.core import POLL_SECONDS
from dynamodr.fence.pulse import BEAT_SECONDS
from dynamodr.serve.checks import DEEP_SECONDS

from bench.scale import prices

if TYPE_CHECKING:
    from bench.scale.params import Service

RATES = (1_000.0, 100_000.0, 1_000_000.0)
TARGET = 0.45
"""Of the CPU request, in a Region that has half of the traffic: with all of it, 90 %."""
DEFAULT_REQUEST = 0.1
"""Cores that the chart requests for a pod unless told."""
ZONES = 3
SURGE = 1.25
"""Of all traffic, for clients that come again: what `sweep` finds a table to need."""
PARTITION_READS, PARTITION_WRITES = 3_000.0, 1_000.0
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html."""
TABLE_QUOTA = 40_000.0
"""Read, and write, request units a second of a table, unless AWS raises it (ServiceQuotas.html)."""
# The follower waits for 0.9 to 1.0 of its pause.
FENCE_READS = 1 / (0.95 * POLL_SECONDS)
BEAT_READS = 1 / (0.95 * BEAT_SECONDS)
RESPONSE_BYTES, ITEM_BYTES, LOG_BYTES = 800.0, 300.0, 350.0
CONNECTION_REQUESTS = 100.0
"""Requests on one connection of a client's, on average."""
HOURS = 730.0


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What one rate of requests, over both Regions, takes. `pods` and `nodes` are one Region's."""

    rate: float
    cores: float
    """That all traffic keeps busy."""
    pods: int
    node: str
    nodes: int
    workers: int
    reads: float
    """Units a second, of all traffic in one Region."""
    writes: float
    warm_reads: int | None
    """What to set; None: what every on-demand table takes is enough."""
    warm_writes: int | None
    partitions: int
    over_quota: bool
    fence: float
    """Read units a second of the fence's item, in one Region, WRITE_MODE=active-region;"""
    beats: float
    """of the heartbeats';"""
    health: float
    """and write units of the deep check's item."""
    dollars: dict[str, float]
    """A month, by what for."""


def size(rate: float, service: Service) -> Size:
    """Work it out."""
    pods = max(ZONES, math.ceil(rate / 2 * service.cpu / (service.workers * TARGET)))
    node, nodes = _nodes(pods, service.workers)
    reads, writes = rate * service.reads * 0.5, rate * (1 - service.reads)
    workers = pods * service.workers
    return Size(
        rate=rate,
        cores=rate * service.cpu,
        pods=pods,
        node=node,
        nodes=nodes,
        workers=workers,
        reads=reads,
        writes=writes,
        warm_reads=_warm(reads, 12_000),
        warm_writes=_warm(writes, 4_000),
        partitions=math.ceil(SURGE * max(reads / PARTITION_READS, writes / PARTITION_WRITES)),
        over_quota=SURGE * max(reads, writes) > TABLE_QUOTA,
        fence=workers * FENCE_READS,
        beats=workers * BEAT_READS,
        health=pods / DEEP_SECONDS,
        dollars=_dollars(rate, nodes * prices.NODES[node], reads, writes),
    )


def _nodes(pods: int, cores: int) -> tuple[str, int]:
    """Find the cheapest nodes for so many pods of so many cores: one in each zone, at least."""
    many = {
        name: max(ZONES, math.ceil(pods / fit))
        for name, has in prices.NODES.items()
        if (fit := int((has - prices.NODE_RESERVED) / cores))
    }
    cheapest = min(many, key=lambda name: many[name] * prices.NODES[name])
    return cheapest, many[cheapest]


def _warm(units: float, given: int) -> int | None:
    wanted = math.ceil(SURGE * units / 1_000) * 1_000
    return wanted if wanted > given else None


def _dollars(rate: float, cores: int, reads: float, writes: float) -> dict[str, float]:
    seconds = HOURS * 3600
    out = rate * RESPONSE_BYTES * seconds / 1e9
    # An LCU: 25 connections a second, or 1 GB an hour, whichever takes more of them.
    units = max(rate / CONNECTION_REQUESTS / 25, rate * RESPONSE_BYTES * 3600 / 1e9)
    return {
        "nodes, on demand": 2 * cores * prices.CORE.dollars * HOURS,
        "clusters": 2 * prices.CLUSTER.dollars * HOURS,
        "DynamoDB reads": reads * seconds / 1e6 * prices.READ.dollars,
        "DynamoDB writes, in both Regions": 2 * writes * seconds / 1e6 * prices.REPLICATED_WRITE.dollars,
        "replication between the Regions": writes
        * ITEM_BYTES
        * seconds
        / 1e9
        * prices.BETWEEN_REGIONS.dollars,
        "load balancers": (2 * prices.BALANCER.dollars + units * prices.BALANCER_UNIT.dollars) * HOURS,
        "Global Accelerator": prices.ACCELERATOR.dollars * HOURS + out * prices.ACCELERATOR_GB.dollars,
        "answers, out to the internet": prices.out_to_the_internet(out),
    }


def logs(rate: float) -> float:
    """Dollars a month for a log line of every request, were CloudWatch Logs to take them."""
    return rate * LOG_BYTES * HOURS * 3600 / 1e9 * prices.LOGS.dollars


def most_workers(reads: float) -> int:
    """How many workers a Region can have before a partition can't tell all of them, `reads` a second each."""
    return int(PARTITION_READS / reads)
