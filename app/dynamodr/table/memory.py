"""What the job remembers from one look to the next: as little as deciding needs."""

import msgspec

from dynamodr.table.decisions import Action, Decision, Done, Finding, Suspect, Wait
from dynamodr.table.observed import Fault, Kind, Seen
from dynamodr.table.spec import Spec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long each doubt is given before it counts as a fact. Seconds, unless said otherwise."""

    poll: float = 2.0
    """Between two looks."""
    longest: float = 20.0
    """Between two looks or tries, when throttled or refused again and again."""
    settle: float = 15.0
    """What AWS accepted shows by then: a replica's entry after 6 s, tags after 3 s (measured)."""
    foreign: float = 20.0
    """A table where a replica should go, which the home Region does not list."""
    denied: float = 30.0
    """A permission may be new: IAM is eventually consistent."""
    unanswered: float = 30.0
    """A Region without which nothing can be done."""
    throttled: float = 60.0
    """A Region that answers, but only that it is busy."""
    changing: float = 45.0
    """A table that is UPDATING: for 39 s as measured, or for good where it waits for a lost Region."""
    looks: int = 2
    """Looks in a row that must agree, once a run has seen the table change, or a Region not answering."""


class Held(msgspec.Struct, frozen=True):
    """A finding that has been made `looks` times in a row."""

    key: str
    since: float
    looks: int


class Refusal(msgspec.Struct, frozen=True):
    """The last answer to the action that is wanted, and how long it has been of that kind."""

    key: str
    fault: Fault
    since: float
    tries: int
    again: float
    """Not before this time."""


class Memory(msgspec.Struct, frozen=True):
    """Nothing here outlives the process: a rerun sees the same table and decides the same."""

    accepted: dict[str, float] = {}
    """Action: when AWS accepted it last."""
    held: Held | None = None
    refusal: Refusal | None = None
    disturbed: bool = False
    """This run has seen the table other than as wanted."""
    throttled: int = 0
    """Looks in a row with a throttled answer in them."""


class Moment(msgspec.Struct, frozen=True):
    """All that a decision rests on. `now`: seconds on the loop's clock."""

    spec: Spec
    seen: Seen
    memory: Memory
    now: float
    patience: Patience

    def settling(self, action: Action) -> bool:
        """Whether AWS accepted `action` so lately that its effect need not show yet."""
        accepted = self.memory.accepted.get(action.key)
        return accepted is not None and self.now - accepted < self.patience.settle

    def refused(self, action: Action | None) -> Refusal | None:
        """Return AWS's last answer, if it refused that very action."""
        refusal = self.memory.refusal
        return refusal if refusal is not None and action is not None and refusal.key == action.key else None


def believe(finding: Finding, memory: Memory, now: float) -> tuple[Decision, Memory]:
    """Turn a finding into a decision: a suspicion waits until it has held long enough."""
    if not isinstance(finding, Suspect):
        return finding, msgspec.structs.replace(memory, held=None, disturbed=_disturbed(memory, finding))
    held = memory.held
    if held is None or held.key != finding.key:
        held = Held(finding.key, now, 0)
    held = Held(held.key, held.since, held.looks + 1)
    ripe = held.looks >= finding.looks and now - held.since >= finding.seconds
    decision = finding.then if ripe else Wait(finding.reason)
    return decision, msgspec.structs.replace(memory, held=held, disturbed=_disturbed(memory, finding))


def answered(at: Moment, action: Action, fault: Fault | None, spread: float) -> Memory:
    """Remember AWS's answer to `action`. `spread`, from 0 to 1, keeps jobs that meet from trying in step."""
    if fault is None:
        accepted = {**at.memory.accepted, action.key: at.now}
        return msgspec.structs.replace(at.memory, accepted=accepted, refusal=None)
    before = at.refused(action)
    if before is not None and before.fault.kind is not fault.kind:
        before = None
    since, tries = (before.since, before.tries + 1) if before else (at.now, 1)
    again = at.now + backoff(tries, at.patience, spread)
    return msgspec.structs.replace(at.memory, refusal=Refusal(action.key, fault, since, tries, again))


def backoff(tries: int, patience: Patience, spread: float) -> float:
    """Wait this long after `tries` refusals in a row: doubling, capped, and half of it by chance."""
    longest = min(patience.longest, patience.poll * 2.0 ** min(tries - 1, 16))
    return longest * (0.5 + 0.5 * spread)


def looked(memory: Memory, faults: list[Fault]) -> Memory:
    """Remember whether a look was throttled."""
    throttled = any(fault.kind is Kind.THROTTLED for fault in faults)
    return msgspec.structs.replace(memory, throttled=memory.throttled + 1 if throttled else 0)


def _disturbed(memory: Memory, finding: Finding) -> bool:
    decision = finding.then if isinstance(finding, Suspect) else finding
    return memory.disturbed or not isinstance(decision, Done)
