"""The accelerator of the running world: its state, its endpoints' health, and where the next connection goes.

The API (`rehearsal.wire.globalaccelerator`) changes it, the health checks feed it, the front door asks it.
Any thread may call it.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rehearsal.core.dials import ACCOUNT, Accelerators, Endpoint, EndpointGroup, Listener
from rehearsal.core.health import HEALTHY, EndpointHealth, Thresholds
from rehearsal.core.routing import Group, Route, Target, choose, nearest_first

Clock = Callable[[], float]

# How long Global Accelerator takes to have a change everywhere: "within seconds", and mostly under a minute.
DEPLOY_SECONDS = 20.0


@dataclass(frozen=True)
class AcceleratorConfig:
    """What stands when the world starts. Seconds are the world's own: already times its factor."""

    dials: Mapping[str, float] = field(default_factory=lambda: {"us-east-1": 100.0, "us-west-2": 0.0})
    nearest: tuple[str, ...] = ("us-east-1", "us-west-2")
    """The Regions as the clients' location has them, closest first."""
    deploy_seconds: float = DEPLOY_SECONDS
    thresholds: Thresholds = field(default_factory=Thresholds)
    listener_port: int = 80
    seed: int = 0
    name: str = "dynamodr"


def load_balancer_arn(region: str, name: str = "dynamodr") -> str:
    """The endpoint that stands for a Region's Ingress."""
    return f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/{name}/50dc6c495c0c9188"


class Accelerator:
    """One accelerator that serves, with an endpoint group for each Region of `config.dials`."""

    def __init__(self, clock: Clock, config: AcceleratorConfig | None = None) -> None:
        """All is DEPLOYED from the start, and no endpoint was checked yet. `clock` gives epoch seconds."""
        self.config = config = config or AcceleratorConfig()
        self.nearest: Sequence[str] = config.nearest
        self.lock = threading.RLock()
        self.clock = clock
        self.endpoints = {load_balancer_arn(region, config.name): region for region in config.dials}
        self.health = {endpoint: EndpointHealth(since=clock()) for endpoint in self.endpoints}
        self.state = Accelerators(0.0, frozenset(self.endpoints))
        self._draw = random.Random(config.seed).random  # noqa: S311 - a seed that replays, not a secret
        self.arn, self._listener = self._stand()
        self.state.deploy_seconds = config.deploy_seconds

    def route(self) -> Route | None:
        """Where a connection that opens now goes, by the deployed dials and the health; None refuses it."""
        with self.lock:
            now = self.clock()
            groups = [self._as_routed(group, now) for group in self._listener.groups]
            return choose(nearest_first(groups, self.nearest), self._draw)

    def observe(self, endpoint: str, failure: str) -> bool:
        """Count one health check, passed when `failure` is empty. Return whether the state changed."""
        with self.lock:
            return self.health[endpoint].observe(self.clock(), failure, self.config.thresholds)

    def dials(self) -> dict[str, float]:
        """The dial of each Region that new connections obey now."""
        with self.lock:
            now = self.clock()
            in_effect = ((group.region, group.in_effect(now)) for group in self._listener.groups)
            return {region: settings.dial for region, settings in in_effect if settings is not None}

    def states(self) -> dict[str, EndpointHealth]:
        """The health of each Region's endpoint, a copy."""
        with self.lock:
            return {
                region: EndpointHealth(h.state, h.reason, h.since, h.streak)
                for endpoint, region in self.endpoints.items()
                for h in (self.health[endpoint],)
            }

    def _as_routed(self, group: EndpointGroup, now: float) -> Group:
        settings = group.in_effect(now)
        if settings is None:
            return Group(group.region, 0.0, ())
        targets = tuple(
            Target(endpoint.id, endpoint.weight, self.health[endpoint.id].state == HEALTHY)
            for endpoint in settings.endpoints
        )
        return Group(group.region, settings.dial, targets)

    def _stand(self) -> tuple[str, Listener]:
        now, name, port = self.clock(), self.config.name, self.config.listener_port
        accelerator = self.state.create_accelerator(now, name, f"start/{name}")
        listener = self.state.create_listener(now, accelerator.arn, [(port, port)], f"start/{name}")
        for endpoint, region in self.endpoints.items():
            changes = {"endpoints": (Endpoint(endpoint),), "dial": self.config.dials[region]}
            self.state.create_endpoint_group(now, listener.arn, region, f"start/{region}", changes)
        return accelerator.arn, listener
