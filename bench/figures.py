"""Samples made into figures: medians, spreads, ratios. Pure."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Sample(msgspec.Struct, frozen=True):
    """One peer under load for one operation, once."""

    peer: str
    operation: str
    requests: int
    seconds: float
    cpu_seconds: float
    """Of the server's whole process tree; of the loop itself where there is no server."""
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a request."""
        return self.cpu_seconds / self.requests * 1e6


class Spread(msgspec.Struct, frozen=True):
    """A median, and the least and most around it."""

    median: float
    least: float
    most: float


class Figure(msgspec.Struct, frozen=True):
    """What the samples of one peer and operation amount to."""

    peer: str
    operation: str
    requests: int
    cpu_us: Spread
    rate: Spread
    p50_ms: float
    p99_ms: float


def spread(values: Sequence[float]) -> Spread:
    """Sum up values; ValueError for none."""
    if not values:
        raise ValueError("no values")
    return Spread(statistics.median(values), min(values), max(values))


def figures(samples: Iterable[Sample]) -> list[Figure]:
    """Sum up samples by peer and operation, in the order in which those first come."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.peer, sample.operation), []).append(sample)
    return [
        Figure(
            peer,
            operation,
            sum(one.requests for one in group),
            spread([one.cpu_us for one in group]),
            spread([one.rate for one in group]),
            statistics.median(one.p50_ms for one in group),
            statistics.median(one.p99_ms for one in group),
        )
        for (peer, operation), group in groups.items()
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
