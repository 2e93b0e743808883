"""When a heartbeat is due, what it says, and what the others' tell about replication. Pure.

Every worker of every pod reads the heartbeats each BEAT_SECONDS and writes only when it finds this Region's
too old, under the condition that nobody has written since it read; so that a Region makes one write a beat,
however many pods it has. A worker costs 1 read unit for that query each BEAT_SECONDS and, where the fence
is enforced, 1 for the fence each second.
"""

import msgspec

from dynamodr.fence.core import State, Verdict
from dynamodr.fence.record import Heartbeat

BEAT_SECONDS = 2.0
STALE_SECONDS = 3 * BEAT_SECONDS
"""Heartbeats that were read longer ago than this say nothing about lag any more."""
WINDOW_MINUTES = 5


class Lags(msgspec.Struct, frozen=True):
    """The longest that a beat took to arrive: {source Region: ((minute, milliseconds), ...)}, newest last."""

    worst: dict[str, tuple[tuple[int, int], ...]] = {}

    def recent(self) -> dict[str, int]:
        """The longest in the window, by source Region, in milliseconds."""
        return {source: max(ms for _, ms in minutes) for source, minutes in self.worst.items() if minutes}


def due(state: State, wall_ms: int) -> bool:
    """Whether this Region's heartbeat, as last read, should be written anew."""
    own = state.heartbeats.get(state.site.region)
    if own is None:
        return True
    # Also one from the future, by a pod whose clock ran ahead: it must not silence the Region until then.
    if abs(wall_ms - own.at) >= BEAT_SECONDS * 1000:
        return True
    if own.epoch < state.highest:
        return True
    # The last writer could not vouch and this process can: whoever waits for a sibling shall not wait longer.
    return state.trusted is not None and own.vouched < own.beat


def heartbeat(state: State, verdict: Verdict, lags: Lags, mode: str, wall_ms: int) -> Heartbeat:
    """Return what to write over the heartbeat that was last read."""
    region = state.site.region
    own = state.heartbeats.get(region)
    beat = own.beat + 1 if own else 1
    vouches = state.trusted is not None and verdict.standing not in ("unknown", "behind")
    return Heartbeat(
        region=region,
        at=wall_ms,
        beat=beat,
        epoch=state.highest,
        vouched=beat if vouches else own.vouched if own else 0,
        heard={one: state.heartbeats[one].beat for one in state.site.others if one in state.heartbeats},
        lag=lags.recent(),
        standing=verdict.standing,
        mode=mode,
        home=state.site.home,
    )


def arrived(lags: Lags, before: dict[str, Heartbeat], after: dict[str, Heartbeat], wall_ms: int) -> Lags:
    """Note how long the beats took that `after` has and `before` had not.

    A beat is seen up to BEAT_SECONDS after it arrived, so this is too long rather than too short.
    """
    minute = wall_ms // 60_000
    worst = dict(lags.worst)
    for source, now in after.items():
        then = before.get(source)
        if then is None or now.beat <= then.beat:
            continue  # the first one may have lain here for long
        kept = [one for one in worst.get(source, ()) if minute - WINDOW_MINUTES < one[0] < minute]
        this = [ms for at, ms in worst.get(source, ()) if at == minute]
        worst[source] = (*kept, (minute, max(0, wall_ms - now.at, *this)))
    return Lags(worst)


def ages(state: State, wall_ms: int, now: float) -> dict[str, float]:
    """Bound the replication lag from each other Region: seconds since its newest heartbeat here was written.

    A Region that has never been heard is absent, and all are when the heartbeats couldn't be read lately: an
    unknown lag is not 0. A Region that writes no heartbeats any more looks like one that doesn't replicate.
    """
    if state.heard_at is None or now - state.heard_at > STALE_SECONDS:
        return {}
    heard = {other: state.heartbeats.get(other) for other in state.site.others}
    return {other: max(0.0, (wall_ms - one.at) / 1000) for other, one in heard.items() if one}
