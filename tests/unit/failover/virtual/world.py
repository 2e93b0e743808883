"""Two Regions, their pods, a client and an accelerator, in virtual time: around the real code."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dynamodr.failover.goal import Goal, Limits
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.ports import World as Ports
from dynamodr.failover.run import Failover
from dynamodr.failover.steps import End
from dynamodr.fence.core import Verdict
from dynamodr.fence.follower import Follower
from dynamodr.fence.gate import FenceGate
from dynamodr.fence.record import Site
from dynamodr.settings import WriteMode

from tests.unit.failover.virtual.accelerator import Edge
from tests.unit.failover.virtual.table import Calls, Table
from tests.unit.failover.virtual.time import Time

if TYPE_CHECKING:
    from dynamodr.failover.events import Event

EAST, WEST = "us-east-1", "us-west-2"
REGIONS = (EAST, WEST)


class RefusedError(Exception):
    """A write that the gate stopped."""


class Pod:
    """One worker: a real follower behind a real gate."""

    def __init__(self, world: "World", region: str, mode: str) -> None:
        self.region = region
        self.alive = True
        self.gate = FenceGate(lambda verdict: RefusedError(verdict.standing), clock=world.time.now)
        site = Site(region=region, regions=world.regions)
        calls = Calls(world.table, region)
        self.follower = Follower(
            site,
            mode,
            calls,
            self._told,
            clock=world.time.now,
            wall=world.time.wall,
            draw=world.table.rng.random,
        )
        self._world = world
        world.time.at(world.table.rng.uniform(0, 1), self._turn)

    @property
    def standing(self) -> str:
        return self.gate.current().standing

    def _told(self, reading: Any) -> None:
        self.gate.verdict = reading.verdict

    def _turn(self) -> None:
        if self.alive:
            self._world.time.at(self.follower.turn(), self._turn)


class World:
    """All of it. A client writes a new user each 0.25 s, in every Region that is on, if `writing`."""

    def __init__(
        self,
        *,
        seed: int = 0,
        regions: tuple[str, ...] = REGIONS,
        mode: str = "active-region",
        pods: int = 2,
        dials: dict[str, int] | None = None,
        writing: bool = True,
    ) -> None:
        self.regions = regions
        self.time = Time()
        self.table = Table(self.time, regions, seed)
        self.edge = Edge(self.time, regions, dials)
        self.mode = mode
        self.pods = [Pod(self, region, mode) for region in regions for _ in range(pods)]
        self.acknowledged: list[tuple[str, str]] = []
        self.lost: list[str] = []
        """Writes that were acknowledged while an earlier one of another Region was missing."""
        self.on_call: Callable[[], None] = lambda: None
        self.events: list[Event] = []
        self._serial = 0
        if writing:
            self.time.at(0.0, self._client)

    def standing(self, region: str) -> set[str]:
        return {pod.standing for pod in self.pods if pod.alive and pod.region == region}

    def active(self) -> set[str]:
        return {pod.region for pod in self.pods if pod.alive and pod.standing == "active"}

    def stop_pods(self, region: str) -> None:
        for pod in self.pods:
            if pod.region == region:
                pod.alive = False

    def start_pods(self, region: str, count: int = 2) -> None:
        self.pods += [Pod(self, region, self.mode) for _ in range(count)]

    def until(self, condition: Callable[[], bool], limit: float = 60.0) -> float:
        """Let time pass until the condition holds; return how long that took."""
        began = self.time.now()
        while not condition():
            assert self.time.now() - began < limit, f"not within {limit} s"
            self.time.sleep(0.1)
        return self.time.now() - began

    def command(
        self, target: str, *, forced: bool = False, write_mode: WriteMode = "any", **limits: Any
    ) -> Failover:
        """Make one run; by default with the command line's own WRITE_MODE: what pods say must rule."""
        goal = Goal(
            target=target,
            forced=forced,
            regions=self.regions,
            write_mode=write_mode,
            limits=Limits(**limits),
        )
        replicas = {
            region: Interruptible(self, Calls(self.table, region, 0.01, 0.5)) for region in self.regions
        }
        accelerator = Interruptible(self, self.edge)
        ports = Ports(replicas, accelerator, self.time, self.together)
        return Failover(goal, ports, self.events.append)

    def run(self, target: str, *, forced: bool = False, **limits: Any) -> End:
        return self.command(target, forced=forced, **limits).run()

    def together(self, calls: Mapping[str, Callable[[], Any]], seconds: float) -> Mapping[str, Any]:
        del seconds
        found: dict[str, Any] = {}
        for name, call in calls.items():
            try:
                found[name] = call()
            except CallFailedError as error:
                found[name] = error
        return found

    def _client(self) -> None:
        for region in self.regions:
            if self.edge.on(region):
                self._write(region)
        self.time.at(0.25, self._client)

    def _write(self, region: str) -> None:
        pods = [pod for pod in self.pods if pod.region == region and pod.alive]
        if not pods or region in self.table.down:
            return
        try:
            self.table.rng.choice(pods).gate.check()
        except RefusedError:
            return
        self._serial += 1
        key = (f"user{self._serial}", region)
        # An attempt may take up to its time-outs until it is carried out.
        slow = self.table.rng.random() < 0.2
        self.time.at(self.table.rng.uniform(0, 2.0) if slow else 0.01, lambda: self._carried_out(key, region))

    def _carried_out(self, key: tuple[str, str], region: str) -> None:
        if region in self.table.down:
            return
        here = self.table.users(region)
        self.lost += [
            f"{key} in {region} without {user}"
            for user in self.acknowledged
            if user[1] != region and user not in here
        ]
        self.table.write(region, key, f"write {key[0]}")
        self.acknowledged.append(key)


class Interruptible:
    """Passes calls on, and lets a test end the operator's process before or after any of them."""

    def __init__(self, world: World, calls: object) -> None:
        self._world = world
        self._calls = calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._calls, name)

        def call(*arguments: Any) -> Any:
            self._world.on_call()
            answer = method(*arguments)
            self._world.on_call()
            return answer

        return call


__all__ = ["EAST", "REGIONS", "WEST", "Pod", "RefusedError", "Verdict", "World"]
