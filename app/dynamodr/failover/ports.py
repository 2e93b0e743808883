"""What the command needs of the world outside. `replica`, `accelerator` and `together` have the real ones;
a simulation has its own."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from dynamodr.failover.digest import Digest
from dynamodr.failover.view import Accelerator, Replica
from dynamodr.fence.record import Fence


class CallFailedError(Exception):
    """A call was refused, or not answered in time; the text says which, for a person."""


class ReplicaCalls(Protocol):
    """One Region's replica. Every method raises CallFailedError."""

    def look(self) -> Replica:
        """Read the table's state, the fence and the heartbeats, strongly consistent."""

    def move(self, fence: Fence, over: int | None) -> bool:
        """Write the fence if the stored one has the epoch `over` (None: there is none); False if not."""

    def digest(self, most: int) -> Digest | None:
        """Digest all users, strongly consistent; None if there are more than `most`."""

    def mark(self, epoch: int) -> None:
        """Write the markers of a failover: items of our own, on many keys."""

    def marked(self, epoch: int) -> bool:
        """Whether all markers of that failover are here."""


class AcceleratorCalls(Protocol):
    """Global Accelerator. Every method raises CallFailedError."""

    def look(self) -> Accelerator:
        """Read the accelerator and its endpoint groups."""

    def dial(self, group: str, percentage: int) -> None:
        """Set one endpoint group's traffic dial, and nothing else of it."""


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def wall(self) -> float:
        """Seconds since the Unix epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Together(Protocol):
    """Makes several calls at once."""

    def __call__(self, calls: Mapping[str, Callable[[], Any]], seconds: float) -> Mapping[str, Any]:
        """Return each call's result, or its CallFailedError; what takes longer than `seconds` has failed."""


class World(NamedTuple):
    """All of it. `replicas`: by Region, every Region of the table."""

    replicas: Mapping[str, ReplicaCalls]
    accelerator: AcceleratorCalls
    clock: Clock
    together: Together
