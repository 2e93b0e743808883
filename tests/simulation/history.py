"""One history: a seed decides everything that happens, and what must hold is checked while it does."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from dynamodr.failover.command import SETTLE
from dynamodr.fence.record import Fence
from greenlet import greenlet
from rehearsal.core.faults import Fault, Latency, Outage, Partition, PauseReplication, Skew, Throttle

from tests.simulation.clockwork import Clockwork
from tests.simulation.edge import Edge
from tests.simulation.operators import Operator, TableJob
from tests.simulation.regions import EAST, REGIONS, WEST, Regions
from tests.simulation.service import Service

KINDS = ("planned", "forced", "chaos", "table")


class BrokenError(AssertionError):
    """Something that must hold did not. The seed replays it."""


class Told(NamedTuple):
    """What happened in a history, in numbers."""

    seed: int
    kind: str
    seconds: float
    acknowledged: int
    lost: int
    faults: int
    failovers: tuple[str, ...]
    jobs: tuple[int, ...]


class Plan(NamedTuple):
    """What may be broken on purpose, to see whether it is noticed."""

    settle: float = SETTLE
    spoil: Callable[[Regions], None] = lambda _: None


def play(seed: int, kind: str = "", plan: Plan | None = None) -> Told:
    """Live through the history of a seed; raise BrokenError."""
    kind = kind or KINDS[seed % len(KINDS)]
    history: History = TableHistory(seed, plan) if kind == "table" else FailoverHistory(seed, kind, plan)
    try:
        return history.play()
    except BrokenError as broken:
        raise BrokenError(f"seed {seed} ({kind}), at {history.clock.now():.2f} s: {broken}") from broken


class History:
    """What all of them have."""

    def __init__(self, seed: int, kind: str, plan: Plan | None, *, born: bool) -> None:
        self.seed, self.kind = seed, kind
        self.plan = plan or Plan()
        self.rng = Random(f"{kind} {seed}")
        self.clock = Clockwork()
        self.regions = Regions(self.clock, seed, born=born)
        self.faults = 0
        self.plan.spoil(self.regions)

    def play(self) -> Told:
        """Live through it."""
        raise NotImplementedError

    def must(self, holds: bool, broken: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Break off unless it holds."""
        if not holds:
            raise BrokenError(broken)

    def suffer(self, fault: Fault) -> None:
        """Let a fault begin now."""
        self.faults += 1
        with self.regions.shell.stepping() as now:
            self.regions.core.inject(fault, now)

    def mild(self) -> Fault:
        """A fault that loses no Region."""
        region, seconds = self.rng.choice(REGIONS), self.rng.uniform(1.0, 15.0)
        other = WEST if region == EAST else EAST
        return self.rng.choice(
            (
                PauseReplication(source=region, target=other, seconds=seconds),
                Partition(regions=REGIONS, seconds=seconds),
                Throttle(region=region, seconds=min(seconds, 4.0)),
                Latency(region=region, delay=self.rng.uniform(0.05, 1.0), seconds=seconds),
                Skew(region=region, by=self.rng.uniform(-0.4, 0.4)),
            )
        )


class FailoverHistory(History):
    """Clients write while Regions fail and operators act, some of whom are interrupted."""

    def __init__(self, seed: int, kind: str, plan: Plan | None) -> None:
        super().__init__(seed, kind, plan, born=True)
        self.service = Service(self.regions)
        self.edge = Edge(self.regions, self.service.serves, deploy_seconds=self.rng.choice((0.5, 3.0, 12.0)))
        self.operator = Operator(self.regions, self.edge, self._moved, self.plan.settle)
        self.people = self.rng.choice((3, 12, 40))
        self.at_force: set[object] = set()
        self.clean = True
        """Whether only planned failovers have been started so far."""

    def play(self) -> Told:
        clock = self.clock
        clock.run(12.0)  # the pods find out where they stand
        clients = self.service.clients(self.edge, 3, self.people, pause=0.7)
        clock.run(15.0)
        act = {"planned": self._planned, "forced": self._forced, "chaos": self._chaos}[self.kind]
        director = clock.spawn(act)
        while not director.dead and clock.now() < 400.0:
            clock.run(clock.now() + 1.0)
            self._watch()
        self.must(director.dead, "the operators were not done after 400 s")
        self._heal()
        clock.run(clock.now() + 8.0)
        for client in clients:
            clock.end(client)
        clock.run(clock.now() + 12.0)
        self._settled()
        return Told(
            self.seed,
            self.kind,
            clock.now(),
            len(self.service.acknowledged),
            len(self.regions.oracle.lost()),
            self.faults,
            tuple(end.name for end in self.operator.ended),
            (),
        )

    # What happens.

    def _planned(self) -> None:
        target = WEST
        for _ in range(self.rng.choice((1, 2))):
            for _ in range(self.rng.randrange(3)):
                self.clock.at(self.rng.uniform(0.0, 20.0), lambda fault=self.mild(): self.suffer(fault))  # type: ignore[misc]  # bound per round
            ended = self._insist(target, forced=False)
            target = (WEST if target == EAST else EAST) if ended == "done" else target
            self.clock.sleep(self.rng.uniform(0.0, 6.0))

    def _forced(self) -> None:
        if self.rng.random() < 0.3:
            self.suffer(self.mild())
        self.clock.sleep(self.rng.uniform(0.0, 5.0))
        self.suffer(Outage(region=EAST, mode=self.rng.choice(("close", "unavailable"))))
        outage = next(reversed(self.regions.core.faults))
        pods_too = self.rng.random() < 0.5
        if pods_too:
            self.service.stop(EAST)
        self.edge.lost = self.rng.random() < 0.2
        self.clock.sleep(self.rng.uniform(0.0, 8.0))
        self.clean = False
        self._insist(WEST, forced=True)
        self.clock.sleep(self.rng.uniform(0.0, 15.0))
        self.edge.lost = False
        with self.regions.shell.stepping() as now:
            self.regions.core.undo(outage, now)
        if pods_too:
            self.service.start(EAST)
        self.clock.sleep(self.rng.uniform(0.0, 10.0))
        if self.rng.random() < 0.5:
            self._insist(EAST, forced=False)

    def _chaos(self) -> None:
        self.clean = False
        for _ in range(self.rng.randrange(2, 6)):
            match self.rng.randrange(6):
                case 0 | 1:
                    self.suffer(self.mild())
                case 2:
                    region = self.rng.choice(REGIONS)
                    self.suffer(Outage(region=region, seconds=self.rng.uniform(2.0, 30.0)))
                case 3:
                    region = self.rng.choice(REGIONS)
                    self.service.stop(region)
                    self.clock.at(self.rng.uniform(1.0, 20.0), lambda region=region: self._start(region))  # type: ignore[misc]  # bound per round
                case _:
                    self._command(self.rng.choice(REGIONS), forced=self.rng.random() < 0.5)
            self.clock.sleep(self.rng.uniform(0.0, 10.0))

    def _start(self, region: str) -> None:
        if not self.service.workers[region]:
            self.service.start(region)

    def _insist(self, target: str, *, forced: bool) -> str:
        """Run the command until it is done, as the runbook says; the first runs may be killed."""
        for attempt in range(6):
            ended = self._command(target, forced=forced, kill=attempt < 2)
            if ended == "done":
                return ended
            self.clock.sleep(2.0)
        return "given up"

    def _command(self, target: str, *, forced: bool, kill: bool = True) -> str:
        before = len(self.operator.ended)
        run: greenlet = self.clock.spawn(lambda: self.operator.run(target, forced=forced))
        killed_at = self.clock.now() + (self.rng.uniform(0.0, 25.0) if kill and self.rng.random() < 0.4 else 1e9)
        while not run.dead:
            if self.clock.now() >= killed_at:
                self.clock.end(run)
                return "killed"
            self.clock.sleep(0.25)
        return self.operator.ended[-1].name if len(self.operator.ended) > before else "broken"

    # What must hold.

    def _moved(self, fence: Fence) -> None:
        source, target = fence.source, fence.active_region
        if not target or source not in REGIONS or source == target or fence.written_in != target:
            return
        if fence.forced:
            flying = self.regions.in_flight(source, target)
            if self._untouched(target):
                self.must(
                    self._differing(source, target) == flying,
                    f"what {target} lacks is not what the ledger has in flight to it: {flying}",
                )
        elif self.clean:
            flying = self.regions.in_flight(source, target)
            self.must(not flying, f"{target} was let write while {len(flying)} writes were on their way: {flying}")

    def _untouched(self, region: str) -> bool:
        return not any(one.region == region for one in self.service.acknowledged)

    def _differing(self, one: str, other: str) -> set[object]:
        here, there = self.regions.users(one), self.regions.users(other)
        return {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}

    def _watch(self) -> None:
        self.must(not self.edge.dark, f"a listener led nowhere: {self.edge.dark}")
        self.must(not self.service.late, f"a fenced Region wrote: {self.service.late}")

    def _heal(self) -> None:
        for name in list(self.regions.core.faults):
            with self.regions.shell.stepping() as now:
                self.regions.core.undo(name, now)
        self.edge.lost = False
        for region in REGIONS:
            self._start(region)

    def _settled(self) -> None:
        self._watch()
        east, west = (dict(self.regions.memory.items[region]) for region in REGIONS)
        apart = {key for key in east.keys() | west.keys() if east.get(key) != west.get(key)}
        beats = {key for key in apart if key[0] == "S!heartbeat"}  # the pods beat on
        self.must(not apart - beats, f"the Regions differ after all was healed: {apart - beats}")
        final = self.regions.oracle.final()
        users = self.regions.users(EAST)
        expected = {key: value for key, value in final.items() if not key[0].startswith("S!")}
        self.must(users == expected, f"not the last writer won: {_difference(users, expected)}")
        ledger = self.regions.core.replication.ledger
        said = {(item.key, name) for kind in (ledger.lost, ledger.agreed) for item, names in kind.items() for name in names}
        lost = self.regions.oracle.lost()
        mine = {one for one in lost if not one[0][0].startswith("S!")}
        named = {one for one in said if not one[0][0].startswith("S!")}
        self.must(mine == named, f"the ledger's lost updates are not those that were lost: {mine ^ named}")
        if self.clean:
            self.must(not mine, f"planned failovers lost {len(mine)} updates: {mine}")


class TableHistory(History):
    """Both Regions' table jobs, from nothing, under faults, killed and run again."""

    def __init__(self, seed: int, plan: Plan | None) -> None:
        super().__init__(seed, "table", plan, born=False)
        self.jobs = {region: TableJob(self.regions, region) for region in REGIONS}

    def play(self) -> Told:
        for _ in range(self.rng.randrange(4)):
            fault = self.mild() if self.rng.random() < 0.6 else self._lose()
            self.clock.at(self.rng.uniform(0.0, 60.0), lambda fault=fault: self.suffer(fault))  # type: ignore[misc]  # bound per round
        if self.rng.random() < 0.3:
            self.regions.core.control.drops_to_come = self.rng.randrange(1, 3)
        runs = [self.clock.spawn(lambda region=region: self._insist(region)) for region in REGIONS]  # type: ignore[misc]  # bound per round
        while not all(run.dead for run in runs) and self.clock.now() < 3000.0:
            self.clock.run(self.clock.now() + 5.0)
        self.must(all(run.dead for run in runs), "the jobs were not done after 3000 s")
        self.clock.run(self.clock.now() + 120.0)  # the last change of the other Region's job settles
        codes = {region: [one.code for one in job.outcomes] for region, job in self.jobs.items()}
        for region, job in self.jobs.items():
            self.must(job.outcomes[-1].code == 0, f"{region} did not converge: {job.outcomes[-1].text}")
            self.must(2 not in codes[region], f"{region} called it final: {job.outcomes}")
            copy = self.regions.core.control.table(region, "users")
            self.must(copy.status == "ACTIVE", f"{region} is {copy.status}")
        for region, operation in self.regions.calls:
            self.must("Delete" not in operation, f"the job called {operation} in {region}")
        self.must(not self.regions.memory.dropped, f"dropped: {self.regions.memory.dropped}")
        return Told(
            self.seed, "table", self.clock.now(), 0, 0, self.faults, (), (*codes[EAST], *codes[WEST])
        )

    def _lose(self) -> Fault:
        return Outage(region=self.rng.choice(REGIONS), seconds=self.rng.uniform(2.0, 60.0))

    def _insist(self, region: str) -> None:
        self.clock.sleep(self.rng.choice((0.0, 0.0, self.rng.uniform(0.0, 30.0))))
        for attempt in range(12):
            run = self.clock.spawn(lambda: self.jobs[region].run())
            dies = self.clock.now() + (self.rng.uniform(0.0, 90.0) if attempt < 3 and self.rng.random() < 0.4 else 1e9)
            while not run.dead and self.clock.now() < dies:
                self.clock.sleep(0.5)
            if not run.dead:
                self.clock.end(run)
            elif self.jobs[region].outcomes and self.jobs[region].outcomes[-1].code == 0:
                return
            self.clock.sleep(5.0)


def _difference(one: dict[tuple[str, ...], object], other: dict[tuple[str, ...], object]) -> dict[str, object]:
    return {str(key): (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
