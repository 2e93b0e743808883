"""From what was seen to what it cost. Pure: no clock, thread or socket.

RTO     from the last good answer before the first failure to the first good answer after the last one, for
        reads and writes apart: "for good" means that no request failed any more.
RPO     the acknowledged writes that the target did not hold at the moment when the writes became its own; in
        seconds, from the oldest of them to the last write that the source acknowledged before that moment.
        Replication goes on while one looks, so that a look which took long finds a lower bound.
lost    the acknowledged writes that no Region holds once all is healed and has converged.
budget  failed requests, in percent of what 99.9 % over 30 days allows at the drill's own rate.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from rehearsal.drill.lineage import Lineage
from rehearsal.drill.record import Evidence, Kind, Request, WorldWrite

OBJECTIVE = 0.999
LOOK_SECONDS = 1.0
"""From the move to the end of the look into the target. After a longer one, RPO is told as "at least": within
about a second a write is usually in the other Regions.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
BUDGET_SECONDS = 30 * 24 * 3600.0


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """How long requests of a kind failed. All None: none did, or none was good before or after."""

    failed: int
    total: int
    last_good: float | None = None
    first_good: float | None = None
    seconds: float | None = 0.0
    """None: it did not come back, or was never there."""
    longest_silence: float = 0.0
    """The longest time without one good answer."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledged write that is missing."""

    key: str
    write: str
    region: str
    at: float
    """When it was acknowledged."""
    kept: str = ""
    """The write id that the user has instead; empty: there is no such user."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that failed for one cause."""

    cause: str
    reads: int
    writes: int
    first: float
    last: float


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill cost."""

    requests: int
    acknowledged: int
    doubtful: int
    """Writes that failed and may have been carried out: neither promised nor counted as lost."""
    conflicts: int
    missing_reads: int
    """Reads of acknowledged users that found nobody: what replication lag, or a loss, looks like."""
    reads: Outage
    writes: Outage
    moved: bool
    """Whether the writes became the target's."""
    rpo_writes: int | None
    rpo_seconds: float | None
    """None: they did not, or what the target held could not be read."""
    rpo_at_least: bool
    """Whether it may be more: it took more than a second to look, or the drill looked too early for some."""
    look_seconds: float | None
    """From the move until all was looked at."""
    missing: tuple[Lost, ...]
    lost: tuple[Lost, ...]
    failures: tuple[Failure, ...]
    budget_percent: float
    converged: bool
    both_wrote: int
    """Writes that the source acknowledged after they had become the target's."""
    disagreements: tuple[str, ...]
    """Where the world's ledger says otherwise."""
    ledger_checked: bool


def judge(evidence: Evidence) -> Verdict:
    """Sum up a drill."""
    requests = sorted(evidence.requests, key=lambda one: one.at)
    lineage = Lineage(requests)
    target, moved = evidence.target, evidence.moved_at
    missing: list[Request] = []
    both_wrote, seconds, looked = 0, None, None
    if moved is not None:
        both_wrote = sum(one.region != target and one.at > moved for one in lineage.acknowledged)
    if moved is not None and evidence.at_move is not None:
        before = [one for one in lineage.acknowledged if one.region != target and one.end <= moved]
        if look := evidence.look:
            looked = look.ended - moved
            before = [one for one in before if one.end >= look.since and one.key not in look.late]
        missing = list(lineage.absent([evidence.at_move], before))
        last = max((one.end for one in before), default=0.0)
        seconds = last - min(one.end for one in missing) if missing else 0.0
    lost = list(lineage.absent(evidence.after.values()))
    copies = list(evidence.after.values())
    span = requests[-1].end - requests[0].at if requests else 0.0
    failed = sum(not one.ok for one in requests)
    allowed = (1 - OBJECTIVE) * BUDGET_SECONDS * (len(requests) / span) if span else 0.0
    return Verdict(
        requests=len(requests),
        acknowledged=len(lineage.acknowledged),
        doubtful=sum(one.doubtful for one in requests),
        conflicts=sum(one.conflict for one in requests),
        missing_reads=sum(one.missing for one in requests),
        reads=outage(requests, "read"),
        writes=outage(requests, "write"),
        moved=moved is not None,
        rpo_writes=len(missing) if moved is not None and evidence.at_move is not None else None,
        rpo_seconds=seconds,
        rpo_at_least=looked is not None
        and (looked > LOOK_SECONDS or bool(evidence.look and evidence.look.late)),
        look_seconds=looked,
        missing=tuple(_lost(one, evidence.at_move or {}) for one in missing),
        lost=tuple(_lost(one, copies[0] if copies else {}) for one in lost),
        failures=failures(requests),
        budget_percent=100 * failed / allowed if allowed else 0.0,
        converged=len(copies) > 1 and all(copy == copies[0] for copy in copies),
        both_wrote=both_wrote,
        disagreements=tuple(_disagreements(evidence, lineage, missing, lost)),
        ledger_checked=evidence.lost is not None,
    )


def outage(requests: Sequence[Request], kind: Kind) -> Outage:
    """Find how long requests of a kind failed; `requests` in the order in which they were sent."""
    own = [one for one in requests if one.kind == kind]
    bad = [one for one in own if not one.ok]
    good = sorted(one.end for one in own if one.ok)
    silence = max((after - before for before, after in pairwise(good)), default=0.0)
    if not bad:
        return Outage(failed=0, total=len(own), longest_silence=silence)
    first, last = min(one.at for one in bad), max(one.end for one in bad)
    before = max((at for at in good if at <= first), default=None)
    after = min((at for at in good if at >= last), default=None)
    return Outage(
        failed=len(bad),
        total=len(own),
        last_good=before,
        first_good=after,
        seconds=None if before is None or after is None else after - before,
        longest_silence=silence,
    )


def failures(requests: Sequence[Request]) -> tuple[Failure, ...]:
    """Count what failed, by cause; the most frequent first."""
    by: dict[str, list[Request]] = {}
    for one in requests:
        if not one.ok:
            by.setdefault(one.cause, []).append(one)
    found = [
        Failure(
            cause=cause,
            reads=sum(one.kind == "read" for one in those),
            writes=sum(one.kind == "write" for one in those),
            first=min(one.at for one in those),
            last=max(one.end for one in those),
        )
        for cause, those in by.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.reads - one.writes, one.cause)))


def _lost(one: Request, held: dict[str, str]) -> Lost:
    return Lost(key=one.key, write=one.write, region=one.region, at=one.end, kept=held.get(one.key, ""))


def _disagreements(
    evidence: Evidence, lineage: Lineage, missing: Sequence[Request], lost: Sequence[Request]
) -> list[str]:
    """Compare with the world's own ledger, user by user.

    The world knows what DynamoDB acknowledged, a client what the service did: a doubtful write, and one that
    was under way at the very moment, may be in the world's ledger and not in the clients'.
    """
    found: list[str] = []
    moved = evidence.moved_at
    if evidence.in_flight is not None and moved is not None:
        theirs = [one for one in evidence.in_flight if one.at <= moved and one.region != evidence.target]
        crossing = Counter(
            one.key
            for one in lineage.acknowledged
            if one.region != evidence.target and one.at <= moved < one.end
        )
        if evidence.look:
            crossing.update(one.key for one in lineage.acknowledged if one.key in evidence.look.late)
        found += _compare("not in the target at the failover", missing, theirs, lineage, crossing)
    if evidence.lost is not None:
        found += _compare("lost in the end", lost, evidence.lost, lineage, Counter())
    return found


def _compare(
    what: str, ours: Sequence[Request], theirs: Sequence[WorldWrite], lineage: Lineage, slack: Counter[str]
) -> list[str]:
    mine, world = Counter(one.key for one in ours), Counter(one.key for one in theirs)
    found = []
    for key in sorted(mine.keys() | world.keys()):
        most = mine[key] + lineage.doubts(key) + slack[key]
        if not mine[key] <= world[key] <= most:
            found.append(f"{key}: {mine[key]} writes {what}, {world[key]} by the world's ledger")
    return found
