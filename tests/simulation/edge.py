"""Global Accelerator in virtual time: the world's own dials, health and routing."""

from typing import TYPE_CHECKING

from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.view import Accelerator, Group

from rehearsal.core.dials import AcceleratorError, Accelerators, Endpoint
from rehearsal.core.health import HEALTHY, EndpointHealth, Thresholds
from rehearsal.core.routing import Group as Routed
from rehearsal.core.routing import Target, choose, nearest_first
from tests.simulation.regions import REGIONS, Regions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.core.dials import Settings

CHECK_SECONDS = 1.0


class Edge:
    """Implements `failover.ports.AcceleratorCalls`, and routes."""

    def __init__(
        self,
        regions: Regions,
        serves: "Callable[[str], bool]",
        deploy_seconds: float,
        dials: "Mapping[str, float]",
    ) -> None:
        """`serves`: whether a Region passes its health check."""
        self._clock = regions.clock
        self._rng = regions.rng
        self._serves = serves
        self._state = Accelerators(deploy_seconds)
        self.lost = False
        """Whether the API is gone; the edge routes on."""
        self.dark: list[str] = []
        """Every change after which no Region was on."""
        made = self._state.create_accelerator(-1e6, "users", "a")
        listener = self._state.create_listener(-1e6, made.arn, [(80, 80)], "l")
        for region in REGIONS:
            settings = {"endpoints": (Endpoint(region),), "dial": dials[region]}
            self._state.create_endpoint_group(-1e6, listener.arn, region, region, settings)
        self._accelerator, self._listener = made, listener
        self.health = {region: EndpointHealth(HEALTHY) for region in REGIONS}
        self._clock.spawn(self._check)

    def look(self) -> Accelerator:
        """Read dials and health."""
        self._reach()
        now = self._clock.now()
        return Accelerator(
            arn=self._accelerator.arn,
            name="users",
            deployed=self._accelerator.status(now) == "DEPLOYED",
            groups=tuple(
                Group(
                    arn=group.arn,
                    region=group.region,
                    listener=self._listener.arn,
                    dial=group.settings.dial,
                    health={group.region: self.health[group.region].state},
                )
                for group in self._listener.groups
            ),
        )

    def dial(self, group: str, percentage: int) -> None:
        """Turn a dial."""
        self._reach()
        try:
            self._state.update_endpoint_group(self._clock.now(), group, {"dial": float(percentage)})
        except AcceleratorError as error:
            raise CallFailedError(str(error)) from error
        for at in {0.0, *(at for one in self._listener.groups for at, _ in one.rollout)}:
            if not any(one for one in self._listener.groups if _dial_at(one.rollout, at) > 0):
                self.dark.append(f"asked for at {self._clock.now():.2f} s, dark from {at:.2f} s")

    def route(self) -> str | None:
        """Choose a Region for a new connection."""
        groups = []
        for group in self._listener.groups:
            settings = group.in_effect(self._clock.now())
            if settings:
                target = Target(group.region, 128, self.health[group.region].state == HEALTHY)
                groups.append(Routed(group.region, settings.dial, (target,)))
        route = choose(nearest_first(groups, REGIONS), self._rng.random)
        return route and route.region

    def _reach(self) -> None:
        self._clock.sleep(self._rng.uniform(0.01, 0.1))
        if self.lost:
            self._clock.sleep(self._rng.uniform(0.0, 2.0))
            raise CallFailedError("us-west-2: no answer")

    def _check(self) -> None:
        while True:
            for region, health in self.health.items():
                failure = "" if self._serves(region) else "it failed"
                health.observe(self._clock.now(), failure, Thresholds())
            self._clock.sleep(CHECK_SECONDS)


def _dial_at(rollout: "list[tuple[float, Settings]]", at: float) -> float:
    due = [settings for start, settings in rollout if start <= at] or [rollout[0][1]]
    return due[-1].dial
