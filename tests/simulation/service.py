"""The service in virtual time: real followers behind real gates, and the clients whose writes they take."""

from typing import TYPE_CHECKING, Any, NamedTuple

from dynamodr import aws
from dynamodr.fence.core import MAX_AGE
from dynamodr.fence.follower import Follower, Reading
from dynamodr.fence.gate import FenceGate
from dynamodr.fence.record import FENCE_KEY, HEARTBEATS, Site

from tests.simulation.regions import REGIONS, GoneError, Regions

if TYPE_CHECKING:
    from dynamodr.fence.core import Verdict
    from dynamodr.fence.record import Fence, Heartbeat
    from greenlet import greenlet

    from tests.simulation.edge import Edge

ATTEMPT = aws.SERVING.connect + aws.SERVING.read
"""Seconds that one attempt of a write may take: until then DynamoDB may still carry it out."""


class RefusedError(Exception):
    """The gate stopped a write."""


class Replica:
    """A Region's fence and heartbeats, for a follower."""

    def __init__(self, regions: Regions, region: str, patience: float) -> None:
        self._regions = regions
        self._region = region
        self._patience = patience

    def fence(self) -> "Fence | None":
        self._regions.reach(self._region, "GetItem", self._patience)
        fence: Fence | None = self._regions.read(self._region, *FENCE_KEY)
        return fence

    def heartbeats(self) -> "dict[str, Heartbeat]":
        self._regions.reach(self._region, "Query", self._patience)
        found = {one: self._regions.read(self._region, HEARTBEATS, one) for one in REGIONS}
        return {region: beat for region, beat in found.items() if beat}

    def beat(self, heartbeat: "Heartbeat") -> bool:
        self._regions.reach(self._region, "PutItem", self._patience)
        return self._replace(HEARTBEATS, heartbeat.region, "beat", heartbeat, heartbeat.beat - 1, new=True)

    def move(self, fence: "Fence", over: int | None) -> bool:
        self._regions.reach(self._region, "PutItem", self._patience)
        return self._replace(*FENCE_KEY, "epoch", fence, -1 if over is None else over, new=over is None)

    def _replace(
        self, username: str, last_name: str, counter: str, value: Any, over: int, *, new: bool
    ) -> bool:
        old = self._regions.read(self._region, username, last_name)
        if new if old is None else getattr(old, counter) == over:
            self._regions.write(self._region, username, last_name, value)
            return True
        return False


class Worker:
    """One worker of one pod."""

    def __init__(self, regions: Regions, region: str) -> None:
        clock, skew = regions.clock, regions.rng.uniform(-0.1, 0.1)
        self.region = region
        self.gate = FenceGate(lambda verdict: RefusedError(verdict.standing), clock=clock.now)
        replica = Replica(regions, region, 0.9)
        self._clock = clock
        self._follower = Follower(
            Site(region=region, regions=REGIONS),
            "active-region",
            replica,
            self._told,
            clock=clock.now,
            wall=lambda: clock.wall() + skew,
            draw=regions.rng.random,
        )
        self.actor = clock.spawn(self._live, delay=regions.rng.uniform(0.0, 1.0))

    def _told(self, reading: Reading) -> None:
        self.gate.verdict = reading.verdict

    def _live(self) -> None:
        while True:
            self._clock.sleep(self._follower.turn())


class Acknowledged(NamedTuple):
    """A write that a client was told has been made."""

    at: float
    region: str
    username: str
    write_id: str | None


class Service:
    """All pods of both Regions, and the clients in front of them."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._clock = regions.clock
        self._rng = regions.rng
        self.stopped: set[str] = set()
        self.workers: dict[str, list[Worker]] = {region: [] for region in REGIONS}
        for region in REGIONS:
            self.start(region)
        self.acknowledged: list[Acknowledged] = []
        self.late: list[str] = []
        """Writes that were made after every pod must have stopped making any."""
        self._count = 0

    def serves(self, region: str) -> bool:
        """Whether a Region passes the deep health check: a pod that reaches DynamoDB."""
        outages = self._regions.core.control.unreachable
        return bool(self.workers[region]) and region not in outages

    def start(self, region: str) -> None:
        """Start a Region's pods."""
        self.workers[region] = [Worker(self._regions, region) for _ in range(2)]

    def stop(self, region: str) -> None:
        """Kill a Region's pods."""
        for worker in self.workers[region]:
            self._clock.end(worker.actor)
        self.workers[region] = []

    def standing(self, region: str) -> "set[Verdict]":
        """What the Region's workers go by."""
        return {worker.gate.current() for worker in self.workers[region]}

    def clients(self, edge: "Edge", count: int, people: int, pause: float) -> "list[greenlet]":
        """Start clients that write through the accelerator, each on a few of the same people."""
        return [
            self._clock.spawn(lambda: self._client(edge, people, pause), delay=self._rng.random())
            for _ in range(count)
        ]

    def _client(self, edge: "Edge", people: int, pause: float) -> None:
        region = None
        while True:
            # An open connection stays where it is, whatever becomes of the dials.
            if region is None or not self.workers[region] or self._rng.random() < 0.3:
                region = edge.route()
            if region and self.workers[region]:
                self._write(self._rng.choice(self.workers[region]), f"user-{self._rng.randrange(people)}")
            self._clock.sleep(self._rng.expovariate(1 / pause))

    def _write(self, worker: Worker, username: str) -> None:
        region = worker.region
        try:
            worker.gate.check()
            # Asked again just before an attempt is sent; from then on nobody can stop it.
            self._clock.sleep(self._rng.choice((0.0, 0.0, 0.0, 0.5)))
            worker.gate.check()
            sent = self._clock.now()
            self._regions.reach(region, "UpdateItem", ATTEMPT)
        except (RefusedError, GoneError):
            return
        if self._rng.random() < 0.1:
            self._clock.sleep(self._rng.uniform(0.0, sent + ATTEMPT - self._clock.now()))
        if region in self._regions.core.control.unreachable:
            return
        deletes = self._rng.random() < 0.15
        self._count += 1
        write_id = None if deletes else f"write-{self._count}"
        old = self._regions.read(region, username, "x")
        version = (old[0] if old else 0) + 1
        self._regions.write(region, username, "x", None if deletes else (version, write_id))
        fenced = self._regions.fenced_since[region]
        if fenced is not None and self._clock.now() - fenced > MAX_AGE + ATTEMPT:
            self.late.append(
                f"{username} in {region} at {self._clock.now():.2f} s, fenced since {fenced:.2f} s"
            )
        if self._rng.random() < 0.98:  # else the answer is lost, and the client knows nothing
            self.acknowledged.append(Acknowledged(self._clock.now(), region, username, write_id))
