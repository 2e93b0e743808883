"""What a run would do, without doing it: the same plan, over a world that does as it is told."""

import msgspec

from dynamodr.failover.case import Case
from dynamodr.failover.goal import Goal
from dynamodr.failover.memory import Memory, Outcome, after, seen
from dynamodr.failover.plan import plan
from dynamodr.failover.steps import Dial, End, Move, Pause, Proof, Prove, Step
from dynamodr.failover.view import Accelerator, View
from dynamodr.fence.record import Heartbeat

LONGEST = 500
LEAST_PAUSE = 0.001
"""What a pause lasts at least. The last bit of a wait can be too short to change the time it is added to."""
LONG_PAUSE = 20.0
"""What a wait that goes on for long is shortened by at a time."""


def outline(goal: Goal, view: View) -> list[Step]:
    """Return the steps, each wait once; the last is how it would end."""
    memory, steps = Memory(), list[Step]()
    for _ in range(LONGEST):
        memory = seen(memory, goal, view)
        step = plan(Case(goal, view, memory))
        if not (isinstance(step, Pause) and memory.waiting and memory.waiting[0] == step.name):
            steps.append(step)
        if isinstance(step, End):
            return steps
        memory = after(memory, step, _outcome(step), view.now)
        view = _after(goal, view, step, Case(goal, view, memory).waited(step.name))
    raise RuntimeError(f"the plan does not end: {[step.name for step in steps]}")


def _outcome(step: Step) -> Outcome:
    if not isinstance(step, Prove):
        return Outcome(ok=True)
    said = "if it is proved that all writes have arrived"
    return Outcome(ok=True, proof=Proof(epoch=step.epoch, compared=step.name == "compare", detail=said))


def _after(goal: Goal, view: View, step: Step, waited: float) -> View:
    replace = msgspec.structs.replace
    match step:
        case Move():
            one = replace(view.replicas[step.region], fence=step.fence)
            if step.region == goal.target and step.fence.active_region == goal.target:
                beat = Heartbeat(
                    region=goal.target, at=view.wall_ms, epoch=step.fence.epoch, standing="active"
                )
                one = replace(one, heartbeats=one.heartbeats | {goal.target: beat})
            return replace(view, replicas=view.replicas | {step.region: one})
        case Dial() if view.accelerator:
            return replace(view, accelerator=_dialled(view.accelerator, step))
        case Pause():
            accelerator = view.accelerator
            if accelerator and step.name == "deployed":
                accelerator = replace(accelerator, deployed=True)
            seconds = max(step.seconds, LEAST_PAUSE, min(waited, LONG_PAUSE))
            return replace(view, now=view.now + seconds, accelerator=accelerator)
    return view


def _dialled(accelerator: Accelerator, step: Dial) -> Accelerator:
    groups = tuple(
        msgspec.structs.replace(group, dial=step.percentage) if group.arn in step.groups else group
        for group in accelerator.groups
    )
    return msgspec.structs.replace(accelerator, groups=groups, deployed=False)
