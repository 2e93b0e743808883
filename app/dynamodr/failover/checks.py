"""What must hold before anything is changed. Pure.

Each check says what it found, and whether `--forced` may override it. Three are never overridden: the
Region's name, an answer from the target's replica, and the rule that the last healthy Region is not turned
off.
"""

import msgspec

from dynamodr.failover.goal import Goal
from dynamodr.failover.view import Replica, View


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One demand. `ok` None: nothing can be said, and nothing is demanded."""

    name: str
    ok: bool | None
    detail: str
    forcible: bool = True


def enforced(goal: Goal, view: View) -> bool:
    """Whether the pods obey the fence: by their heartbeats, or else by this command's own WRITE_MODE."""
    return goal.write_mode == "active-region" if view.obeyed is None else view.obeyed


def preflight(goal: Goal, view: View) -> tuple[Check, ...]:
    """Check everything, for a failover to the goal's target from wherever the writes are."""
    if goal.target not in goal.regions:
        known = ", ".join(goal.regions)
        detail = f"{goal.target} is none of the table's Regions ({known}: TABLE_REGIONS)"
        return (Check(name="Region", ok=False, detail=detail, forcible=False),)
    source = _source(goal, view)
    return (
        Check(name="Region", ok=True, detail=f"{goal.target}, from {source}", forcible=False),
        _table(view, goal.target, source, forcible=False),
        _table(view, source, goal.target, forcible=True),
        *_accelerator(goal, view, source),
        last_healthy(goal, view),
        _lag(goal, view, source),
        _mode(goal, view),
        _home(goal, view),
        _under_way(goal, view),
        _capacity(view, goal.target, source),
    )


def last_healthy(goal: Goal, view: View) -> Check:
    """Refuse to turn off what is healthy for what isn't."""
    name = "last healthy Region"
    accelerator = view.accelerator
    if accelerator is None:
        return Check(name=name, ok=None, detail="unknown; no dial can be turned either", forcible=False)
    if accelerator.healthy(goal.target):
        return Check(name=name, ok=True, detail="the target stays on, and is healthy", forcible=False)
    healthy = [one for one in accelerator.regions if one != goal.target and accelerator.healthy(one)]
    if not healthy:
        return Check(name=name, ok=True, detail="no Region is healthy", forcible=False)
    names = " and ".join(healthy)
    detail = f"{names} would be turned off, and {goal.target} has no healthy endpoint"
    return Check(name=name, ok=False, detail=detail, forcible=False)


def _source(goal: Goal, view: View) -> str:
    fence = view.fence
    for region in (fence.active_region, fence.source, fence.target, *goal.regions):
        if region and region != goal.target and region in view.replicas:
            return region
    return goal.target


def _table(view: View, region: str, peer: str, *, forcible: bool) -> Check:
    name = f"replica in {region}"
    one = view.replicas[region]
    if not one.answers:
        return Check(name=name, ok=False, detail=f"does not answer: {one.error}", forcible=forcible)
    seen = view.replicas[peer].replicas.get(region, "absent") if view.replicas[peer].answers else ""
    if one.status not in ("ACTIVE", "UPDATING"):
        return Check(name=name, ok=False, detail=f"its table is {one.status or 'absent'}", forcible=True)
    if peer != region and seen not in ("", "ACTIVE"):
        return Check(name=name, ok=False, detail=f"{peer} says that it is {seen}", forcible=True)
    return Check(name=name, ok=True, detail=f"{one.status}, {one.items} items at AWS's last count")


def _accelerator(goal: Goal, view: View, source: str) -> tuple[Check, ...]:
    accelerator = view.accelerator
    if accelerator is None:
        detail = f"Global Accelerator does not answer: {view.accelerator_error}"
        return (Check(name="accelerator", ok=False, detail=detail),)
    missing = [one for one in (goal.target, source) if accelerator.listeners_without(one)]
    if not accelerator.groups or missing:
        where = " and ".join(missing) or "any Region"
        detail = f"{accelerator.name} has a listener without an endpoint group in {where}"
    elif not accelerator.enabled:
        detail = f"{accelerator.name} is disabled"
    elif not accelerator.deployed:
        detail = f"{accelerator.name} is still being changed (IN_PROGRESS)"
    else:
        detail = ""
    healthy = accelerator.healthy(goal.target)
    health = "has a healthy endpoint" if healthy else f"has no healthy endpoint{_health(view, goal.target)}"
    return (
        Check(name="accelerator", ok=not detail, detail=detail or f"{accelerator.name}, DEPLOYED"),
        Check(name="target's health", ok=healthy, detail=f"{goal.target} {health}"),
    )


def _health(view: View, region: str) -> str:
    groups = view.accelerator.of(region) if view.accelerator else ()
    states = [f"{name} {state}" for group in groups for name, state in group.health.items()]
    return f" ({', '.join(states)})" if states else ""


def _lag(goal: Goal, view: View, source: str) -> Check:
    name = "replication lag"
    lag = view.lag(source, goal.target)
    if source == goal.target:
        return Check(name=name, ok=None, detail="there is one Region only")
    if lag is None:
        detail = f"unknown: {goal.target} has no heartbeat of {source}"
        return Check(name=name, ok=False, detail=detail)
    detail = f"{source} was last heard in {goal.target} {lag:.1f} s ago, by this machine's clock"
    if lag > goal.limits.lag:
        detail = f"{detail}; the limit is {goal.limits.lag:g} s"
    return Check(name=name, ok=lag <= goal.limits.lag, detail=detail)


def _mode(goal: Goal, view: View) -> Check:
    name = "write mode"
    beats = view.newest_beats()
    modes = {region: beat.mode for region, beat in beats.items() if region in goal.regions}
    if len(set(modes.values())) > 1:
        each = ", ".join(f"{mode} in {region}" for region, mode in sorted(modes.items()))
        return Check(name=name, ok=False, detail=f"the Regions differ: {each}")
    if not enforced(goal, view):
        detail = "any: no fence; for a while both Regions write, and the last writer of an item wins"
        return Check(name=name, ok=None, detail=detail)
    return Check(name=name, ok=True, detail="active-region: the fence is obeyed")


def _home(goal: Goal, view: View) -> Check:
    if view.fence.epoch or view.homes <= {goal.regions[0]}:
        return Check(name="home Region", ok=True, detail=f"{goal.regions[0]}")
    theirs = ", ".join(sorted(view.homes))
    detail = f"this command's TABLE_REGIONS begins with {goal.regions[0]}, the pods' with {theirs}"
    return Check(name="home Region", ok=False, detail=detail)


def _under_way(goal: Goal, view: View) -> Check:
    name = "no other failover"
    fence = view.fence
    if view.conflict:
        detail = f"two Regions hold different fences of epoch {fence.epoch}: choose one by --forced"
        return Check(name=name, ok=False, detail=detail)
    strange = {fence.active_region, fence.source} - {"", *goal.regions}
    if strange and goal.target != fence.active_region:
        detail = f"the fence names {' and '.join(sorted(strange))}, which TABLE_REGIONS does not"
        return Check(name=name, ok=False, detail=detail)
    if fence.moving and goal.target not in (fence.target, fence.source):
        since = max(0.0, (view.wall_ms - fence.at) / 1000)
        detail = f"from {fence.source} to {fence.target}, for {since:.0f} s (epoch {fence.epoch})"
        return Check(name=name, ok=False, detail=f"one is under way: {detail}")
    return Check(name=name, ok=True, detail="none is under way")


def _capacity(view: View, target: str, source: str) -> Check:
    name = "capacity"
    there, here = view.replicas[target], view.replicas[source]
    accelerator = view.accelerator
    endpoints = sum(len(group.health) for group in accelerator.of(target)) if accelerator else 0
    if there.capacity.billing == "PROVISIONED":
        return Check(name=name, ok=False, detail=f"the replica in {target} is provisioned, not on demand")
    known = _units(there)
    less = here.answers and (
        there.capacity.reads < here.capacity.reads or there.capacity.writes < here.capacity.writes
    )
    compared = f", less than {source}'s {_units(here)}" if less else ""
    detail = f"endpoints: {endpoints}; the replica takes {known} at once{compared}; how many pods: unknown"
    return Check(name=name, ok=None, detail=detail)


def _units(one: Replica) -> str:
    if not one.capacity.reads:
        return "an unknown number of units"
    return f"{one.capacity.reads} read and {one.capacity.writes} write units a second"
