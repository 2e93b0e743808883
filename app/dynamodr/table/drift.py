"""Judge what does not replicate: the own replica's deletion protection, point-in-time recovery and tags."""

from dynamodr.table import wording
from dynamodr.table.decisions import Act, Action, Finding, KeepBackups, Protect, Suspect, Tag, Wait
from dynamodr.table.memory import Moment
from dynamodr.table.observed import Extras, Fault, Kind, Table
from dynamodr.table.spec import Spec

CANT_TELL = "to see point-in-time recovery and tags"


def judge(at: Moment, own: Table) -> Finding | None:
    """Find the next thing to set, or None when all is as configured."""
    extras = at.seen.extras
    for fault in (extras.recovery, extras.tags):
        if isinstance(fault, Fault):
            return _unread(at, fault)
    for action in _wanted(at.spec, own, extras):
        if at.settling(action):
            return Wait(f"accepted, and not yet shown: {action.key}")
        return Act(action)
    return None


def leftovers(spec: Spec, own: Table, extras: Extras) -> tuple[str, ...]:
    """Say what is stronger than configured. It stays so: only a person weakens it."""
    left = []
    if own.protected and not spec.deletion_protection:
        left.append(f"deletion protection is on in {spec.own}, though not asked for: left on")
    if extras.recovery is True and not spec.point_in_time_recovery:
        left.append(f"point-in-time recovery is on in {spec.own}, though not asked for: left on")
    return tuple(left)


def _wanted(spec: Spec, own: Table, extras: Extras) -> list[Action]:
    wanted: list[Action] = []
    if spec.point_in_time_recovery and extras.recovery is False:
        wanted.append(KeepBackups())
    tags = extras.tags
    if isinstance(tags, dict) and any(tags.get(name) != value for name, value in spec.tags.items()):
        wanted.append(Tag(own.arn))
    # Last: it makes a table with replicas UPDATING for half a minute (measured on AWS: 34 to 39 s).
    if spec.deletion_protection and not own.protected:
        wanted.append(Protect())
    return wanted


def _unread(at: Moment, fault: Fault) -> Finding:
    spec = at.spec
    if fault.kind is Kind.DENIED:
        stop = wording.not_allowed(spec, spec.own, fault, CANT_TELL)
    elif fault.kind in (Kind.CREDENTIALS, Kind.FINAL):
        stop = wording.unanswered(spec, spec.own, fault, CANT_TELL)
    else:
        return Wait(f"point-in-time recovery and tags in {spec.own} can't be read yet ({fault.text})")
    return Suspect(f"unread: {fault.kind.value}", stop, stop.there, seconds=at.patience.denied)
