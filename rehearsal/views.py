"""What GET /_rehearsal/NAME shows of the accelerator, its connections and the services."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rehearsal.accelerator import Accelerator
    from rehearsal.frontdoor import FrontDoor
    from rehearsal.services import Services

# The newest that are shown unless `limit` says otherwise.
CONNECTIONS = 100


class Standing(Protocol):
    """What is shown: a rehearsal, as rehearsal.running has it."""

    accelerator: "Accelerator"
    door: "FrontDoor"
    services: "Services"

    @property
    def url(self) -> str:
        """The front door's."""


def views(rehearsal: Standing) -> dict[str, Callable[[Mapping[str, str]], Any]]:
    """Every view, by name; each gets the query."""
    return {
        "accelerator": lambda _: accelerator(rehearsal),
        "connections": lambda query: connections(rehearsal, query),
        "services": lambda _: services(rehearsal),
    }


def accelerator(rehearsal: Standing) -> dict[str, Any]:
    """Its state, each Region's dial (as asked for, and as new connections obey it) and health."""
    live = rehearsal.accelerator
    with live.lock:
        status = live.state.accelerator(live.arn).status(live.clock())
        (listener,) = live.state.accelerator(live.arn).listeners
        asked = {group.region: group.settings.dial for group in listener.groups}
    in_effect, health = live.dials(), live.states()
    return {
        "url": rehearsal.url,
        "arn": live.arn,
        "status": status,
        "regions": [
            {
                "region": region,
                "dial": dial,
                "dial_in_effect": in_effect.get(region, 0.0),
                "health": health[region].state,
                "reason": health[region].reason,
                "since": health[region].since,
            }
            for region, dial in asked.items()
        ],
    }


def connections(rehearsal: Standing, query: Mapping[str, str]) -> dict[str, Any]:
    """The newest `limit` connections that opened after `since` (epoch seconds), and how all of those went."""
    since, limit = float(query.get("since", 0)), int(query.get("limit", CONNECTIONS))
    found = [one for one in rehearsal.door.connections() if one.opened > since]
    return {
        "count": len(found),
        "by_region": Counter(one.region for one in found),
        "by_outcome": Counter(one.outcome for one in found),
        "connections": [asdict(one) for one in found[max(0, len(found) - limit) :]],
    }


def services(rehearsal: Standing) -> list[dict[str, Any]]:
    """Each Region's service: where it is, and whether it runs."""
    return [
        {
            "region": region,
            "url": service.url,
            "metrics": f"http://127.0.0.1:{service.config.metrics_port}/metrics",
            "running": service.running,
            "pid": service.pid,
            "log": str(service.config.log),
        }
        for region, service in rehearsal.services.by_region.items()
    ]
