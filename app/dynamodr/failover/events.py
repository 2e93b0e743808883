"""What a run tells while it goes on, and what a forced failover cannot tell."""

from datetime import UTC, datetime

import msgspec

from dynamodr.failover.goal import Goal
from dynamodr.failover.view import View


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that has happened.

    `kind`: check, overridden (a check that --forced overrides), step, wait (one has begun), note, end.
    `name`: of the check or step; of the end: done, stopped, refused.
    """

    kind: str
    name: str
    detail: str
    at_ms: int
    """When: milliseconds since the Unix epoch."""
    elapsed: float
    """Seconds since the run began."""
    seconds: float
    """How long the step itself took."""
    ok: bool | None = None


def unknowable(goal: Goal, view: View) -> tuple[str, ...]:
    """Say what is not known of the Regions that are left behind by force."""
    own = view.replicas[goal.target].heartbeats
    mine = own.get(goal.target)
    notes = []
    for region in goal.others:
        beat = own.get(region)
        if beat is None:
            notes.append(f"how much of {region}'s writes {goal.target} has: it never heard of that Region")
            continue
        age = max(0.0, (view.wall_ms - beat.at) / 1000)
        last = datetime.fromtimestamp(beat.at / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
        usual = mine.lag.get(region) if mine else None
        before = f" It was at most {usual / 1000:.1f} s behind in the minutes before." if usual else ""
        notes.append(
            f"which writes that {region} acknowledged after its last heartbeat to get here ({last} UTC, "
            f"{age:.1f} s ago) have arrived.{before} What has not comes when {region} is back, user by user, "
            "and loses to any later write of the same user"
        )
    return tuple(notes)
