"""Judge the global table as a whole: is there one table, with a replica serving in every Region?"""

from dynamodr.table import others, wording
from dynamodr.table.decisions import Act, AddReplica, CreateTable, Done, Finding, Stop, Suspect, Wait
from dynamodr.table.memory import Moment
from dynamodr.table.observed import (
    CHANGING,
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


def _without(at: Moment, group: Table, lost: dict[str, str], warnings: list[str]) -> Suspect:
    """Go on without the lost Regions, once they have been seen to be lost again."""
    faults = [each for region, each in at.seen.tables.items() if region in lost and isinstance(each, Fault)]
    busy = any(fault.kind is Kind.THROTTLED for fault in faults)
    regions = _ordered(at, lost)
    alone = [wording.cut_off(region) for region in others.cut_off(at, group) if region not in lost]
    return Suspect(
        f"without {','.join(regions)}",
        Done((*warnings, *lost.values(), *alone), regions),
        f"{' and '.join(regions)} may be lost: looking again",
        seconds=at.patience.throttled if busy else 0.0,
        looks=at.patience.looks,
    )


def _without_home(at: Moment, own: Table | Absent, fault: Fault) -> Finding:
    """Home gives no answer. A replica that was made before is enough; one that was not can't be made."""
    spec = at.spec
    if not isinstance(own, Table):
        why = f"the home Region: the replica in {spec.own} is made from the table there (first install)"
        return _needs(at, spec.home, fault, why)
    if own.status in own.broken:
        return wording.broken(spec, spec.own, own.status)
    if own.status not in own.serving or own.replica(spec.home) is None:
        why = f"the home Region: the table in {spec.own} is {own.status} and not its replica yet"
        return _needs(at, spec.home, fault, why)
    lost = {
        spec.home: f"home Region {spec.home} does not answer ({fault.text}); the replica in {spec.own} serves"
    }
    for region in spec.regions[1:]:
        why = others.unseen(spec, own, region, at.seen.tables[region]) if region != spec.own else ""
        if why:
            lost[region] = why
    return _without(at, own, lost, [])


def _from_nothing(at: Moment) -> Finding:
    """Home has no table: make it, once every Region has been seen to have none."""
    spec = at.spec
    elsewhere = {region: each for region, each in at.seen.tables.items() if region != spec.home}
    standing = {region: each.status for region, each in elsewhere.items() if isinstance(each, Table)}
    for region, status in standing.items():
        if status == "DELETING":
            return Wait(f"the table in {region} is being deleted")
    if standing:
        stop = wording.homeless(spec, list(standing))
        return Suspect("no table at home", stop, stop.there, seconds=at.patience.settle)
    for region, each in elsewhere.items():
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
    lost: dict[str, str] = {}
    if home.status in home.broken:
        if spec.own == spec.home:
            return wording.broken(spec, spec.home, home.status)
        lost[spec.home] = f"the table in home Region {spec.home} is {home.status}: it does not serve"
    standing = others.stands(at, home)
    members = [(region, home.replica(region), at.seen.tables[region]) for region in spec.regions[1:]]
    for region, entry, there in members:
        if region != spec.own and others.lost(home, entry, there, standing=standing):
            lost[region] = others.unseen(spec, home, region, there)
    # A change that a lost Region never acknowledges leaves the others UPDATING, which serves like ACTIVE.
    # And warm throughput takes minutes: a table that is UPDATING for it does not hold up a rollout.
    warming = any(
        isinstance(each, Table) and each.warm and each.warm.rising for each in at.seen.tables.values()
    )
    silent = others.unacknowledged(at, home) if not (lost or warming) else []
    enough = home.serving if lost or warming or silent else home.serving - {"UPDATING"}
    findings: list[tuple[int, str, Finding]] = []
    for region, entry, there in members:
        if region in lost:
            continue
        found = [_missing(at, home, region)] if entry is None else _listed(at, home, entry, there, enough)
        findings += [(rank, region, finding) for rank, finding in found]
    if home.status not in enough and spec.home not in lost:
        findings.append((WAIT, spec.home, Wait(f"the table in {spec.home} is {home.status}")))
    if standing and (lost or silent):  # the own replica is enough: what else is waited for may never come
        waits = {
            where: each.reason for _, where, each in findings if isinstance(each, Wait) and where != spec.own
        }
        findings = [each for each in findings if each[1] not in waits]
        lost |= waits
    if findings:
        return min(findings, key=lambda each: each[0])[2]
    return _settled(at, home, lost, silent)


def _settled(at: Moment, home: Table, lost: dict[str, str], silent: list[str]) -> Suspect:
    """Nothing is to be done or waited for any more."""
    warnings = others.oddities(at.spec, home)
    if silent:
        where = " and ".join(silent)
        amiss = f"the table is UPDATING, as if {where}, which TABLE_REGIONS does not name, were lost"
        done = Done((*warnings, *lost.values(), amiss), _ordered(at, lost), amiss)
        return Suspect(f"without {where}", done, f"{amiss}: looking again", seconds=at.patience.changing)
    if lost:
        return _without(at, home, lost, warnings)
    alone = others.cut_off(at, home)
    amiss = f"replication to and from {' and '.join(alone)} is stopped" if alone else ""
    looks = at.patience.looks if at.memory.disturbed else 1
    done = Done((*warnings, *map(wording.cut_off, alone)), amiss=amiss)
    return Suspect("converged", done, "all serve: looking once more", looks=looks)


def _ordered(at: Moment, lost: dict[str, str]) -> tuple[str, ...]:
    return tuple(region for region in at.spec.regions if region in lost)


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
    at: Moment, home: Table, entry: Replica, there: Observation, enough: frozenset[str]
) -> list[tuple[int, Finding]]:
    """Home lists the replica: both home's word and the replica's own must be `enough`."""
    if entry.status == "CREATION_FAILED":
        return [(FINAL, wording.creation_failed(at.spec, entry))]
    own_word = _status(there)
    for status in (entry.status, own_word):
        if status in home.broken:
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
