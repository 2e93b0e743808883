"""Turning the dials: the target up, and once the edge obeys that, the others down. Pure.

Never down before the target is up, deployed and healthy, so that at no moment all are off. Global
Accelerator knows no conditional change, so two operators with opposite aims could each turn off what the
other keeps on. The fence decides between them; and since one of them may still be acting on an older fence,
nobody turns a Region off until the newest has been known for longer than a look and a call can take.
"""

from dynamodr.failover.case import Case
from dynamodr.failover.steps import Dial, Pause, Step
from dynamodr.failover.view import Accelerator


def up(case: Case, accelerator: Accelerator) -> Dial | None:
    """Turn the target fully on, if it isn't."""
    target = case.goal.target
    groups = accelerator.below(target, 100)
    if not groups:
        return None
    detail = f"dial of {target} from {accelerator.dial(target):g} to 100"
    return Dial(name="dial-up", region=target, groups=groups, percentage=100, detail=detail)


def on(case: Case, accelerator: Accelerator) -> tuple[str, ...]:
    """Name the other Regions that are on, behind a listener that leads to the target as well."""
    return tuple(one for one in accelerator.regions if _groups(case, accelerator, one))


def left(case: Case, accelerator: Accelerator) -> str:
    """Say which listeners stay where they are, for want of an endpoint group in the target; "" if none."""
    target = case.goal.target
    staying = {
        group.listener: group.region
        for group in accelerator.groups
        if group.dial > 0 and group.listener in accelerator.listeners_without(target)
    }
    where = " and ".join(f"{listener} (to {region})" for listener, region in sorted(staying.items()))
    return f"no endpoint group in {target} has the listener {where}, which stays as it is" if where else ""


def down(case: Case, accelerator: Accelerator) -> Dial | None:
    """Turn the next of the other Regions off, if one is on."""
    for region in on(case, accelerator):
        detail = f"dial of {region} from {accelerator.dial(region):g} to 0"
        groups = _groups(case, accelerator, region)
        return Dial(name="dial-down", region=region, groups=groups, percentage=0, detail=detail)
    return None


def _groups(case: Case, accelerator: Accelerator, region: str) -> tuple[str, ...]:
    """Name another Region's endpoint groups that the target takes over from: never a listener's only one."""
    if region == case.goal.target:
        return ()
    led = accelerator.led(case.goal.target)
    return tuple(group.arn for group in accelerator.of(region) if group.dial > 0 and group.listener in led)


def may_go_down(case: Case, accelerator: Accelerator) -> bool:
    """Whether what is turned off is not the last that is healthy."""
    if accelerator.healthy(case.goal.target):
        return True
    return case.goal.forced and not any(accelerator.healthy(one) for one in on(case, accelerator))


def handover(case: Case) -> Step | None:
    """Wait until nobody can still be turning a dial by an older fence; None once that is so."""
    known, settle = case.memory.known, case.goal.limits.settle
    left = settle - (case.view.now - known[1]) if known else settle
    if left <= 0:
        return None
    detail = f"until nobody turns a dial by an older fence: {settle:g} s"
    return Pause(name="handover", seconds=min(case.goal.limits.poll, left), detail=detail)


def turned(case: Case, *, unhealthy: Step, stuck: Step, undeployed: Step) -> Step | None:
    """Return the next step until the target alone is on and deployed; None then.

    Once a wait has lasted too long: `unhealthy` for the target's health, `stuck` for the deployment of its
    dial, `undeployed` for that of the others'.
    """
    accelerator = case.view.accelerator
    limits = case.goal.limits
    if accelerator is None:
        raise ValueError("there is no accelerator to turn")
    if step := up(case, accelerator):
        return step
    going = down(case, accelerator)
    if going is None:
        if accelerator.deployed:
            return None
        return case.wait("deployed", limits.deploy, "Global Accelerator deploys the dials", undeployed)
    if not may_go_down(case, accelerator):
        detail = f"{case.goal.target} has no healthy endpoint; {going.region} stays on"
        return case.wait("healthy", limits.reach, detail, unhealthy)
    if not accelerator.deployed:
        detail = f"Global Accelerator deploys; {going.region} stays on until {case.goal.target} is reached"
        return case.wait("deployed", limits.deploy, detail, stuck)
    return handover(case) or going
