"""Global Accelerator's front door on this machine, before both Regions' namespaces."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rehearsal.accelerator import Accelerator
from rehearsal.frontdoor import FrontDoor, FrontDoorConfig
from rehearsal.healthchecks import HealthCheckConfig, HealthChecks
from tests.e2e.edge import FACTOR
from tests.e2e.release import NAME, Release


@dataclass(frozen=True)
class Front:
    """The accelerator and its front door."""

    accelerator: Accelerator
    door: FrontDoor


PORTS = {"us-east-1": 31001, "us-west-2": 31002}
"""The node's ports that stand for the Regions' load balancers: known beforehand, as kind must map them."""


def load_balancer(release: Release) -> None:
    """Make what stands for the Region's load balancer: a Service on a port of the node."""
    selector = release.get("service", NAME)["spec"]["selector"]
    port = {"port": 80, "targetPort": "http", "nodePort": PORTS[release.region]}
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "load-balancer", "namespace": release.namespace},
        "spec": {"type": "NodePort", "selector": selector, "ports": [port]},
    }
    release.cluster.apply(manifest)


@contextmanager
def front(accelerator: Accelerator, releases: Mapping[str, Release]) -> Iterator[Front]:
    """Open the front door, with health checks of both Regions, for as long as the context is open."""
    for release in releases.values():
        load_balancer(release)

    def address_of(endpoint: str) -> tuple[str, int] | None:
        region = accelerator.endpoints.get(endpoint)
        return (releases[region].cluster.node, PORTS[region]) if region else None

    checks = HealthChecks(
        accelerator.endpoints,
        address_of,
        accelerator.observe,
        HealthCheckConfig(interval_seconds=10 * FACTOR, timeout_seconds=3.0),
    )
    door = FrontDoor(
        accelerator.route, address_of, time.time, FrontDoorConfig(port=0), background=[checks.run]
    )
    door.start()
    try:
        yield Front(accelerator, door)
    finally:
        door.close()
        for release in releases.values():
            release.kubectl("delete", "service", "load-balancer")
