"""A forced failover: the other Region is gone. Pure.

Fence first, dials second. The fence needs the target's DynamoDB alone, takes a moment, and is what brings
the writes back, because health checks have as a rule long brought the traffic; the dials need a control
plane that is in one Region, and take longer. The other way round, clients would arrive where nobody may
write yet. Either is begun only once it is clear that no rule forbids it, so that a refusal changes nothing.

If the old Region does answer after all, its replica is asked first: it is the referee of a planned failover
that may be going on, and its pods then stop at once. It is asked once, and never waited for.
"""

from dynamodr.failover.arriving import arriving
from dynamodr.failover.case import Case, over
from dynamodr.failover.checks import preflight
from dynamodr.failover.steps import End, Move, Step


def forcing(case: Case) -> Step:
    """Take the writes to the target."""
    view, goal, memory = case.view, case.goal, case.memory
    if not memory.changed and (case.target.answers or not memory.lifted):
        checks = preflight(goal, view)
        forbidden = [check for check in checks if check.ok is False and not check.forcible]
        if forbidden:
            detail = "; ".join(f"{check.name}: {check.detail}" for check in forbidden)
            return End(name="refused", detail=detail, checks=checks)
    fence, target = view.fence, goal.target
    if fence.active_region == target and not view.conflict:
        return arriving(case, fenced=True)
    if memory.lifted and memory.known and fence.epoch >= memory.known[0]:
        other = fence.active_region or fence.target
        detail = f"somebody else has begun to move the writes to {other} (epoch {fence.epoch})"
        return End(name="stopped", detail=detail)
    if not case.target.answers or case.failed("force", target, goal.limits.reach):
        so_far = (
            f"{target} may write, but does not answer"
            if memory.lifted
            else f"the fence cannot be written in {target}"
        )
        detail = f"{so_far}: {case.target.error or 'the call fails'}"
        ended = End(name="stopped", detail=detail)
        return case.wait("target", goal.limits.reach, detail, ended)
    source = fence.source if fence.moving else fence.active_region
    replica = view.replicas.get(source)
    if replica and source != target and replica.answers and not case.failed("force", source, 0.0):
        return _force(case, source, source)
    return _force(case, source, target)


def _force(case: Case, source: str, region: str) -> Move:
    target = case.goal.target
    fence = case.fence(target, source if source != target else "", target, written_in=region)
    told = "asked first" if region != target else "the writes are its own"
    detail = f"{target} takes the writes, by the fence in {region} ({told}; epoch {fence.epoch})"
    return Move(
        name="force", region=region, fence=fence, over=over(case.view.replicas[region]), detail=detail
    )
