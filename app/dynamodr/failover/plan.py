"""Which step comes next. Pure: the same look and the same memory give the same step."""

from dynamodr.failover.arriving import arriving
from dynamodr.failover.case import Case
from dynamodr.failover.checks import preflight
from dynamodr.failover.forcing import forcing
from dynamodr.failover.moving import begin, give_back, moving, returning
from dynamodr.failover.steps import End, GiveUp, Step

TOTAL_SECONDS = 1800.0
"""No run lasts longer, whatever it waits for; but for"""
RETURN_SECONDS = 120.0
"""what it may take then to give the writes back."""


def plan(case: Case) -> Step:
    """Choose the next step."""
    goal, view, memory = case.goal, case.view, case.memory
    if goal.target not in goal.regions:
        checks = preflight(goal, view)
        return End(name="refused", detail=checks[0].detail, checks=checks)
    late = view.now - memory.began - TOTAL_SECONDS if memory.began is not None else 0.0
    if late > 0 and not (memory.given_up and late < RETURN_SECONDS):
        long = f"it has taken more than {TOTAL_SECONDS:g} s"
        paused = case.enforced and view.fence.moving
        if paused and view.fence.target == goal.target and not goal.forced and not memory.given_up:
            return GiveUp(detail=long)
        words = f"{long}, and the writes are paused" if paused else long
        return End(name="stopped", detail=f"{words}: look, and run it again")
    if not case.enforced:
        return _unfenced(case)
    if goal.forced:
        return forcing(case)
    return _planned(case)


def _planned(case: Case) -> Step:
    goal, fence, target = case.goal, case.view.fence, case.goal.target
    if case.memory.known and fence.epoch < case.memory.known[0]:
        return _unseen(case, case.memory.known[0])
    if case.memory.given_up and (fence.moving or fence.active_region != target):
        return returning(case)
    if case.view.conflict or (fence.moving and fence.source not in goal.regions):
        return begin(case)  # whose checks refuse it
    if fence.epoch == 0 and not case.view.homes <= {goal.regions[0]}:
        return begin(case)  # likewise
    if fence.active_region == target:
        return arriving(case, fenced=True)
    if fence.moving and fence.target == target:
        return moving(case)
    if fence.moving and fence.source == target:
        return _turn_back(case)
    return begin(case)


def _unseen(case: Case, epoch: int) -> Step:
    """Whoever holds the newest fence does not answer; what the others hold is older, and decides nothing."""
    silent = "; ".join(f"{one.region}: {one.error}" for one in case.view.replicas.values() if not one.answers)
    detail = (
        f"the fence of epoch {epoch} is not to be seen ({silent or 'it is gone'}), and writes may be paused. "
        "Run this again; or, if a Region is gone, run it with --forced"
    )
    return case.wait("fence", case.goal.limits.reach, detail, End(name="stopped", detail=detail))


def _turn_back(case: Case) -> Step:
    """The operator wants the Region that the writes are just leaving."""
    target, limits = case.target, case.goal.limits
    if not target.answers or case.failed("return", target.region, limits.reach):
        detail = f"{target.region} does not answer, and the writes are paused: {target.error}"
        return case.wait("target", limits.reach, detail, End(name="stopped", detail=detail))
    return give_back(case, "as asked")


def _unfenced(case: Case) -> Step:
    if not case.memory.changed:
        checks = preflight(case.goal, case.view)
        wrong = [check for check in checks if check.ok is False and not (case.goal.forced and check.forcible)]
        if wrong:
            detail = "; ".join(f"{check.name}: {check.detail}" for check in wrong)
            return End(name="refused", detail=detail, checks=checks)
    return arriving(case, fenced=False)
