"""Judge warm throughput: what the table takes at once, such as the traffic of a Region that is lost.

AWS applies it to every replica, only ever raises it, and takes minutes, through which the table serves and
shows the old values (measured: 272 to 501 s; docs/api-quirks of aws-controllers-k8s/dynamodb-controller,
DDB-TABLE-179). So it is asked for last of all, nothing waits for it, and nothing that AWS says to it fails a
rollout.
"""

from dynamodr.table.decisions import Act, Warm
from dynamodr.table.memory import Moment
from dynamodr.table.observed import Kind, Table
from dynamodr.table.spec import Spec

# A permission among them, which may be new.
PASSING = frozenset({Kind.DENIED, Kind.IN_FLIGHT, Kind.RACED, Kind.THROTTLED, Kind.UNREACHABLE})


def wanted(spec: Spec, own: Table) -> Warm | None:
    """Find what to raise; what is higher than configured stays, for a request must not name less."""
    warm = own.warm
    if warm is None or warm.rising:
        return None
    action = Warm(max(spec.warm_read or 0, warm.read), max(spec.warm_write or 0, warm.write))
    return None if (action.read, action.write) == (warm.read, warm.write) else action


def judge(at: Moment, own: Table) -> Act | None:
    """Ask for it once; again, for some seconds, where what AWS said may pass."""
    action = wanted(at.spec, own)
    if action is None or action.key in at.memory.accepted:
        return None
    refusal = at.refused(action)
    if refusal is None:
        return Act(action)
    passing = refusal.fault.kind in PASSING and at.now - refusal.since < at.patience.settle
    return Act(action) if passing else None


def notes(at: Moment, own: Table) -> tuple[str, ...]:
    """Say how what is there differs from what is configured."""
    asked = {"reads": at.spec.warm_read, "writes": at.spec.warm_write}
    if not any(asked.values()):
        return ()
    wish = " and ".join(f"{units} {what} a second" for what, units in asked.items() if units)
    if own.warm is None:
        return (f"{at.spec.own} tells no warm throughput of the table; {wish} were wanted: not asked for",)
    there = {"reads": own.warm.read, "writes": own.warm.write}
    now = f"{own.warm.read} reads and {own.warm.write} writes a second"
    action = wanted(at.spec, own)
    refusal = at.refused(action)
    if own.warm.rising:
        return (f"warm throughput is being raised, for some minutes; until then {now} ({wish} wanted)",)
    if action is not None and action.key in at.memory.accepted:
        return (f"warm throughput will be {wish} in some minutes; until then {now}",)
    if refusal is not None:
        return (f"warm throughput stays {now}; {wish} were wanted: {refusal.fault.text}",)
    return tuple(
        f"warm throughput is {there[what]} {what} a second, above the {units} configured: left, for AWS only "
        "raises it"
        for what, units in asked.items()
        if units and there[what] > units
    )
