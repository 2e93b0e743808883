"""Histories of failovers: clients write while Regions fail and operators act, some of them interrupted."""

from functools import partial
from typing import TYPE_CHECKING

from rehearsal.core.faults import Outage
from tests.simulation.edge import Edge
from tests.simulation.history import History, Plan, Told
from tests.simulation.operators import Operator
from tests.simulation.regions import EAST, REGIONS, WEST
from tests.simulation.service import Service

if TYPE_CHECKING:
    from dynamodr.fence.record import Fence
    from greenlet import greenlet


class FailoverHistory(History):
    """One of them; `kind` says how bad it gets."""

    def __init__(self, seed: int, kind: str, plan: Plan | None) -> None:
        super().__init__(seed, kind, plan, born=True)
        self.service = Service(self.regions)
        west = self.rng.choice((0.0, 0.0, 100.0))
        deploy_seconds = self.rng.choice((0.05, 0.5, 3.0, 12.0))
        self.edge = Edge(self.regions, self.service.serves, deploy_seconds, {EAST: 100.0, WEST: west})
        self.operator = Operator(self.regions, self.edge, self._moved, self.plan.settle)
        self.people = self.rng.choice((3, 12, 40))
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
            sum(not key[0].startswith("S!") for key, _ in self.regions.oracle.lost()),
            self.faults,
            tuple(end.name for end in self.operator.ended),
            (),
        )

    # What happens.

    def _planned(self) -> None:
        target = WEST
        for _ in range(self.rng.choice((1, 2))):
            for _ in range(self.rng.randrange(3)):
                self.suffer_later(self.mild(), within=20.0)
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
                    self.clock.at(self.rng.uniform(1.0, 20.0), partial(self._start, region))
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
        run: greenlet = self.clock.spawn(partial(self.operator.run, target, forced=forced))
        killed_at = self.clock.now() + (
            self.rng.uniform(0.0, 25.0) if kill and self.rng.random() < 0.4 else 1e9
        )
        while not run.dead:
            if self.clock.now() >= killed_at:
                self.clock.end(run)
                return "killed"
            self.clock.sleep(0.25)
        return self.operator.ended[-1].name if len(self.operator.ended) > before else "broken"

    # What must hold.

    def _moved(self, fence: "Fence") -> None:
        source, target = fence.source, fence.active_region
        if not target or source not in REGIONS or source == target or fence.written_in != target:
            return
        if fence.forced:
            # What a Region wrote itself meanwhile makes more than one answer right.
            if not any(one.region == target for one in self.service.acknowledged):
                flying, lacking = (
                    self.regions.in_flight(source, target),
                    self.regions.oracle.lacking(source, target),
                )
                self.must(
                    flying == lacking, f"{target} lacks {lacking}, and the ledger has in flight {flying}"
                )
        elif self.clean:
            flying = self.regions.in_flight(source, target)
            self.must(
                not flying, f"{target} was let write while {len(flying)} writes were on their way: {flying}"
            )

    def _watch(self) -> None:
        self.must(not self.edge.dark, f"a listener led nowhere: {self.edge.dark}")
        self.must(not self.service.late, f"a fenced Region wrote: {self.service.late}")

    def _heal(self) -> None:
        self.healed = True
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
        wrong = {key for key in users.keys() | expected.keys() if users.get(key) != expected.get(key)}
        self.must(not wrong, f"not the last writer won: {wrong}")
        ledger = self.regions.core.replication.ledger
        said = {
            (item.key, name)
            for kind in (ledger.lost, ledger.agreed)
            for item, names in kind.items()
            for name in names
        }
        lost = self.regions.oracle.lost()
        mine = {one for one in lost if not one[0][0].startswith("S!")}
        named = {one for one in said if not one[0][0].startswith("S!")}
        self.must(mine == named, f"the ledger's lost updates are not those that were lost: {mine ^ named}")
        if self.clean:
            self.must(not mine, f"planned failovers lost {len(mine)} updates: {mine}")
