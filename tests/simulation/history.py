"""One history: a seed decides everything that happens, and what must hold is checked while it does."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import NamedTuple

from dynamodr.failover.command import SETTLE
from dynamodr.table.loop import Outcome, Ports, ensure
from dynamodr.table.memory import Patience
from dynamodr.table.spec import Spec

from rehearsal.core.faults import Fault, Latency, Partition, PauseReplication, Skew, Throttle
from tests.simulation.clockwork import Clockwork
from tests.simulation.regions import EAST, REGIONS, WEST, Regions

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
    ensure: Callable[[Spec, Patience, float, Ports], Outcome] = ensure


class History:
    """What all of them have."""

    def __init__(self, seed: int, kind: str, plan: Plan | None, *, born: bool) -> None:
        self.seed, self.kind = seed, kind
        self.plan = plan or Plan()
        self.rng = Random(f"{kind} {seed}")
        self.clock = Clockwork()
        self.regions = Regions(self.clock, seed, born=born)
        self.faults = 0
        self.healed = False
        self.plan.spoil(self.regions)

    def play(self) -> Told:
        """Live through it."""
        raise NotImplementedError

    def must(self, holds: bool, broken: str) -> None:
        """Break off unless it holds."""
        if not holds:
            raise BrokenError(broken)

    def suffer(self, fault: Fault) -> None:
        """Let a fault begin now, unless all has been healed."""
        if self.healed:
            return
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

    def suffer_later(self, fault: Fault, within: float) -> None:
        """Let a fault begin at some time in the next so many seconds."""
        self.clock.at(self.rng.uniform(0.0, within), partial(self.suffer, fault))

    def dies_at(self, within: float) -> float:
        """When to kill a command, if ever: now and then within so many seconds."""
        return self.clock.now() + (self.rng.uniform(0.0, within) if self.rng.random() < 0.4 else float("inf"))
