"""Both Regions' state, for a person or a program, and what `ensure` would do about it."""

from functools import partial

import msgspec
from msgspec.structs import replace

from dynamodr.table import look
from dynamodr.table.decide import decide
from dynamodr.table.decisions import Act, Decision, Done, Stop, Wait
from dynamodr.table.journal import sentence
from dynamodr.table.memory import Memory, Moment, Patience
from dynamodr.table.observed import Absent, Extras, Fault, Observation, Seen, Table, WarmThroughput
from dynamodr.table.spec import Spec

# One look has to do: what would be waited for is believed at once.
AT_ONCE = Patience(settle=0, foreign=0, denied=0, unanswered=0, throttled=0, changing=0, looks=1)


class RegionStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """One Region. Null: no table there, or it was not told; `fault` says why not."""

    region: str
    home: bool
    table: str | None
    """TableStatus."""
    replicas: dict[str, str] = {}
    """ReplicaStatus of the others, as this Region tells it."""
    key: dict[str, str] | None = None
    """Attribute: role and type."""
    on_demand: bool | None = None
    deletion_protection: bool | None = None
    point_in_time_recovery: bool | None = None
    warm_throughput: WarmThroughput | None = None
    """Units a second."""
    tags: dict[str, str] | None = None
    arn: str | None = None
    fault: str | None = None


class Report(msgspec.Struct, frozen=True):
    """What `status` prints."""

    name: str
    regions: list[RegionStatus]
    verdict: str
    """converged, to do, waiting, lost or never."""
    message: str
    warnings: list[str]
    exit_code: int


def survey(spec: Spec, apis: look.Apis, gather: look.Gather) -> Report:
    """Look once, at everything, and judge it. Makes no call that changes anything."""
    tables = look.tables(spec, apis, gather)
    everything = look.Wishes(recovery=True, tags=True)
    looks = {
        region: partial(look.extras, apis[region], spec.name, seen.arn, look.in_turn, everything)
        for region, seen in tables.items()
        if isinstance(seen, Table) and seen.status != "CREATING"
    }
    late = Extras(recovery=look.LATE, tags=look.LATE)
    answered = gather(looks)
    extras = {region: answered.get(region, late) for region in looks}
    own = extras.get(spec.own, Extras())
    # What can't be told and was not asked for is no reason to call the table anything.
    if isinstance(own.recovery, Fault) and not spec.point_in_time_recovery:
        own = replace(own, recovery=None)
    if isinstance(own.tags, Fault) and not spec.tags:
        own = replace(own, tags=None)
    decision, _ = decide(Moment(spec, Seen(tables, own), Memory(), 0.0, AT_ONCE))
    verdict, message, code = _judged(spec, decision)
    return Report(
        name=spec.name,
        regions=[_region(spec, region, seen, extras.get(region)) for region, seen in tables.items()],
        verdict=verdict,
        message=message,
        warnings=list(decision.warnings) if isinstance(decision, Done) else [],
        exit_code=code,
    )


def as_json(report: Report) -> str:
    """Write the report for a program."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def as_text(report: Report) -> str:
    """Write the report for a person."""
    lines = [f"table {report.name}", ""]
    for each in report.regions:
        lines.append(f"{each.region}{' (home)' if each.home else ''}")
        rows = [("table", each.table or each.fault or "none")]
        if each.table:
            replicas = ", ".join(f"{region} {status}" for region, status in each.replicas.items())
            rows += [
                ("replicas", replicas or "none"),
                ("key", ", ".join(f"{name} {role}" for name, role in (each.key or {}).items())),
                ("capacity", "on demand" if each.on_demand else "provisioned"),
                ("warm throughput", _warm(each.warm_throughput)),
                ("deletion protection", _on(each.deletion_protection)),
                ("point-in-time recovery", _on(each.point_in_time_recovery)),
                ("tags", _pairs(each.tags)),
            ]
            if each.fault:
                rows.append(("not told", each.fault))
        lines += [f"  {name:<23} {value}" for name, value in rows]
    lines += ["", f"{report.verdict}: {report.message}"]
    lines += [f"warning: {warning}" for warning in report.warnings]
    return "\n".join(lines)


def _judged(spec: Spec, decision: Decision) -> tuple[str, str, int]:
    match decision:
        case Done(_, lost) if lost:
            return "lost", f"{' and '.join(lost)} can't be seen to serve; {spec.own} serves", 1
        case Done(amiss=amiss) if amiss:
            return "waiting", amiss, 1
        case Done():
            return "converged", "nothing to do", 0
        case Act(action):
            return "to do", f"dynamodr table ensure would {action.key}", 1
        case Wait(reason):
            return "waiting", reason, 1
        case Stop():
            return ("never", decision.text, 2) if decision.final else ("not yet", decision.text, 1)


def _region(spec: Spec, region: str, seen: Observation, extras: Extras | None) -> RegionStatus:
    base = RegionStatus(region=region, home=region == spec.home, table=None)
    if isinstance(seen, Absent):
        return base
    if isinstance(seen, Fault):
        return replace(base, fault=sentence(seen))
    extras = extras or Extras()
    types = dict(seen.types)
    faults = [sentence(each) for each in (extras.recovery, extras.tags) if isinstance(each, Fault)]
    return replace(
        base,
        table=seen.status,
        replicas={each.region: each.status for each in seen.replicas},
        key={name: f"{role} {types.get(name, '?')}" for name, role in seen.keys},
        on_demand=seen.on_demand,
        warm_throughput=seen.warm,
        deletion_protection=seen.protected,
        point_in_time_recovery=extras.recovery if isinstance(extras.recovery, bool) else None,
        tags=extras.tags if isinstance(extras.tags, dict) else None,
        arn=seen.arn,
        fault="; ".join(dict.fromkeys(faults)) or None,
    )


def _on(value: bool | None) -> str:
    return {True: "on", False: "off", None: "not told"}[value]


def _warm(value: WarmThroughput | None) -> str:
    if value is None:
        return "not told"
    return f"{value.read} reads, {value.write} writes a second{', being raised' if value.rising else ''}"


def _pairs(tags: dict[str, str] | None) -> str:
    if tags is None:
        return "not told"
    return ", ".join(f"{key}={value}" for key, value in tags.items()) or "none"
