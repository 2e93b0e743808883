"""What one run of the command remembers. Nothing of it is needed to run the command again: a new run looks,
and goes on from what it sees, doing again only what can't be seen (the wait for the pods, the proof)."""

import msgspec

from dynamodr.failover.goal import Goal
from dynamodr.failover.steps import Dial, End, GiveUp, Move, Pause, Proof, Prove, Step
from dynamodr.failover.view import View


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """All times are seconds of the clock that `View.now` is of."""

    began: float | None = None
    changed: bool = False
    """Whether this run has changed anything, or may have."""
    obeyed: bool | None = None
    """Whether the pods obey the fence, as they last said; None: none has said so yet."""
    known: tuple[int, float] | None = None
    """The newest epoch of a fence that this run has seen or written, and when it first had."""
    fenced: tuple[int, float] | None = None
    """The epoch of the fence that is up, and when this run first saw it in the source."""
    proof: Proof | None = None
    unproved: str = ""
    """What the last attempt at a proof has found instead."""
    tried: float | None = None
    """When that was."""
    too_many: bool = False
    """Whether there are too many users to compare."""
    marked: int | None = None
    """The epoch whose markers have been written."""
    waiting: tuple[str, float] | None = None
    """The wait that is going on, and since when."""
    failing: dict[str, float] = {}
    """What has failed and not succeeded since: step, and when it first did."""
    turned: dict[str, int] = {}
    """How often a dial was turned as it should be: step and Region, and the times."""
    accelerator_error: str = ""
    """What kept Global Accelerator from answering, when it last did not."""
    silent: frozenset[str] = frozenset()
    """What a forced failover has stopped asking, because it did not answer."""
    given_up: str = ""
    """Why the writes are being returned to the source."""
    affirmed: bool = False
    """Whether a fence that already named the target has been written anew."""
    lifted: bool = False
    """Whether this run has seen the fence name the target."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a step."""

    ok: bool
    """False: refused by a condition (somebody was faster), or nothing proved yet."""
    error: str = ""
    """Why the call failed; then whether it took effect isn't known."""
    proof: Proof | None = None
    detail: str = ""
    too_many: bool = False


ACCELERATOR = "accelerator"


def seen(memory: Memory, goal: Goal, view: View) -> Memory:
    """Take in a look at the world."""
    fence = view.fence
    changes: dict[str, object] = {}
    if memory.began is None:
        changes["began"] = view.now
    if (obeyed := view.obeyed) is not None:
        # What this run has fenced stays fenced for it, whatever a pod that starts now may say.
        changes["obeyed"] = obeyed or (memory.changed and bool(memory.obeyed))
    if memory.known is None or memory.known[0] < fence.epoch:
        changes["known"] = (fence.epoch, view.now)
    if fence.moving and fence.target == goal.target and fence.source in view.replicas:
        stored = view.replicas[fence.source].epoch == fence.epoch
        if stored and (memory.fenced is None or memory.fenced[0] != fence.epoch):
            changes["fenced"] = (fence.epoch, view.now)
    elif fence.epoch and fence.active_region == goal.target and not view.conflict:
        changes["lifted"] = True
    if view.accelerator is None and ACCELERATOR not in memory.silent:
        changes["accelerator_error"] = view.accelerator_error
    if goal.forced:
        gone = {region for region, one in view.replicas.items() if not one.answers and region != goal.target}
        if view.accelerator is None and memory.began is not None:
            gone.add(ACCELERATOR)  # asked twice
        changes["silent"] = memory.silent | gone
    return msgspec.structs.replace(memory, **changes)


def after(memory: Memory, step: Step, outcome: Outcome, now: float) -> Memory:
    """Take in what came of a step at `now`."""
    changes: dict[str, object] = {}
    if isinstance(step, Pause):
        if memory.waiting is None or memory.waiting[0] != step.name:
            changes["waiting"] = (step.name, now)
        return msgspec.structs.replace(memory, **changes)
    changes["waiting"] = None
    key = f"{step.name} {step.region}" if isinstance(step, Move | Dial) else step.name
    failing = {name: since for name, since in memory.failing.items() if name != key}
    if outcome.error:
        failing[key] = memory.failing.get(key, now)
    changes["failing"] = failing
    match step:
        case Move():
            # A call that failed may have taken effect all the same.
            changes["changed"] = memory.changed or outcome.ok or bool(outcome.error)
            changes["affirmed"] = memory.affirmed or (step.name == "affirm" and outcome.ok)
            if outcome.ok and (memory.known is None or memory.known[0] < step.fence.epoch):
                changes["known"] = (step.fence.epoch, now)
        case Dial():
            changes["changed"] = True
            if outcome.ok:
                changes["turned"] = memory.turned | {key: memory.turned.get(key, 0) + 1}
        case Prove():
            changes["tried"] = now
            changes["proof"] = outcome.proof or memory.proof
            changes["unproved"] = outcome.error or outcome.detail
            changes["too_many"] = memory.too_many or outcome.too_many
        case GiveUp():
            changes["given_up"] = step.detail
        case End():
            pass
    return msgspec.structs.replace(memory, **changes)
