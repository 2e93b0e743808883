"""A planned failover, while it is under way. Pure.

The source's replica is the referee: fencing, lifting the fence in favour of the target and returning the
writes are conditional writes of the next epoch *there*, so that of two operators, or of a lift and a
return, one wins. Conditions hold in one replica only; a lift that were written into the target's could win
as well as a return in the source's, and both Regions would write. What was decided is then copied into the
target's replica, where its pods see it at once.

The target's dial is turned up as soon as the writes are paused: that shows early whether Global Accelerator
can be changed at all, and deploys while the proof is made. The source's goes down after the proof only.
"""

from dynamodr.failover import dialing
from dynamodr.failover.case import Case, over
from dynamodr.failover.checks import preflight
from dynamodr.failover.steps import Dial, End, GiveUp, Move, Pause, Proof, Prove, Step

RECENT = 10
"""AWS: pausing writes and waiting "10 times the recent maximum of the ReplicationLatency metric" is
typically enough.
https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/evacuation-processes.html"""
LEAST_LAG = 1.0


def begin(case: Case) -> Step:
    """Check everything, then pause the writes."""
    memory, limits, target = case.memory, case.goal.limits, case.goal.target
    source = case.view.fence.active_region
    if memory.lifted or memory.fenced:
        detail = f"somebody else has given the writes to {source} (epoch {case.view.fence.epoch})"
        return End(name="stopped", detail=detail)
    checks = preflight(case.goal, case.view)
    wrong = "; ".join(f"{check.name}: {check.detail}" for check in checks if check.ok is False)
    if wrong:
        return End(name="stopped" if memory.changed else "refused", detail=wrong, checks=checks)
    if case.failed("fence", source, limits.reach):
        return End(name="stopped", detail=f"the fence cannot be written in {source}")
    accelerator = case.view.accelerator
    dials = {one: round(accelerator.dial(one)) for one in accelerator.regions} if accelerator else {}
    fence = case.fence("", source, target, written_in=source, dials=dials)
    detail = f"writes pause everywhere, on their way from {source} to {target}"
    return Move(
        name="fence", region=source, fence=fence, over=over(case.view.replicas[source]), detail=detail
    )


def moving(case: Case) -> Step:
    """The writes are paused: bring the traffic over, prove that everything has arrived, lift the fence."""
    fence, limits, accelerator = case.view.fence, case.goal.limits, case.view.accelerator
    source, target = case.view.replicas[fence.source], case.target
    if not source.answers or case.memory.fenced is None:
        found = source.error or f"its fence has epoch {source.epoch}, not {fence.epoch}"
        detail = (
            f"the writes are paused, and {fence.source} does not answer: {found}. Run this again; or, if "
            "that Region is gone, run it with --forced"
        )
        return case.wait("source", limits.reach, detail, End(name="stopped", detail=detail))
    if not target.answers:
        detail = f"{target.region} does not answer: {target.error}"
        return case.wait("target", limits.reach, detail, GiveUp(detail=detail))
    if accelerator is None:
        detail = f"Global Accelerator does not answer: {case.view.accelerator_error}"
        return case.wait("accelerator", limits.reach, detail, GiveUp(detail=detail))
    if step := _dial(case, dialing.up(case, accelerator)):
        return step
    since = case.view.now - case.memory.fenced[1]
    if since < limits.settle:
        detail = f"until no pod in {fence.source} can have a write under way: {limits.settle:g} s"
        return Pause(name="settle", seconds=min(limits.poll, limits.settle - since), detail=detail)
    if proven(case) is None:
        return _prove(case)
    detail = f"Global Accelerator is still not DEPLOYED after {limits.deploy:g} s"
    undeployed = _lift(case, f"{detail}; clients reach {target.region} as it is")
    unhealthy = GiveUp(detail=f"{target.region} has no healthy endpoint any more")
    step = dialing.turned(case, unhealthy=unhealthy, stuck=GiveUp(detail=detail), undeployed=undeployed)
    if isinstance(step, Dial):
        return _dial(case, step) or step
    if step is None and not accelerator.healthy(target.region):
        return case.wait("healthy", limits.reach, unhealthy.detail, unhealthy)
    return step or _lift(case, "")


def proven(case: Case) -> Proof | None:
    """Return the proof that this run has for the fence that is up, or what must do instead."""
    memory, epoch = case.memory, case.view.fence.epoch
    if memory.proof is None or memory.proof.epoch != epoch or memory.fenced is None:
        return None
    if memory.proof.compared:
        return memory.proof
    waited = case.view.now - memory.fenced[1] - case.goal.limits.settle
    if waited < _wait(case):
        return None
    return memory.proof


def returning(case: Case) -> Step:
    """This run has given up: dials back, writes back."""
    fence, accelerator, memory = case.view.fence, case.view.accelerator, case.memory
    limits, source, target = case.goal.limits, case.view.fence.source, case.goal.target
    for region, before in {source: 100, **fence.dials}.items():
        if region == target or accelerator is None or _stuck(case, region):
            continue
        if groups := accelerator.below(region, before):
            return _back(region, groups, before)
    if fence.moving:
        if case.failed("return", source, limits.reach):
            detail = f"{memory.given_up}; and the writes cannot be returned to {source}: run this again"
            return End(name="stopped", detail=detail)
        return give_back(case, memory.given_up)
    detail = f"{memory.given_up}. The writes are back in {source}"
    if accelerator is None:
        return End(name="stopped", detail=f"{detail}; the dials are as they were left")
    before = fence.dials.get(target, 100)
    groups = accelerator.above(target, before)
    if not groups or _stuck(case, target):
        return End(name="stopped", detail=detail)
    # Each listener leads somewhere: a dial may have been turned down for one of them and not for the other.
    if not accelerator.deployed or not accelerator.healthy(source) or accelerator.below(source, 1):
        ended = End(name="stopped", detail=f"{detail}; {target} stays on as well")
        return case.wait("deployed", limits.deploy, f"Global Accelerator deploys the dial of {source}", ended)
    return dialing.handover(case) or _back(target, groups, before)


def give_back(case: Case, reason: str) -> Move:
    """Return the writes to the source: it has all of them, so there is nothing to prove."""
    was = case.view.fence
    fence = case.fence(was.source, was.source, was.source, written_in=was.source, dials=was.dials)
    return Move(
        name="return",
        region=was.source,
        fence=fence,
        over=was.epoch,
        detail=f"writes return to {was.source}: {reason}",
    )


def _lift(case: Case, remark: str) -> Move:
    was, proof = case.view.fence, proven(case)
    found = proof.detail if proof else ""
    fence = case.fence(case.goal.target, was.source, case.goal.target, written_in=was.source)
    detail = "; ".join(part for part in (f"{case.goal.target} takes the writes", found, remark) if part)
    return Move(name="lift", region=was.source, fence=fence, over=was.epoch, detail=detail)


def _prove(case: Case) -> Step:
    fence, limits, memory = case.view.fence, case.goal.limits, case.memory
    assert memory.fenced is not None  # noqa: S101 - moving() has looked
    since = case.view.now - memory.fenced[1] - limits.settle
    source, target = fence.source, case.goal.target
    compare = not memory.too_many and case.view.replicas[source].items <= limits.prove_items
    if not compare and _wait(case) > limits.prove:
        long = f"{RECENT} times the recent lag is {_wait(case):.0f} s, more than {limits.prove:g} s"
        return GiveUp(detail=f"more than {limits.prove_items} users cannot be compared, and {long}")
    if compare or memory.proof is None or memory.proof.epoch != fence.epoch:
        found = memory.unproved or "nothing was compared yet"
        if since > limits.prove and memory.tried is not None:
            return GiveUp(detail=f"not everything has arrived in {target} after {limits.prove:g} s: {found}")
        if memory.tried is not None and case.view.now - memory.tried < limits.poll:
            return Pause(name="arrival", seconds=limits.poll, detail=found)
        if compare:
            detail = f"whether {target} holds what {source} holds"
            return Prove(name="compare", source=source, target=target, epoch=fence.epoch, detail=detail)
        detail = f"more than {limits.prove_items} users: markers from {source} to {target}"
        return Prove(name="markers", source=source, target=target, epoch=fence.epoch, detail=detail)
    left = _wait(case) - since
    detail = f"not proved: {RECENT} times the recent lag of {_lag(case):.1f} s is waited"
    return Pause(name="lag", seconds=min(limits.poll, max(left, 0.01)), detail=detail)


def _lag(case: Case) -> float:
    source, target = case.view.fence.source, case.goal.target
    own = case.target.heartbeats.get(target)
    recent = own.lag.get(source, 0) / 1000 if own else 0.0
    return max(LEAST_LAG, recent)


def _wait(case: Case) -> float:
    return RECENT * _lag(case)


def _dial(case: Case, step: Dial | None) -> Step | None:
    if step and case.failed(step.name, step.region, case.goal.limits.reach):
        return GiveUp(detail=f"Global Accelerator refuses: {step.detail}")
    if step and case.contested(step.name, step.region):
        return GiveUp(detail=f"something else turns the dial of {step.region} back: {step.detail}")
    return step


def _stuck(case: Case, region: str) -> bool:
    return case.failed("dial-back", region, case.goal.limits.reach) or case.contested("dial-back", region)


def _back(region: str, groups: tuple[str, ...], before: int) -> Dial:
    detail = f"dial of {region} back to {before}"
    return Dial(name="dial-back", region=region, groups=groups, percentage=before, detail=detail)
