"""Looking at everything at once, for as long as one look may take."""

from dynamodr.failover.goal import Goal
from dynamodr.failover.memory import ACCELERATOR
from dynamodr.failover.ports import CallFailedError, World
from dynamodr.failover.view import Accelerator, Replica, View

NOT_ASKED = "did not answer before, and is not asked again"


def look(world: World, goal: Goal, silent: frozenset[str] = frozenset()) -> View:
    """See what can be seen. Of what is `silent`, nothing is asked."""
    asked = {region: world.replicas[region].look for region in goal.regions if region not in silent}
    calls = {**asked, **({} if ACCELERATOR in silent else {ACCELERATOR: world.accelerator.look})}
    found = world.together(calls, goal.limits.look)
    replicas = {region: _replica(region, found.get(region)) for region in goal.regions}
    accelerator = found.get(ACCELERATOR)
    return View(
        now=world.clock.now(),  # after the answers: what they show was so by then
        wall_ms=round(world.clock.wall() * 1000),
        first=goal.regions[0],
        replicas=replicas,
        accelerator=accelerator if isinstance(accelerator, Accelerator) else None,
        accelerator_error="" if isinstance(accelerator, Accelerator) else str(accelerator or NOT_ASKED),
    )


def _replica(region: str, found: Replica | CallFailedError | None) -> Replica:
    if isinstance(found, Replica):
        return found
    return Replica(region=region, error=str(found or NOT_ASKED))
