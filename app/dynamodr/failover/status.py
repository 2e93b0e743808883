"""What `failover status` shows."""

import msgspec

from dynamodr.failover.view import View

SILENT_SECONDS = 10.0
"""Pods that were last heard longer ago may be gone, or their heartbeats don't get here."""


class RegionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One Region. None: not known."""

    region: str
    answers: bool
    error: str
    table: str
    """The replica's status, as asked there."""
    seen_as: dict[str, str]
    """Its status as the other Regions say."""
    dial: float | None
    health: dict[str, str] | None
    """Endpoint: INITIAL, HEALTHY or UNHEALTHY."""
    active_region: str | None
    """Who may write, by the fence in this replica; "" while moving."""
    epoch: int | None
    standing: str | None
    """What a pod there last said of itself (see dynamodr.fence.core)."""
    write_mode: str | None
    heartbeat_age: float | None
    """Seconds since that, by this machine's clock."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and what is between them."""

    active_region: str | None
    """By the newest fence; "" while moving, None where no replica answers."""
    epoch: int | None
    moving_to: str
    conflict: bool
    accelerator: str | None
    deployed: bool | None
    accelerator_error: str
    regions: tuple[RegionStatus, ...]
    lag: dict[str, dict[str, float | None]]
    """Seconds, by source and target Region: the age of the source's newest heartbeat in the target's
    replica."""


def status(view: View) -> Status:
    """Sum up a look."""
    accelerator = view.accelerator
    regions = tuple(view.replicas)
    known = any(one.answers for one in view.replicas.values())
    return Status(
        active_region=view.fence.active_region if known else None,
        epoch=view.fence.epoch if known else None,
        moving_to=view.fence.target if view.fence.moving else "",
        conflict=view.conflict,
        accelerator=accelerator.name if accelerator else None,
        deployed=accelerator.deployed if accelerator else None,
        accelerator_error=view.accelerator_error,
        regions=tuple(_region(view, region) for region in regions),
        lag={a: {b: _rounded(view.lag(a, b)) for b in regions if b != a} for a in regions},
    )


def as_text(shown: Status) -> str:
    """Write it for a person."""
    if shown.conflict:
        writes = f"CONFLICT: Regions hold different fences of epoch {shown.epoch}"
    elif shown.moving_to:
        writes = f"paused, moving to {shown.moving_to} (epoch {shown.epoch})"
    elif shown.epoch is None:
        writes = "unknown: no replica answers"
    else:
        writes = f"{shown.active_region} (epoch {shown.epoch}{'' if shown.epoch else ': no fence yet'})"
    edge = f"{shown.accelerator}, {'DEPLOYED' if shown.deployed else 'IN_PROGRESS'}"
    lines = [
        f"Writes       {writes}",
        f"Accelerator  {edge if shown.accelerator else 'does not answer: ' + shown.accelerator_error}",
        "",
        f"{'Region':<16}{'Table':<12}{'Dial':>5}  {'Endpoints':<22}{'Fence there':<22}{'Pods':<30}",
    ]
    lines += [_line(one) for one in shown.regions]
    lines.append("")
    for source, targets in shown.lag.items():
        for target, lag in targets.items():
            known = "unknown" if lag is None else f"{lag:.1f} s"
            lines.append(f"Replication lag {source} -> {target}: {known}")
    return "\n".join(line.rstrip() for line in lines)


def _region(view: View, region: str) -> RegionStatus:
    one, accelerator = view.replicas[region], view.accelerator
    beat = view.newest_beats().get(region)
    fence = one.fence
    health = (
        {name: state for group in accelerator.of(region) for name, state in group.health.items()}
        if accelerator
        else None
    )
    others = {other: view.replicas[other].replicas.get(region, "absent") for other in view.replicas}
    return RegionStatus(
        region=region,
        answers=one.answers,
        error=one.error,
        table=one.status,
        seen_as={
            other: others[other] for other in others if other != region and view.replicas[other].answers
        },
        dial=accelerator.dial(region) if accelerator else None,
        health=health,
        active_region=fence.active_region if fence else view.home if one.answers else None,
        epoch=one.epoch if one.answers else None,
        standing=beat.standing if beat else None,
        write_mode=beat.mode if beat else None,
        heartbeat_age=_rounded(max(0.0, (view.wall_ms - beat.at) / 1000)) if beat else None,
    )


def _line(one: RegionStatus) -> str:
    table = one.table if one.answers else "no answer"
    dial = "?" if one.dial is None else f"{one.dial:g}"
    states = "?" if one.health is None else ", ".join(sorted(one.health.values())) or "none"
    fence = "?" if one.epoch is None else f"{one.active_region or 'moving'}, {one.epoch}"
    pods = "never heard"
    if one.standing:
        mode = "" if one.write_mode == "active-region" else f" ({one.write_mode})"
        age = one.heartbeat_age or 0.0
        pods = f"{one.standing}{mode}, {age:.1f} s ago"
        if age > SILENT_SECONDS:
            pods = f"silent for {age:.0f} s (was {one.standing}{mode})"
    return f"{one.region:<16}{table:<12}{dial:>5}  {states:<22}{fence:<22}{pods:<30}"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
