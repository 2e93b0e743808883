"""Judge the global table as a whole: is there one table, with a replica serving in every Region?"""

from dynamodr.table import wording
from dynamodr.table.decisions import Act, AddReplica, CreateTable, Done, Finding, Stop, Suspect, Wait
from dynamodr.table.memory import Moment, Patience
from dynamodr.table.observed import (
    BROKEN,
    CHANGING,
    SERVING,
    Absent,
    Fault,
    Kind,
    Observation,
    Replica,
    Table,
)
from dynamodr.table.spec import KEYS, TYPES

# Which of several findings counts, most urgent first: nothing is changed while one may be final.
FINAL, MAYBE_FINAL, ACT, WAIT, MAYBE_LATER = range(5)


def judge(at: Moment) -> Finding:
    """Find what is to be done about the table and its replicas, all but the own Region's settings."""
    own, home = at.seen.tables[at.spec.own], at.seen.tables[at.spec.home]
    stop = _denied(at) or _unfit(at)
    if stop is not None:
        return stop
    if isinstance(own, Fault):
        return _needs(at, at.spec.own, own, f"an answer from {at.spec.own}, this job's own Region")
    if isinstance(home, Fault):
        return _without_home(at, own, home)
    if isinstance(home, Absent):
        return _from_nothing(at)
    return _with_home(at, home)


def _denied(at: Moment) -> Finding | None:
    for region, fault in at.seen.tables.items():
        if isinstance(fault, Fault) and fault.kind is Kind.DENIED:
            stop = wording.not_allowed(at.spec, region, fault, "to see the table in every Region")
            return Suspect(f"denied in {region}", stop, stop.there, seconds=at.patience.denied)
    return None


def _unfit(at: Moment) -> Stop | None:
    spec, tables = at.spec, at.seen.tables
    for region in spec.regions:
        table = tables[region]
        if not isinstance(table, Table) or table.status == "DELETING":
            continue
        if (table.keys, table.types) != (KEYS, TYPES):
            return wording.other_key(spec, region, table)
    # The capacity mode is the same in every replica; home tells it first.
    region = spec.home if isinstance(tables[spec.home], Table) else spec.own
    table = tables[region]
    if isinstance(table, Table):
        if table.version.startswith("2017"):
            return wording.legacy(spec, region, table.version)
        if table.status == "ACTIVE" and not table.on_demand:
            return wording.provisioned(spec, region)
    return None


def _needs(at: Moment, region: str, fault: Fault, why: str) -> Suspect:
    stop = wording.unanswered(at.spec, region, fault, why)
    seconds = at.patience.throttled if fault.kind is Kind.THROTTLED else at.patience.unanswered
    return Suspect(f"{region} is needed", stop, stop.there, seconds=seconds)


def _without(lost: list[str], faults: list[Fault], warnings: list[str], patience: Patience) -> Suspect:
    busy = any(fault.kind is Kind.THROTTLED for fault in faults)
    return Suspect(
        f"without {','.join(lost)}",
        Done(tuple(warnings), tuple(lost)),
        f"{' and '.join(lost)} may be lost: looking again",
        seconds=patience.throttled if busy else 0.0,
        looks=patience.looks,
    )


def _without_home(at: Moment, own: Table | Absent, fault: Fault) -> Finding:
    """Home gives no answer. A replica that was made before is enough; one that was not can't be made."""
    spec = at.spec
    if not isinstance(own, Table):
        why = f"the home Region: the replica in {spec.own} is made from the table there (first install)"
        return _needs(at, spec.home, fault, why)
    if own.status in BROKEN:
        return wording.broken(spec, spec.own, own.status)
    if own.status not in SERVING or own.replica(spec.home) is None:
        why = f"the home Region: the table in {spec.own} is {own.status} and not its replica yet"
        return _needs(at, spec.home, fault, why)
    lost, faults = [spec.home], [fault]
    warnings = [f"home Region {spec.home} does not answer ({fault.text}); the replica in {spec.own} serves"]
    for region in spec.regions[1:]:
        there = at.seen.tables[region]
        if isinstance(there, Fault):
            lost.append(region)
            faults.append(there)
            warnings.append(f"{region} does not answer ({there.text})")
        elif region != spec.own and own.replica(region) is None:
            warnings.append(f"no replica in {region} yet: it can be added when {spec.home} is back")
    return _without(lost, faults, warnings, at.patience)


def _from_nothing(at: Moment) -> Finding:
    """Home has no table: make it, once every Region has been seen to have none."""
    spec = at.spec
    others = {region: each for region, each in at.seen.tables.items() if region != spec.home}
    standing = {region: each.status for region, each in others.items() if isinstance(each, Table)}
    for region, status in standing.items():
        if status == "DELETING":
            return Wait(f"the table in {region} is being deleted")
    if standing:
        stop = wording.homeless(spec, list(standing))
        return Suspect("no table at home", stop, stop.there, seconds=at.patience.settle)
    for region, each in others.items():
        if isinstance(each, Fault):
            return _needs(
                at, region, each, "every Region of TABLE_REGIONS, to make the table (first install)"
            )
    if at.settling(CreateTable()):
        return Wait(f"the table was created in {spec.home} and does not show yet")
    return Act(CreateTable())


def _with_home(at: Moment, home: Table) -> Finding:
    spec = at.spec
    if home.status in ("CREATING", "DELETING"):
        return Wait(f"the table in {spec.home} is {home.status}")
    lost: list[str] = []
    faults: list[Fault] = []
    warnings = _oddities(at, home)
    if home.status in BROKEN:
        if spec.own == spec.home:
            return wording.broken(spec, spec.home, home.status)
        lost.append(spec.home)
        warnings.append(f"the table in home Region {spec.home} is {home.status}: it does not serve")
    members = [(region, home.replica(region), at.seen.tables[region]) for region in spec.regions[1:]]
    for region, entry, there in members:
        gone = _gone(entry, there) if entry is not None and region != spec.own else ""
        if gone:
            lost.append(region)
            warnings.append(gone)
            faults += [there] if isinstance(there, Fault) else []
    # A change that a lost Region never acknowledges leaves the others UPDATING, which serves like ACTIVE.
    # And warm throughput takes minutes: a table that is UPDATING for it does not hold up a rollout.
    warming = any(
        isinstance(each, Table) and each.warm and each.warm.rising for each in at.seen.tables.values()
    )
    enough = SERVING if lost or warming else frozenset({"ACTIVE"})
    findings: list[tuple[int, Finding]] = []
    for region, entry, there in members:
        if entry is None:
            findings.append(_missing(at, home, region))
        elif region not in lost:
            findings += _listed(at, entry, there, enough)
    if home.status not in enough and spec.home not in lost:
        findings.append((WAIT, Wait(f"the table in {spec.home} is {home.status}")))
    if findings:
        return min(findings, key=lambda each: each[0])[1]
    if lost:
        return _without(lost, faults, warnings, at.patience)
    looks = at.patience.looks if at.memory.disturbed else 1
    return Suspect("converged", Done(tuple(warnings)), "all ACTIVE: looking once more", looks=looks)


def _oddities(at: Moment, home: Table) -> list[str]:
    odd = [
        f"there is a replica in {each.region} ({each.status}), which TABLE_REGIONS does not name: left alone"
        for each in home.replicas
        if each.region not in at.spec.regions
    ]
    if home.strong:
        odd.append("multi-Region strong consistency is on: writes may be refused as conflicts")
    return odd


def _gone(entry: Replica, there: Observation) -> str:
    """Say why a replica that was once made can't be seen to serve; another Region need not wait for it."""
    if entry.status in BROKEN:
        return f"the replica in {entry.region} is {entry.status}: it does not serve"
    if isinstance(there, Table) and there.status in BROKEN:
        return f"the replica in {entry.region} is {there.status}: it does not serve"
    if isinstance(there, Fault) and entry.status in SERVING:
        return f"{entry.region} does not answer ({there.text}); its replica was {entry.status} at last"
    return ""


def _missing(at: Moment, home: Table, region: str) -> tuple[int, Finding]:
    """Home lists no replica in `region`: add it, unless something is there or on its way."""
    spec, there = at.spec, at.seen.tables[region]
    if home.strong:
        return FINAL, wording.strong(spec, region)
    if isinstance(there, Fault):
        return MAYBE_LATER, _needs(at, region, there, f"a replica in {region}, which has none yet")
    if isinstance(there, Table):
        if there.status == "DELETING":
            return WAIT, Wait(f"the table in {region} is being deleted")
        if there.replica(spec.home):
            return WAIT, Wait(f"{region} has its replica; {spec.home} does not list it yet")
        stop = wording.foreign(spec, region)
        return MAYBE_FINAL, Suspect(f"foreign in {region}", stop, stop.there, seconds=at.patience.foreign)
    if home.status != "ACTIVE":
        return WAIT, Wait(f"the table in {spec.home} is {home.status}; {region} has no replica yet")
    for each in home.replicas:
        if each.status in CHANGING:
            return WAIT, Wait(f"the replica in {each.region} is {each.status}; {region}'s is next")
    if at.settling(AddReplica(region)):
        return WAIT, Wait(f"a replica in {region} was accepted and does not show yet")
    return ACT, Act(AddReplica(region))


def _listed(
    at: Moment, entry: Replica, there: Observation, enough: frozenset[str]
) -> list[tuple[int, Finding]]:
    """Home lists the replica: both home's word and the replica's own must be `enough`."""
    if entry.status == "CREATION_FAILED":
        return [(FINAL, wording.creation_failed(at.spec, entry))]
    own_word = _status(there)
    for status in (entry.status, own_word):
        if status in BROKEN:
            return [(FINAL, wording.broken(at.spec, entry.region, status))]
    if entry.status not in enough:
        return [(WAIT, Wait(f"the replica in {entry.region} is {entry.status}"))]
    if own_word not in enough:
        return [(WAIT, Wait(f"{at.spec.home} says the replica is ACTIVE, {entry.region} says {own_word}"))]
    return []


def _status(there: Observation) -> str:
    if isinstance(there, Table):
        return there.status
    return "there is none" if isinstance(there, Absent) else there.text
