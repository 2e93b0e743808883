"""Those who act on the Regions: failovers and table jobs, the real code, each of which may be killed."""

from typing import TYPE_CHECKING, Any

from dynamodr.failover.command import SETTLE
from dynamodr.failover.digest import Digest, Written, digest
from dynamodr.failover.goal import Goal, Limits
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.ports import World as Ports
from dynamodr.failover.run import Failover
from dynamodr.failover.steps import End
from dynamodr.failover.view import Capacity
from dynamodr.failover.view import Replica as Seen
from dynamodr.fence.record import FENCE_KEY, HEARTBEATS, Fence
from dynamodr.table.journal import Journal
from dynamodr.table.look import in_turn
from dynamodr.table.loop import Outcome
from dynamodr.table.loop import Ports as JobPorts
from dynamodr.table.memory import Patience
from dynamodr.table.spec import Spec

from tests.simulation.regions import REGIONS, TABLE, GoneError, Regions
from tests.simulation.service import Replica

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.simulation.edge import Edge


class Calls:
    """One Region's replica: implements `failover.ports.ReplicaCalls`."""

    def __init__(self, regions: Regions, region: str, moved: "Callable[[Fence], None]") -> None:
        self._regions = regions
        self._region = region
        self._fence = Replica(regions, region, 3.0)
        self._moved = moved

    def look(self) -> Seen:
        self._reach("DescribeTable")
        others = {one: "ACTIVE" for one in REGIONS if one != self._region}
        read = self._regions.read
        beats = {one: read(self._region, HEARTBEATS, one) for one in REGIONS}
        return Seen(
            region=self._region,
            status="ACTIVE",
            replicas=others,
            items=len(self._regions.users(self._region)),
            capacity=Capacity(billing="PAY_PER_REQUEST"),
            fence=read(self._region, *FENCE_KEY),
            heartbeats={region: beat for region, beat in beats.items() if beat},
        )

    def move(self, fence: Fence, over: int | None) -> bool:
        try:
            moved = self._fence.move(fence, over)
        except GoneError as gone:
            raise CallFailedError(str(gone)) from gone
        if moved:
            self._moved(fence)
        return moved

    def digest(self, most: int) -> Digest | None:
        self._reach("Scan")
        users = self._regions.users(self._region)
        if len(users) > most:
            return None
        return digest(Written(key[0], key[1], str(one[0]), one[1]) for key, one in users.items())

    def mark(self, epoch: int) -> None:
        self._reach("PutItem")
        for number in range(8):
            self._regions.write(self._region, f"!marker-{number}", "failover", epoch)

    def marked(self, epoch: int) -> bool:
        self._reach("GetItem")
        return all(self._regions.read(self._region, f"!marker-{n}", "failover") == epoch for n in range(8))

    def _reach(self, operation: str) -> None:
        try:
            self._regions.reach(self._region, operation, 3.0)
        except GoneError as gone:
            raise CallFailedError(str(gone)) from gone


class Operator:
    """Someone who runs `dynamodr failover to`. `moved` is told of each fence stored, just after."""

    def __init__(
        self, regions: Regions, edge: "Edge", moved: "Callable[[Fence], None]", settle: float = SETTLE
    ) -> None:
        self._regions = regions
        self._edge = edge
        self._moved = moved
        self._settle = settle
        self.ended: list[End] = []

    def run(self, target: str, *, forced: bool) -> End:
        """Run the command once."""
        clock = self._regions.clock
        goal = Goal(
            target=target,
            forced=forced,
            regions=REGIONS,
            write_mode="active-region",
            limits=Limits(settle=self._settle, prove=25.0, deploy=30.0, look=3.0 if forced else 5.0),
        )
        replicas = {region: Calls(self._regions, region, self._moved) for region in REGIONS}
        ended = Failover(goal, Ports(replicas, self._edge, clock, self._together), lambda _: None).run()
        self.ended.append(ended)
        return ended

    def _together(self, calls: "Mapping[str, Callable[[], Any]]", seconds: float) -> "Mapping[str, Any]":
        found = self._regions.clock.together(calls, seconds)
        for one in found.values():
            if isinstance(one, Exception) and not isinstance(one, CallFailedError):
                raise one
        return {name: found.get(name, CallFailedError(f"{name}: no answer")) for name in calls}


class TableJob:
    """A Region's hook: `dynamodr table ensure`."""

    def __init__(
        self, regions: Regions, region: str, ensure: "Callable[[Spec, Patience, float, JobPorts], Outcome]"
    ) -> None:
        self._regions, self._ensure = regions, ensure
        self.spec = Spec(name=TABLE, own=region, regions=REGIONS, tags={"made-in": region})
        self.outcomes: list[Outcome] = []

    def run(self, seconds: float = 240.0) -> Outcome:
        """Run it once."""
        clock = self._regions.clock
        ports = JobPorts(
            apis={region: self._regions.api(region) for region in REGIONS},
            now=clock.now,
            sleep=clock.sleep,
            spread=self._regions.rng.random,
            gather=in_turn,
            journal=Journal(lambda _: None, clock.now, clock.wall),
        )
        outcome = self._ensure(self.spec, Patience(), seconds, ports)
        self.outcomes.append(outcome)
        return outcome
