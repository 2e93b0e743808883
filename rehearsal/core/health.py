"""An endpoint's health as its load balancer counts it: so many checks in a row turn it."""

from dataclasses import dataclass

INITIAL = "INITIAL"
HEALTHY = "HEALTHY"
UNHEALTHY = "UNHEALTHY"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Checks in a row that make an endpoint healthy again, or unhealthy."""

    healthy: int = 2
    unhealthy: int = 2


@dataclass(slots=True)
class EndpointHealth:
    """`reason` is why the last check failed, empty when it passed; `since` is when `state` last changed."""

    state: str = INITIAL
    reason: str = ""
    since: float = 0.0
    streak: int = 0

    def observe(self, now: float, failure: str, thresholds: Thresholds) -> bool:
        """Count one check, passed when `failure` is empty. Return whether the state changed.

        The first check that passes makes a new endpoint healthy, as a load balancer does with a new target.
        """
        self.reason = failure
        wanted = UNHEALTHY if failure else HEALTHY
        if self.state == wanted:
            self.streak = 0
            return False
        self.streak += 1
        needed = thresholds.unhealthy if failure else thresholds.healthy
        if self.state == INITIAL and not failure:
            needed = 1
        if self.streak < needed:
            return False
        self.state, self.since, self.streak = wanted, now, 0
        return True
