"""What a person in a drill wants to know of this Region, made of what its pod has read. Pure."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dynamodr.fence.core import Verdict
from dynamodr.fence.follower import Reading
from dynamodr.fence.pulse import BEAT_SECONDS, STALE_SECONDS
from dynamodr.fence.record import Heartbeat, Standing
from dynamodr.serve.seam import refusal

Seconds = Annotated[float, Meta(description="seconds")]


class Pulse(Struct, frozen=True):
    """A Region's last sign of life that has reached this one."""

    region: str
    age_seconds: Seconds
    standing: str
    epoch: int


class Lag(Struct, frozen=True):
    """How old the newest of `source` is that `target` has: what bounds the replication lag."""

    source: str
    target: str
    seconds: Annotated[
        float | None,
        Meta(description="null while unknown. Where `target` is elsewhere, from its last heartbeat here"),
    ]


class Status(Struct, frozen=True):
    """This Region, as the pod that answered sees it."""

    region: str
    version: str
    at: Annotated[str, Meta(description="RFC 3339, UTC", extra_json_schema={"format": "date-time"})]
    write_mode: Literal["any", "active-region"]
    takes_writes: bool
    detail: Annotated[str, Meta(description="whether writes are taken here, and why not, in words")]
    standing: Standing
    active_region: Annotated[str, Meta(description='"" while none is, or none is known')]
    target: Annotated[str, Meta(description="where the writes are moving to, while they are")]
    epoch: int
    heartbeats: list[Pulse]
    lag: list[Lag]


def status(
    *,
    region: str,
    mode: Literal["any", "active-region"],
    version: str,
    at: str,
    wall: float,
    reading: Reading,
    verdict: Verdict,
) -> Status:
    """Put it together. `wall`: seconds since the Unix epoch; `verdict`: the reading's, as it stands now."""
    standing = verdict.standing
    takes = mode == "any" or standing == "active"
    if mode == "any":
        detail = f"{region} takes writes, as every Region does: WRITE_MODE=any."
    else:
        detail = f"{region} takes the writes." if takes else refusal(region, verdict).detail
    beats = reading.heartbeats
    others = sorted(one for one in beats if one != region)
    return Status(
        region=region,
        version=version,
        at=at,
        write_mode=mode,
        takes_writes=takes,
        detail=detail,
        standing=standing,
        active_region=verdict.active_region,
        target=verdict.target if standing == "moving" else "",
        epoch=verdict.epoch,
        heartbeats=[_pulse(beats[one], wall) for one in sorted(beats)],
        lag=[lag for one in others for lag in (_from(one, region, reading), _to(beats, one, region, wall))],
    )


def _pulse(beat: Heartbeat, wall: float) -> Pulse:
    return Pulse(beat.region, round(max(0.0, wall - beat.at / 1000), 1), beat.standing, beat.epoch)


def _from(other: str, region: str, reading: Reading) -> Lag:
    seconds = reading.lag.get(other)
    return Lag(other, region, None if seconds is None else round(seconds, 1))


def _to(beats: dict[str, Heartbeat], other: str, region: str, wall: float) -> Lag:
    """The same as the other Region measures: when it wrote its heartbeat, the age of ours that it had heard.

    When ours was written is reckoned back from our last, at one each BEAT_SECONDS.
    """
    theirs, ours = beats[other], beats.get(region)
    heard = theirs.heard.get(region)
    if ours is None or heard is None or wall - theirs.at / 1000 > STALE_SECONDS:
        return Lag(region, other, None)
    written = ours.at / 1000 - (ours.beat - heard) * BEAT_SECONDS
    return Lag(region, other, round(max(0.0, theirs.at / 1000 - written), 1))
