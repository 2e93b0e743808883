"""Bugs on purpose, to see whether the histories notice: each takes the place of the world's replication."""

from typing import TYPE_CHECKING

from rehearsal.core.replication import Arrival, Replication

if TYPE_CHECKING:
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
