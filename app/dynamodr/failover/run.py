"""The loop: look, choose one step, do it, look again. All state is in the world; a run can stop anywhere."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from dynamodr.failover.case import Case
from dynamodr.failover.checks import enforced, preflight
from dynamodr.failover.events import Event, unknowable
from dynamodr.failover.goal import Goal
from dynamodr.failover.look import look
from dynamodr.failover.memory import ACCELERATOR, Memory, Outcome, after, seen
from dynamodr.failover.plan import plan
from dynamodr.failover.ports import CallFailedError, World
from dynamodr.failover.steps import Dial, End, GiveUp, Move, Pause, Proof, Prove
from dynamodr.failover.view import View

T = TypeVar("T")
STALE_SECONDS = 1.0
"""A Region is not turned off by what was seen longer ago."""


class Failover:
    """One run of `failover to`. `tell` gets each event as it happens."""

    def __init__(self, goal: Goal, world: World, tell: Callable[[Event], None]) -> None:
        self.goal = goal
        self.memory = Memory()
        self._world = world
        self._tell = tell
        self._began = world.clock.now()

    def run(self) -> End:
        """Take turns until it ends."""
        while True:
            turned = self.turn()
            if isinstance(turned, End):
                return turned
            self._world.clock.sleep(turned)

    def turn(self) -> End | float:
        """Take one step; return how it ended, or how many seconds to wait before the next turn."""
        first = self.memory.began is None
        view = look(self._world, self.goal, self.memory.silent)
        self.memory = seen(self.memory, self.goal, view)
        if first:
            self._introduce(view)
        step = plan(Case(self.goal, view, self.memory))
        began = self._world.clock.now()
        if isinstance(step, End):
            self._say("end", step.name, step.detail, began, ok=step.name == "done")
            return step
        if isinstance(step, Pause):
            if self.memory.waiting is None or self.memory.waiting[0] != step.name:
                self._say("wait", step.name, step.detail, began)
            self.memory = after(self.memory, step, Outcome(ok=True), began)
            return step.seconds
        outcome = self._do(step, view.now)
        self.memory = after(self.memory, step, outcome, self._world.clock.now())
        detail = "; ".join(part for part in (step.detail, outcome.detail, outcome.error) if part)
        self._say("step", step.name, detail, began, ok=outcome.ok)
        if isinstance(step, Move) and step.name == "force" and outcome.ok and step.region == self.goal.target:
            for note in unknowable(self.goal, view):
                self._say("note", "unknown", note, began)
        return 0.0 if outcome.ok else self.goal.limits.poll

    def _introduce(self, view: View) -> None:
        now = self._world.clock.now()
        fenced = enforced(self.goal, view)
        if fenced and view.fence.active_region == self.goal.target and not view.conflict:
            return  # nothing is demanded of what has already been decided
        if fenced and view.fence.moving and not self.goal.forced:
            return
        for check in preflight(self.goal, view):
            overridden = self.goal.forced and check.forcible and check.ok is False
            self._say("overridden" if overridden else "check", check.name, check.detail, now, ok=check.ok)

    def _do(self, step: Move | Dial | Prove | GiveUp, looked: float) -> Outcome:
        try:
            match step:
                case Move():
                    replica = self._world.replicas[step.region]
                    moved = self._within(step.region, lambda: replica.move(step.fence, step.over))
                    return Outcome(ok=moved, detail="" if moved else "somebody else was faster")
                case Dial():
                    return self._dial(step, looked)
                case Prove():
                    return self._prove(step)
                case GiveUp():
                    return Outcome(ok=True)
        except CallFailedError as error:
            return Outcome(ok=False, error=str(error))

    def _dial(self, step: Dial, looked: float) -> Outcome:
        off = step.percentage == 0
        if off and self._world.clock.now() - looked > STALE_SECONDS:
            return Outcome(ok=False, detail="too long after the look that it rests upon")
        self._turn(step.groups, step.percentage)
        if not off:
            return Outcome(ok=True)
        # If another operator has turned off what we keep on all the same: better both than none.
        after_it = self._within(ACCELERATOR, self._world.accelerator.look)
        lit = {group.listener for group in after_it.groups if group.dial > 0}
        if {group.listener for group in after_it.groups if group.arn in step.groups} <= lit:
            return Outcome(ok=True)
        self._turn(step.groups, 100)
        return Outcome(ok=False, error="another Region was turned off at the same time: turned on again")

    def _turn(self, groups: tuple[str, ...], percentage: int) -> None:
        """Set the dials at once: one after the other, the last could come too late."""
        calls = {group: partial(self._world.accelerator.dial, group, percentage) for group in groups}
        for found in self._world.together(calls, self.goal.limits.call).values():
            if isinstance(found, CallFailedError):
                raise found

    def _prove(self, step: Prove) -> Outcome:
        source, target = self._world.replicas[step.source], self._world.replicas[step.target]
        limits = self.goal.limits
        if step.name == "markers":
            if self.memory.marked != step.epoch:
                self._within(step.source, lambda: source.mark(step.epoch), limits.prove)
                self.memory = msgspec.structs.replace(self.memory, marked=step.epoch)
            if not self._within(step.target, lambda: target.marked(step.epoch), limits.prove):
                return Outcome(ok=False, detail="not all markers have arrived")
            said = "not proved: markers have arrived, and ten times the recent lag was waited"
            return Outcome(ok=True, proof=Proof(epoch=step.epoch, compared=False, detail=said))
        most = limits.prove_items
        both = {step.source: lambda: source.digest(most), step.target: lambda: target.digest(most)}
        found = self._world.together(both, limits.prove)
        for one in found.values():
            if isinstance(one, CallFailedError):
                raise one
        ours, theirs = found[step.source], found[step.target]
        if ours is None or theirs is None:
            return Outcome(ok=False, too_many=True, detail=f"there are more than {most} users")
        if missing := ours.differs(theirs):
            return Outcome(ok=False, detail=f"at least {missing} users differ")
        by_key = f", {ours.plain} of them by key only, for they carry no write id" if ours.plain else ""
        said = f"proved: {step.target} holds all {ours.items} users as {step.source} does{by_key}"
        return Outcome(ok=True, proof=Proof(epoch=step.epoch, compared=True, detail=said))

    def _within(self, name: str, call: Callable[[], T], seconds: float | None = None) -> T:
        """Make one call, for `seconds` at most; raise CallFailedError then."""
        found = self._world.together({name: call}, seconds or self.goal.limits.call)[name]
        if isinstance(found, CallFailedError):
            raise found
        result: T = found
        return result

    def _say(self, kind: str, name: str, detail: str, began: float, *, ok: bool | None = None) -> None:
        clock = self._world.clock
        now = clock.now()
        self._tell(
            Event(
                kind=kind,
                name=name,
                ok=ok,
                detail=detail,
                at_ms=round(clock.wall() * 1000),
                elapsed=now - self._began,
                seconds=now - began,
            )
        )
