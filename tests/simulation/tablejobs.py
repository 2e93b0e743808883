"""Histories of table jobs: both Regions' hooks, from nothing, under faults, killed and run again."""

from functools import partial
from typing import TYPE_CHECKING

from rehearsal.core.describe import describe
from rehearsal.core.faults import Outage
from tests.simulation.history import History, Plan, Told
from tests.simulation.operators import TableJob
from tests.simulation.regions import EAST, REGIONS, TABLE, WEST

if TYPE_CHECKING:
    from rehearsal.core.faults import Fault


class TableHistory(History):
    """One of them."""

    def __init__(self, seed: int, plan: Plan | None) -> None:
        super().__init__(seed, "table", plan, born=False)
        self.jobs = {region: TableJob(self.regions, region, self.plan.ensure) for region in REGIONS}

    def play(self) -> Told:
        for _ in range(self.rng.randrange(4)):
            fault = self.mild() if self.rng.random() < 0.6 else self._lose()
            self.suffer_later(fault, within=60.0)
        if self.rng.random() < 0.3:
            self.regions.core.control.drops_to_come = self.rng.randrange(1, 3)
        runs = [self.clock.spawn(partial(self._insist, region)) for region in REGIONS]
        while not all(run.dead for run in runs) and self.clock.now() < 3000.0:
            self.clock.run(self.clock.now() + 5.0)
        self.must(all(run.dead for run in runs), "the jobs were not done after 3000 s")
        self.clock.run(self.clock.now() + 120.0)  # the last change of the other Region's job settles
        for region, job in self.jobs.items():
            if job.outcomes[
                -1
            ].warnings:  # of a Region that did not answer, or of what it left to the next run
                self.clock.spawn(partial(self._next_run, region))
        self.clock.run(self.clock.now() + 300.0)
        codes = {region: [one.code for one in job.outcomes] for region, job in self.jobs.items()}
        for region, job in self.jobs.items():
            self.must(job.outcomes[-1].code == 0, f"{region} did not converge: {job.outcomes[-1].text}")
            self.must(2 not in codes[region], f"{region} called it final: {job.outcomes}")
            self._is_whole(region)
        for region, operation in self.regions.calls:
            self.must("Delete" not in operation, f"the job called {operation} in {region}")
        self.must(not self.regions.memory.dropped, f"dropped: {self.regions.memory.dropped}")
        return Told(self.seed, "table", self.clock.now(), 0, 0, self.faults, (), (*codes[EAST], *codes[WEST]))

    def _next_run(self, region: str) -> None:
        """Long after the faults have ended: nothing is left to do after it."""
        outcome = self.jobs[region].run()
        self.must(not outcome.warnings, f"{region} still warns: {outcome.warnings}")

    def _is_whole(self, region: str) -> None:
        """A Region has its copy of the one global table, lists the other, and has what AWS does not sync."""
        control = self.regions.core.control
        copies = {one: control.table(one, TABLE) for one in REGIONS}
        copy, spec = copies[region], self.jobs[region].spec
        self.must(copy.status == "ACTIVE", f"{region} is {copy.status}")
        self.must(len({one.group.id for one in copies.values()}) == 1, "each Region has a table of its own")
        shown = {one["RegionName"]: one["ReplicaStatus"] for one in describe(copy, "1").get("Replicas", [])}
        others = {one: "ACTIVE" for one in REGIONS if one != region}
        self.must(shown == others, f"{region} lists {shown}")
        self.must(copy.deletion_protection, f"{region} can be deleted")
        self.must(copy.recovery_since is not None, f"{region} has no point-in-time recovery")
        self.must(copy.tags == spec.tags, f"{region} is tagged {copy.tags}")

    def _lose(self) -> "Fault":
        return Outage(region=self.rng.choice(REGIONS), seconds=self.rng.uniform(2.0, 60.0))

    def _insist(self, region: str) -> None:
        self.clock.sleep(self.rng.choice((0.0, 0.0, self.rng.uniform(0.0, 30.0))))
        for attempt in range(12):
            run = self.clock.spawn(self.jobs[region].run)
            dies = self.clock.now() + (
                self.rng.uniform(0.0, 90.0) if attempt < 3 and self.rng.random() < 0.4 else 1e9
            )
            while not run.dead and self.clock.now() < dies:
                self.clock.sleep(0.5)
            if not run.dead:
                self.clock.end(run)
            elif self.jobs[region].outcomes and self.jobs[region].outcomes[-1].code == 0:
                return
            self.clock.sleep(5.0)
