"""One moment, one decision. No clock, no socket, no thread, no randomness."""

from msgspec.structs import replace

from dynamodr.table import drift, members, warming, wording
from dynamodr.table.calls import region_of
from dynamodr.table.decisions import Act, Action, AddReplica, Decision, Done, Finding, Suspect, Wait
from dynamodr.table.memory import Memory, Moment, believe
from dynamodr.table.observed import CHANGING, Kind, Table


def decide(at: Moment) -> tuple[Decision, Memory]:
    """Say what to do about what was seen, and what to remember of it."""
    finding = members.judge(at)
    own = at.seen.tables[at.spec.own]
    wanted = finding.action if isinstance(finding, Act) else None
    if isinstance(own, Table) and _settable(own, _outcome(finding)):
        finding, wanted = _with_settings(at, own, finding)
    memory = at.memory if at.refused(wanted) else replace(at.memory, refusal=None)
    if isinstance(finding, Act):
        finding = _tried(at, finding.action)
    return believe(finding, memory, at.now)


def wants_extras(at: Moment) -> bool:
    """Whether to ask for `Seen.extras` before deciding: a CREATING replica answers DescribeTable alone."""
    own = at.seen.tables[at.spec.own]
    return isinstance(own, Table) and _settable(own, _outcome(members.judge(at)))


def _outcome(finding: Finding) -> Decision:
    return finding.then if isinstance(finding, Suspect) else finding


def _settable(own: Table, outcome: Decision) -> bool:
    if isinstance(outcome, Done):
        return own.status in own.serving
    quiet = own.status == "ACTIVE" and not any(each.status in CHANGING for each in own.replicas)
    return isinstance(outcome, Wait) and quiet


def _with_settings(at: Moment, own: Table, finding: Finding) -> tuple[Finding, Action | None]:
    """Let the own Region's settings come before waiting and before being done."""
    drifted = drift.judge(at, own)
    wanted = drifted.action if isinstance(drifted, Act) else None
    done = _outcome(finding)
    if not isinstance(done, Done):
        return drifted or finding, wanted
    left = drift.leftovers(at.spec, own, at.seen.extras)
    if drifted is not None:
        refusal = at.refused(wanted)
        tried = wanted is None or refusal is not None or wanted.key in at.memory.accepted
        if not (done.lost or done.amiss) or not tried:
            return drifted, wanted
        # A disaster: each thing is tried once, and none of it may hold up a rollout in the survivor.
        why = f"{refusal.key}: {refusal.fault.text}" if refusal else _reason(drifted)
        left = (*left, f"the settings of the replica in {at.spec.own} are left for the next run ({why})")
    else:
        warm = warming.judge(at, own)
        wanted = warming.wanted(at.spec, own)
        if warm is not None:
            return warm, wanted
        left = (*left, *warming.notes(at, own))
    done = replace(done, warnings=(*done.warnings, *left))
    return (replace(finding, then=done) if isinstance(finding, Suspect) else done), wanted


def _reason(finding: Finding) -> str:
    if isinstance(finding, Act):
        return f"accepted, without effect: {finding.action.key}"
    return finding.reason if isinstance(finding, Wait | Suspect) else ""


def _tried(at: Moment, action: Action) -> Finding:
    """Act, unless AWS has refused that very action: then wait and try again, or give up."""
    refusal = at.refused(action)
    if refusal is None:
        return Act(action)
    fault, lasted, patience = refusal.fault, at.now - refusal.since, at.patience
    match fault.kind:
        case Kind.FINAL if fault.cure or lasted >= patience.settle:
            return wording.refused(at.spec, action, fault)
        case Kind.DENIED if lasted >= patience.denied:
            return wording.not_allowed(at.spec, region_of(at.spec, action), fault, f"to {action.key}")
        case Kind.CREDENTIALS if lasted >= patience.denied:
            return wording.refused(at.spec, action, fault)
        case Kind.OCCUPIED if lasted >= patience.foreign and isinstance(action, AddReplica):
            return wording.foreign(at.spec, action.region)
        case _ if at.now < refusal.again:
            return Wait(f"refused to {action.key} ({fault.text}); trying again", refusal.again)
        case _:
            return Act(action)
