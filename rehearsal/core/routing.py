"""Where Global Accelerator sends a new connection: nearest Region, traffic dials, health, in AWS's order.

1. The endpoint groups are walked from the nearest to the client to the furthest. Each takes its dial's
   percentage of what reaches it and passes the rest on; the furthest that is dialled up takes all that is
   left. (AWS's example: two groups at 50 % each halve every client's connections, and nothing is dropped.)
2. Where the chosen group has no healthy endpoint with a weight above 0, the closest group that has one takes
   the connection. This failover ignores the dials, one at 0 too, and looks at three groups at most.
3. Where none has one, the connection fails open: to any endpoint of the group closest to the client.

AWS does not say what becomes of a connection while every dial is at 0. Here it is refused, because a plan
must not count on it.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

FAILOVER_GROUPS = 3


class Target(NamedTuple):
    """An endpoint as routing sees it. One that has not passed a health check yet is not healthy."""

    endpoint_id: str
    weight: int
    healthy: bool


class Group(NamedTuple):
    """An endpoint group as routing sees it; `dial` is a percentage."""

    region: str
    dial: float
    targets: tuple[Target, ...]


class Why(StrEnum):
    """The rule that chose."""

    NEAREST = "nearest"
    OVERFLOW = "overflow"
    FAILOVER = "failover"
    FAIL_OPEN = "fail-open"


class Route(NamedTuple):
    """The endpoint that a connection goes to."""

    region: str
    endpoint_id: str
    why: Why


def nearest_first(groups: Sequence[Group], nearest: Sequence[str]) -> list[Group]:
    """Sort by the client's distance: `nearest` names Regions, closest first; the others come last."""
    rank = {region: place for place, region in enumerate(nearest)}
    return sorted(groups, key=lambda group: rank.get(group.region, len(rank)))


def choose(groups: Sequence[Group], draw: Callable[[], float]) -> Route | None:
    """Choose for one new connection; None when no group may take it.

    `groups` come nearest first. `draw` gives a number in [0, 1) each time: all the chance there is.
    """
    groups = [group for group in groups if group.targets]
    original = _by_dial(groups, draw)
    if original is None:
        return None
    if usable := _usable(original):
        why = Why.NEAREST if original is groups[0] else Why.OVERFLOW
        return Route(original.region, _by_weight(usable, draw), why)
    for group in groups[:FAILOVER_GROUPS]:
        if usable := _usable(group):
            return Route(group.region, _by_weight(usable, draw), Why.FAILOVER)
    closest = groups[0]
    anyone = closest.targets[int(draw() * len(closest.targets))]
    return Route(closest.region, anyone.endpoint_id, Why.FAIL_OPEN)


def _by_dial(groups: Sequence[Group], draw: Callable[[], float]) -> Group | None:
    chosen = None
    for group in groups:
        if group.dial <= 0:
            continue
        chosen = group
        if group.dial >= 100 or draw() * 100 < group.dial:
            break
    return chosen


def _usable(group: Group) -> list[Target]:
    return [target for target in group.targets if target.healthy and target.weight > 0]


def _by_weight(targets: Sequence[Target], draw: Callable[[], float]) -> str:
    if len(targets) == 1:
        return targets[0].endpoint_id
    left = draw() * sum(target.weight for target in targets)
    for target in targets:
        left -= target.weight
        if left < 0:
            return target.endpoint_id
    return targets[-1].endpoint_id
