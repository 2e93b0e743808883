"""One decision's ground: the goal, what is seen and what is remembered, and the questions that all plans
ask."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dynamodr.failover.goal import Goal
from dynamodr.failover.memory import Memory
from dynamodr.failover.steps import Pause, Step
from dynamodr.failover.view import Replica, View
from dynamodr.fence.record import Fence

BLIND = 100
"""How far a forced failover jumps where a Region that does not answer may hold epochs that nobody else
knows."""
AGAIN = 5
"""How often one dial is turned one way. Of two operators with opposite aims, each turns the other's back a
time or two, until the fence has decided between them."""


class Case(NamedTuple):
    """What a plan is made from."""

    goal: Goal
    view: View
    memory: Memory

    @property
    def target(self) -> Replica:
        """The target's replica."""
        return self.view.replicas[self.goal.target]

    @property
    def enforced(self) -> bool:
        """Whether the pods obey the fence: as they last said, or else by this command's own WRITE_MODE.

        A look that nobody answered changes nothing: the pods do what they did.
        """
        if self.memory.obeyed is None:
            return self.goal.write_mode == "active-region"
        return self.memory.obeyed

    def waited(self, name: str) -> float:
        """How long the wait of that name has been going on."""
        waiting = self.memory.waiting
        return self.view.now - waiting[1] if waiting and waiting[0] == name else 0.0

    def wait(self, name: str, limit: float, detail: str, otherwise: Step) -> Step:
        """Wait, `limit` seconds at most, and then do something else."""
        left = limit - self.waited(name)
        if left <= 0:
            return otherwise
        return Pause(name=name, seconds=min(self.goal.limits.poll, left), detail=detail)

    def failed(self, name: str, region: str, limit: float) -> bool:
        """Whether that step has failed for as long as that."""
        since = self.memory.failing.get(f"{name} {region}")
        return since is not None and self.view.now - since >= limit

    def contested(self, name: str, region: str) -> bool:
        """Whether that dial has been turned so often that something else must be turning it back."""
        return self.memory.turned.get(f"{name} {region}", 0) >= AGAIN

    def fence(
        self,
        active_region: str,
        source: str,
        target: str,
        *,
        written_in: str,
        dials: Mapping[str, int] | None = None,
    ) -> Fence:
        """Return the fence of a new epoch."""
        asked = [self.view.replicas[region] for region in self.goal.regions if region in self.view.replicas]
        blind = self.goal.forced and not all(one.answers for one in asked)
        return Fence(
            active_region=active_region,
            epoch=self.view.highest + (BLIND if blind else 1),
            source=source,
            target=target,
            forced=self.goal.forced,
            reason=self.goal.reason,
            at=self.view.wall_ms,
            written_in=written_in,
            dials=dict(dials or {}),
        )


def over(replica: Replica) -> int | None:
    """Return the epoch that is to be replaced there."""
    return replica.fence.epoch if replica.fence else None


def copied(fence: Fence, region: str) -> Fence:
    """Return the same decision, as written into another replica."""
    return msgspec.structs.replace(fence, written_in=region)
