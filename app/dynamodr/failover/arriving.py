"""The fence names the target, or there is no fence: bring the traffic there, and see that it writes. Pure."""

from dynamodr.failover import dialing
from dynamodr.failover.case import Case, copied, over
from dynamodr.failover.checks import last_healthy
from dynamodr.failover.memory import ACCELERATOR
from dynamodr.failover.steps import End, Move, Pause, Step

AFFIRM_SECONDS = 4.0


def arriving(case: Case, *, fenced: bool) -> Step:
    """Copy the fence to the target's replica, turn the dials, wait for a pod's word, copy it to the
    others."""
    fence, target, limits = case.view.fence, case.target, case.goal.limits
    if fenced and not target.answers:
        detail = f"{target.region} may write (epoch {fence.epoch}), but does not answer: {target.error}"
        return case.wait("target", limits.reach, detail, End(name="stopped", detail=detail))
    if fenced and target.epoch < fence.epoch:
        return _carry(case, target.region)
    if step := _dials(case, fenced=fenced):
        return step
    if fenced:
        if step := _confirm(case):
            return step
        for region in case.goal.others:
            replica = case.view.replicas[region]
            if replica.answers and replica.epoch < fence.epoch and not case.failed("carry", region, 0.0):
                return _carry(case, region)
    accelerator = case.view.accelerator
    if accelerator is None:
        so_far = f"{_done(case, fenced)}, but the dials are not turned" if fenced else "No dial is turned"
        return End(name="stopped", detail=f"{so_far}: {health(case.memory.accelerator_error)}")
    if left := dialing.left(case, accelerator):
        return End(name="stopped", detail=f"{_done(case, fenced)}, but {left}")
    return End(name="done", detail=_done(case, fenced))


def health(error: str) -> str:
    """Say what Global Accelerator does by itself while its dials can't be turned."""
    # https://docs.aws.amazon.com/global-accelerator/latest/dg/
    # about-endpoints-endpoint-weights.unhealthy-endpoints.html
    return (
        f"Global Accelerator's API does not answer ({error}). Its edge still routes: new connections leave "
        "a Region whose endpoints fail their health checks, for the nearest healthy one, even if its dial is "
        "0; a Region that still looks healthy keeps its traffic until its dial is turned. Run this again for "
        "that"
    )


def _dials(case: Case, *, fenced: bool) -> Step | None:
    accelerator, limits, goal = case.view.accelerator, case.goal.limits, case.goal
    so_far = _done(case, fenced) if fenced else "no dial is turned"
    if accelerator is None:
        if goal.forced and ACCELERATOR in case.memory.silent:
            return None
        detail = f"Global Accelerator does not answer: {case.view.accelerator_error}"
        return case.wait(
            "accelerator", limits.reach, detail, End(name="stopped", detail=f"{so_far}; {detail}")
        )
    check = last_healthy(goal, case.view)
    if check.ok is False and dialing.on(case, accelerator) and not case.memory.changed:
        return End(name="refused", detail=f"{check.name}: {check.detail}", checks=(check,))
    for name in ("dial-up", "dial-down"):
        for region in accelerator.regions:
            if case.failed(name, region, limits.reach) or case.contested(name, region):
                detail = f"the dial of {region} cannot be turned, or does not stay as it is turned"
                return End(name="stopped", detail=f"{so_far}; {detail}")
    late = f"{so_far}; Global Accelerator is still not DEPLOYED after {limits.deploy:g} s"
    stays = f"{so_far}; {goal.target} has no healthy endpoint, so no other Region is turned off"
    return dialing.turned(
        case,
        unhealthy=End(name="stopped", detail=stays),
        stuck=End(name="stopped", detail=late),
        undeployed=End(name="stopped", detail=late),
    )


def _confirm(case: Case) -> Step | None:
    fence, target, limits = case.view.fence, case.target, case.goal.limits
    beat = target.heartbeats.get(target.region)
    if beat and beat.standing == "active" and beat.epoch >= fence.epoch:
        return None
    last = f"the last one said {beat.standing!r} of epoch {beat.epoch}" if beat else "none was ever heard"
    detail = f"until a pod in {target.region} says that it takes writes; {last}"
    if (
        case.goal.forced
        and not case.memory.affirmed
        and beat
        and beat.standing in ("unproven", "behind")
        and case.waited("confirm") >= min(AFFIRM_SECONDS, limits.confirm)
    ):
        # Its pods have started, or lost touch, since the fence was written; or an older fence has come back
        # since (by a merge, by a restored table). They believe a new epoch.
        again = case.fence(target.region, fence.source, target.region, written_in=target.region)
        return Move(
            name="affirm",
            region=target.region,
            fence=again,
            over=over(target),
            detail=f"the fence again, with a new epoch, for the pods in {target.region} that cannot trust it",
        )
    advice = "look at its pods; if they are 'unproven' or 'behind', run this with --forced"
    ended = End(
        name="stopped", detail=f"{_done(case, fenced=True)}, but no pod there says so ({last}): {advice}"
    )
    step = case.wait("confirm", limits.confirm, detail, ended)
    return step if isinstance(step, Pause | End) else None


def _carry(case: Case, region: str) -> Step:
    fence, replica = case.view.fence, case.view.replicas[region]
    limits = case.goal.limits
    if region == case.goal.target and case.failed("carry", region, limits.reach):
        return End(
            name="stopped", detail=f"the fence cannot be copied to {region}; replication will bring it"
        )
    detail = f"the fence of epoch {fence.epoch} copied to {region}, ahead of replication"
    move = copied(fence, region)
    return Move(name="carry", region=region, fence=move, over=over(replica), detail=detail)


def _done(case: Case, fenced: bool) -> str:
    target = case.goal.target
    if fenced:
        return f"{target} takes the writes (epoch {case.view.fence.epoch})"
    return f"{target} takes the traffic; writes that others still acknowledge replicate by themselves"
