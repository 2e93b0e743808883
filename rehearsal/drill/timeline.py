"""Requests summed up a second at a time. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from rehearsal.drill.record import Request


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered within a part of a drill. Latency in milliseconds."""

    at: float
    """Its beginning."""
    good: dict[str, int]
    """By Region; "" where it isn't known."""
    failed: int
    median_ms: dict[str, float]
    p95_ms: dict[str, float]


def seconds(requests: Iterable[Request], width: float = 0.5) -> list[Second]:
    """Sum up, `width` seconds at a time, by when answers came."""
    by: dict[int, list[Request]] = defaultdict(list)
    for one in requests:
        by[int(one.end / width)].append(one)
    if not by:
        return []
    return [_second(number * width, by[number]) for number in range(min(by), max(by) + 1)]


def _second(at: float, those: list[Request]) -> Second:
    took: dict[str, list[float]] = defaultdict(list)
    for one in those:
        if one.ok:
            took[one.region].append(one.seconds * 1000)
    return Second(
        at=at,
        good=dict(Counter({region: len(own) for region, own in took.items()})),
        failed=sum(not one.ok for one in those),
        median_ms={region: round(_quantile(own, 0.5), 1) for region, own in took.items()},
        p95_ms={region: round(_quantile(own, 0.95), 1) for region, own in took.items()},
    )


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
