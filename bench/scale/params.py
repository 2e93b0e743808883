"""All that the simulation assumes, in one place. Seconds, or requests or units a second, unless told."""

from __future__ import annotations

from pathlib import Path

import msgspec
from dynamodr.serve.worker import QUEUE_ROOM, QUEUE_SECONDS
from dynamodr.settings import Settings

MEASURED = Path(__file__).with_name("measured.json")


class Measured(msgspec.Struct, frozen=True):
    """CPU, in milliseconds, as measured last: the first two by `make bench`."""

    get_ms: float
    create_ms: float
    attempt_ms: float
    """Of one more call of boto3's to DynamoDB, which a throttled request makes."""
    refusal_ms: float
    """Of a request that is shed: no thread, no application, but a connection of its own."""
    where: str
    """On what machine."""


_MEASURED = msgspec.json.decode(MEASURED.read_bytes(), type=Measured)
_DEFAULTS = Settings(aws_region="us-east-1", table_regions=("us-east-1",))


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A pod of the service, as its code and its bench have it."""

    get_ms: float = _MEASURED.get_ms
    create_ms: float = _MEASURED.create_ms
    attempt_ms: float = _MEASURED.attempt_ms
    refusal_ms: float = _MEASURED.refusal_ms
    measured: str = _MEASURED.where
    waits_out: float = 0.5
    """Seconds that a thread waits out a throttle, on average, before its second attempt; 0: there is none."""
    dynamodb_ms: float = 4.0
    """Of waiting for DynamoDB, a call."""
    reads: float = 0.9
    """Share of requests that read; the rest create."""
    workers: int = _DEFAULTS.workers
    threads: int = _DEFAULTS.threads
    """A worker's."""
    queue_room: int = QUEUE_ROOM
    """Requests that may wait, for each thread,"""
    queue_seconds: float = QUEUE_SECONDS
    """and for how long."""

    @property
    def cpu(self) -> float:
        """Seconds of CPU that a request takes; a worker is one process of Python and has one core."""
        return (self.reads * self.get_ms + (1 - self.reads) * self.create_ms) / 1000

    def pods(self, rate: float, utilisation: float = 1.0) -> float:
        """Pods that serve `rate` at that share of their CPU."""
        return rate * self.cpu / (self.workers * utilisation)


class Scaler(msgspec.Struct, frozen=True, kw_only=True):
    """The HorizontalPodAutoscaler, its CPU request as large as what the pod can use: a core a worker.

    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
    """

    target: float = 0.7
    """Of the request."""
    sync: float = 15.0
    tolerance: float = 0.1
    window: float = 15.0
    """A metric is the mean of so long, taken every"""
    resolution: float = 15.0
    """seconds; the autoscaler sees the last one taken."""
    grow: float = 1.0
    """By what share of itself, at most, the Region may grow in"""
    grow_period: float = 15.0
    steady: float = 300.0
    """How long fewer pods must have been enough before any goes."""
    shrink: float = 1.0
    """By what share of itself, at most, the Region may shrink in"""
    shrink_period: float = 15.0
    most: float = 2.0
    """Pods, as a multiple of what carries all traffic at 100 % of its CPU."""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """How pods come to be."""

    pod_start: float = 20.0
    """Scheduled, started, ready, and a target of the load balancer that has passed its first check."""
    node_start: float | None = 60.0
    """From a pod that does not fit to a node for it; None: none comes, as for hours in October 2025."""
    room: float = 0.0
    """Pods that fit on nodes that are there, as a share of those that run."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """An on-demand table in one Region: what it takes at once, and how that grows.

    docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html: a new table takes
    4,000 writes and 12,000 reads; it takes double its previous peak, and doubles again within 30 minutes.
    Burst capacity is left out, and keys are spread evenly.
    """

    warm_reads: float = 12_000.0
    warm_writes: float = 4_000.0
    doubling: float = 1_800.0
    read_units: float = 0.5
    """Of a get: an item of less than 4 KB, eventually consistent."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about a 503, and about no answer."""

    tries: int = 4
    """In all."""
    first: float = 1.0
    """Soonest, and"""
    last: float = 3.0
    """latest a try comes after a 503: the service's Retry-After. Doubled each time if so."""
    backs_off: bool = True


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A Region is lost, and another, which is looked at, takes its traffic. With `back_at`: the Region that
    is looked at is evacuated, with nothing lost, and its traffic comes back.
    """

    rate: float = 100_000.0
    share_before: float = 0.5
    """Of the traffic that the survivor had."""
    lost_at: float = 120.0
    noticed_after: float = 30.0
    """Two of the load balancer's checks, 15 s apart, or an operator; until then, no answer."""
    shift: float = 10.0
    """For how long clients reconnect: a dial moves new connections only."""
    back_at: float | None = None
    end: float = 900.0
    slice: float = 1.0
    """Requests are counted by the slice; all else is events."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated evacuation. `headroom`: CPU that is ready, as a multiple of what all traffic takes."""

    name: str
    headroom: float
    scaling: bool = True
    least: float | None = None
    """`minReplicas`, as a multiple likewise; the headroom unless told."""
    service: Service = Service()
    scaler: Scaler = Scaler()
    cluster: Cluster = Cluster()
    table: Table = Table(warm_reads=1e9, warm_writes=1e9)
    client: Client = Client()
    story: Story = Story()
