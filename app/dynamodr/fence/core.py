"""The decision: from what was read, and when, to whether this process may write.

Pure: no clock, thread or socket. `now` and `started` are seconds of one monotonic clock of this process.

The standings, from worst to best; only the last takes writes:

- `unknown`: no fence read succeeded within MAX_AGE.
- `behind`: something here knows a higher epoch than the fence has (a peer's heartbeat, or this process's
  memory): the newer fence is on its way, or was lost to a last-writer-wins merge.
- `moving`: a planned failover is under way; nobody writes.
- `standby`: another Region writes.
- `unproven`: the fence names this Region, but the replica may be stale (see `trust`); or there is no fence,
  and another Region was given other TABLE_REGIONS, by which another one is home.
- `active`: this Region writes.
"""

import msgspec

from dynamodr.fence.record import Fence, Heartbeat, Site, Standing, unfenced
from dynamodr.fence.trust import Evidence, Mark, evidence, noted

POLL_SECONDS = 1.0
MAX_AGE = 2.5
"""Seconds after the start of a read for which what it said is acted upon. Long enough for one read to time
out and the next to succeed; a planned failover waits this long for the last pod to notice."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One successful, strongly consistent read of the fence in this Region's replica."""

    started: float
    fence: Fence | None
    heartbeats: dict[str, Heartbeat] | None = None
    """By Region, all there are, if they were read too: just before the fence, never after it."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a process remembers between two reads."""

    site: Site
    read: float | None = None
    """When the last successful read started."""
    fence: Fence | None = None
    heartbeats: dict[str, Heartbeat] = {}
    heard_at: float | None = None
    """When the heartbeats were last read."""
    highest: int = 0
    """The highest epoch seen anywhere."""
    mark: Mark | None = None
    trusted: Evidence | None = None

    @property
    def current(self) -> Fence:
        """The fence as last read, or what holds without one."""
        return self.fence or unfenced(self.site.home)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether writes are taken, until when, and what to tell whoever is refused."""

    standing: Standing = "unknown"
    active_region: str = ""
    epoch: int = 0
    until: float = float("-inf")
    """The moment from which this verdict is too old to act upon."""
    target: str = ""

    def at(self, now: float) -> "Verdict":
        """Return what is left of it at `now`: itself, or `unknown`."""
        if now < self.until:
            return self
        return msgspec.structs.replace(self, standing="unknown")


def decide(state: State, observation: Observation | None, now: float) -> tuple[State, Verdict]:
    """Take in one read of the fence (None: it failed) that ended at `now`."""
    gap = state.read is None or now - state.read > MAX_AGE
    if observation is None:
        if gap and (state.trusted or state.mark):
            state = msgspec.structs.replace(state, trusted=None, mark=None)
        return state, verdict(state).at(now)
    fence, heartbeats = observation.fence, observation.heartbeats
    epoch = fence.epoch if fence else 0
    trusted, mark = (None, None) if gap else (state.trusted, state.mark)
    mark = mark or Mark(epoch)
    if trusted is None and heartbeats is not None:
        mark = noted(mark, state.site, heartbeats, now)
    if trusted is None:
        trusted = evidence(state.site, mark, fence, heartbeats, now)
    heard = heartbeats if heartbeats is not None else state.heartbeats
    epochs = [heard[region].epoch for region in state.site.regions if region in heard]
    state = State(
        site=state.site,
        read=observation.started,
        fence=fence,
        heartbeats=heard,
        heard_at=observation.started if heartbeats is not None else state.heard_at,
        highest=max(state.highest, epoch, *epochs),
        mark=mark,
        trusted=trusted,
    )
    return state, verdict(state).at(now)


def verdict(state: State) -> Verdict:
    """Say what follows from what is remembered."""
    if state.read is None:
        return Verdict()
    fence = state.current
    standing: Standing
    if fence.epoch < state.highest:
        standing = "behind"
    elif fence.moving:
        standing = "moving"
    elif fence.active_region != state.site.region:
        standing = "standby"
    elif state.trusted is None or not _agreed(state):
        standing = "unproven"
    else:
        standing = "active"
    return Verdict(
        standing=standing,
        active_region=fence.active_region,
        epoch=fence.epoch,
        until=state.read + MAX_AGE,
        target=fence.target,
    )


def _agreed(state: State) -> bool:
    if state.fence is not None:
        return True
    homes = {heartbeat.home for heartbeat in state.heartbeats.values() if heartbeat.home}
    return homes <= {state.site.home}
