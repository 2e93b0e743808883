"""Judge the other Regions' replicas: which can't be seen to serve, and which are apart from the rest."""

from dynamodr.table import wording
from dynamodr.table.memory import Moment
from dynamodr.table.observed import CUT_OFF, Fault, Kind, Observation, Replica, Table
from dynamodr.table.spec import Spec


def stands(at: Moment, home: Table) -> bool:
    """Whether the own replica serves as part of a global table: this is no first install."""
    spec, own = at.spec, at.seen.tables[at.spec.own]
    if not isinstance(own, Table) or own.status not in own.serving:
        return False
    if spec.own == spec.home:
        return any(each.status not in ("CREATING", "CREATION_FAILED") for each in home.replicas)
    entry = home.replica(spec.own)
    return entry is not None and entry.status in home.serving


def lost(home: Table, entry: Replica | None, there: Observation, *, standing: bool) -> bool:
    """Whether another Region need not wait for this one. Where `standing`, the own replica is enough."""
    if entry is None:
        # What answers that the same call never works is no Region that is down, but a mistake.
        down = isinstance(there, Fault) and there.kind is not Kind.FINAL
        return standing and down and not home.strong
    if entry.status in home.broken or (isinstance(there, Table) and there.status in home.broken):
        return True
    if entry.status == "CREATION_FAILED":
        return standing
    return isinstance(there, Fault) and (standing or entry.status in {*home.serving, "DELETING"})


def unseen(spec: Spec, group: Table, region: str, there: Observation) -> str:
    """Say why the replica in `region`, which `group` may list, can't be seen to serve; empty if it can."""
    entry = group.replica(region)
    if isinstance(there, Fault):
        last = f"its replica was {entry.status} at last" if entry else "it has no replica yet"
        return f"{region} does not answer ({there.text}); {last}"
    if entry is None:
        return f"no replica in {region} yet"
    if entry.status == "CREATION_FAILED":
        return wording.creation_failed(spec, entry).text
    statuses = (entry.status, there.status if isinstance(there, Table) else "not to be found there")
    for status in statuses:
        if status in group.broken:
            return f"the replica in {region} is {status}: it does not serve"
    for status in statuses:
        if status not in group.serving:
            return f"the replica in {region} is {status}"
    return ""


def cut_off(at: Moment, group: Table) -> list[str]:
    """Name the Regions whose replica serves without the others."""
    if group.strong:
        return []
    listed = {each.region for each in group.replicas if each.status == CUT_OFF}
    seen = at.seen.tables.items()
    alone = {region for region, each in seen if isinstance(each, Table) and each.status == CUT_OFF}
    return [region for region in at.spec.regions if region in listed | alone]


def strangers(spec: Spec, home: Table) -> list[Replica]:
    """Return the replicas in Regions that TABLE_REGIONS does not name, where nobody looks."""
    return [each for each in home.replicas if each.region not in spec.regions]


def oddities(spec: Spec, home: Table) -> list[str]:
    """Say what is otherwise than configured, and is left so."""
    odd = [
        f"there is a replica in {each.region} ({each.status}), which TABLE_REGIONS does not name: left alone"
        for each in strangers(spec, home)
    ]
    if home.strong:
        odd.append("multi-Region strong consistency is on: writes may be refused as conflicts")
    return odd


def unacknowledged(at: Moment, home: Table) -> list[str]:
    """Name the strangers, if they may be why a table is UPDATING for good: nothing else is under way."""
    words = {home.status}
    for region in at.spec.regions[1:]:
        entry, there = home.replica(region), at.seen.tables[region]
        words |= {each.status for each in (entry, there) if isinstance(each, Replica | Table)}
    if "UPDATING" not in words or words & {"CREATING", "DELETING"}:
        return []
    return [each.region for each in strangers(at.spec, home)]
