"""Bugs on purpose, to see whether the histories notice: in the world's replication, or in the table job."""

from typing import TYPE_CHECKING

from dynamodr.table.loop import Outcome, Ports, ensure
from msgspec.structs import replace

from rehearsal.core.replication import Arrival, Replication

if TYPE_CHECKING:
    from dynamodr.table.memory import Patience
    from dynamodr.table.spec import Spec

    from tests.simulation.regions import Regions


class Forgetful(Replication):
    """Drops one write in a thousand."""

    __slots__ = ()

    def arrivals(self, now: float) -> list[Arrival]:
        return [arrival for arrival in super().arrivals(now) if self.rng.random() >= 0.001]


class Stubborn(Replication):
    """Keeps, one time in a hundred, what a Region holds, though the later write has arrived."""

    __slots__ = ()

    def arrive(self, arrival: Arrival, now: float) -> bool:
        return super().arrive(arrival, now) and self.rng.random() >= 0.01


def spoil(kind: type[Replication], regions: "Regions") -> None:
    """Let the Regions have a replication of another kind."""
    regions.core.replication.__class__ = kind


def apart(spec: "Spec", patience: "Patience", seconds: float, ports: Ports) -> Outcome:
    """Makes each Region's table by itself: two tables of one name, and nothing is replicated."""
    return ensure(replace(spec, regions=(spec.own,)), patience, seconds, ports)


def bare(spec: "Spec", patience: "Patience", seconds: float, ports: Ports) -> Outcome:
    """Leaves out what AWS does not sync from one replica to the other, but in the home Region."""
    if spec.own == spec.home:
        return ensure(spec, patience, seconds, ports)
    alone = replace(spec, tags={}, deletion_protection=False, point_in_time_recovery=False)
    return ensure(alone, patience, seconds, ports)
