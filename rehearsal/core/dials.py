"""What AWS Global Accelerator knows: accelerators, listeners, endpoint groups, and what the edge obeys.

A change is stored at once and obeyed later. The API answers with the new settings straight away while the
accelerator reports IN_PROGRESS; new connections follow the old settings until it reports DEPLOYED. Every
time here is in seconds since the epoch and is passed in.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

ACCOUNT = "123456789012"
DEFAULT_WEIGHT = 128
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?")


class AcceleratorError(Exception):
    """A refusal, under AWS's own name for it (`code`), such as EndpointGroupNotFoundException."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> AcceleratorError:
    """The refusal of an argument."""
    return AcceleratorError("InvalidArgumentException", message)


class Endpoint(NamedTuple):
    """One load balancer behind an endpoint group; `weight` is 0 to 255."""

    id: str
    weight: int = DEFAULT_WEIGHT
    client_ip_preservation: bool = True


class PortOverride(NamedTuple):
    """A listener port, and the port of the endpoint that it leads to."""

    listener_port: int
    endpoint_port: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All of an endpoint group that UpdateEndpointGroup can change. `dial` is a percentage, 0 to 100."""

    endpoints: tuple[Endpoint, ...] = ()
    dial: float = 100.0
    health_check_port: int | None = None
    health_check_protocol: str = "TCP"
    health_check_path: str | None = None
    health_check_interval_seconds: int = 30
    threshold_count: int = 3
    port_overrides: tuple[PortOverride, ...] = ()


@dataclass(slots=True)
class EndpointGroup:
    """One Region of a listener: `settings` as last asked for, `rollout` as the edge takes it up, by time."""

    arn: str
    listener_arn: str
    region: str
    settings: Settings
    rollout: list[tuple[float, Settings]]

    def in_effect(self, now: float) -> Settings | None:
        """What new connections obey; None before the group is deployed for the first time."""
        while len(self.rollout) > 1 and self.rollout[1][0] <= now:
            self.rollout.pop(0)
        at, settings = self.rollout[0]
        if at > now:
            return None
        self.rollout[0] = (float("-inf"), settings)  # a clock that is put back undoes no deployment
        return settings


@dataclass(slots=True)
class Listener:
    """The ports that clients reach: (from, to) pairs, both included."""

    arn: str
    accelerator_arn: str
    port_ranges: tuple[tuple[int, int], ...]
    protocol: str
    client_affinity: str
    groups: list[EndpointGroup] = field(default_factory=list)


@dataclass(slots=True)
class Accelerator:
    """`deployed_at` is when its newest change is everywhere."""

    arn: str
    name: str
    ip_address_type: str
    enabled: bool
    created: float
    modified: float
    deployed_at: float
    tags: dict[str, str]
    listeners: list[Listener] = field(default_factory=list)

    def status(self, now: float) -> str:
        """IN_PROGRESS until the newest change is everywhere, DEPLOYED from then on."""
        return "DEPLOYED" if now >= self.deployed_at else "IN_PROGRESS"


class Accelerators:
    """All accelerators of the account. Not safe for threads: the shell around it holds a lock."""

    def __init__(self, deploy_seconds: float, known_endpoints: frozenset[str] | None = None) -> None:
        """A change takes `deploy_seconds`. Only `known_endpoints` exist; None takes any endpoint."""
        self.deploy_seconds = deploy_seconds
        self.all: list[Accelerator] = []
        self._known = known_endpoints
        self._accelerators: dict[str, Accelerator] = {}
        self._listeners: dict[str, Listener] = {}
        self._groups: dict[str, EndpointGroup] = {}
        self._serial = 0

    def create_accelerator(
        self,
        now: float,
        name: str,
        token: str,
        *,
        ip_address_type: str = "IPV4",
        enabled: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> Accelerator:
        """Make an accelerator without a listener. The same `token` again gives the same one back."""
        if token in self._accelerators:
            return self._accelerators[token]
        if not _NAME.fullmatch(name):
            raise invalid(
                f"Name {name!r}: 1 to 64 letters, digits, periods or hyphens, none of the last two at an end"
            )
        arn = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/{self._id('accelerator')}"
        done = now + self.deploy_seconds
        made = Accelerator(arn, name, ip_address_type, enabled, now, now, done, dict(tags or {}))
        self.all.append(made)
        self._accelerators[token] = made
        return made

    def create_listener(
        self,
        now: float,
        accelerator_arn: str,
        port_ranges: Sequence[tuple[int, int]],
        token: str,
        *,
        protocol: str = "TCP",
        client_affinity: str = "NONE",
    ) -> Listener:
        """Make a listener. Ports that another one has, or that run backwards, are refused."""
        accelerator = self.accelerator(accelerator_arn)
        if token in self._listeners:
            return self._listeners[token]
        taken = [
            r for other in accelerator.listeners if other.protocol == protocol for r in other.port_ranges
        ]
        for first, last in port_ranges:
            if first > last:
                raise AcceleratorError("InvalidPortRangeException", f"PortRanges: {first} is after {last}")
            if any(first <= high and low <= last for low, high in taken):
                message = f"PortRanges: {first}-{last} overlaps with another {protocol} listener"
                raise AcceleratorError("InvalidPortRangeException", message)
        arn = f"{accelerator_arn}/listener/{self._id('listener')[:8]}"
        made = Listener(arn, accelerator_arn, tuple(port_ranges), protocol, client_affinity)
        accelerator.listeners.append(made)
        self._changed(accelerator, now)
        self._listeners[token] = made
        return made

    def create_endpoint_group(
        self, now: float, listener_arn: str, region: str, token: str, changes: Mapping[str, Any]
    ) -> EndpointGroup:
        """Make the endpoint group of a Region. `changes` are fields of Settings, over the defaults."""
        listener = self.listener(listener_arn)
        if token in self._groups:
            return self._groups[token]
        if any(group.region == region for group in listener.groups):
            message = f"The listener already has an endpoint group in {region}."
            raise AcceleratorError("EndpointGroupAlreadyExistsException", message)
        settings = self._settle(Settings(), changes)
        arn = f"{listener_arn}/endpoint-group/{self._id('group')[-12:]}"
        made = EndpointGroup(arn, listener_arn, region, settings, [(now + self.deploy_seconds, settings)])
        listener.groups.append(made)
        self._changed(self.accelerator(listener.accelerator_arn), now)
        self._groups[token] = made
        return made

    def update_endpoint_group(self, now: float, arn: str, changes: Mapping[str, Any]) -> EndpointGroup:
        """Change the fields of Settings that `changes` names, and no others.

        An absent `endpoints` leaves the endpoints; an empty one detaches them all, as on AWS. Nothing is
        changed when anything is refused.
        """
        group = self.endpoint_group(arn)
        settings = self._settle(group.settings, changes)
        group.settings = settings
        group.rollout.append((now + self.deploy_seconds, settings))
        self._changed(self.accelerator(self.listener(group.listener_arn).accelerator_arn), now)
        return group

    def accelerator(self, arn: str) -> Accelerator:
        """The accelerator, or AcceleratorNotFoundException."""
        return _find(self.all, arn, "Accelerator", "accelerator")

    def listener(self, arn: str) -> Listener:
        """The listener, or ListenerNotFoundException."""
        every = [listener for accelerator in self.all for listener in accelerator.listeners]
        return _find(every, arn, "Listener", "listener")

    def endpoint_group(self, arn: str) -> EndpointGroup:
        """The endpoint group, or EndpointGroupNotFoundException."""
        every = [group for a in self.all for listener in a.listeners for group in listener.groups]
        return _find(every, arn, "EndpointGroup", "endpoint group")

    def _settle(self, old: Settings, changes: Mapping[str, Any]) -> Settings:
        new = replace(old, **changes)
        if not 0 <= new.dial <= 100:
            raise invalid(f"TrafficDialPercentage {new.dial:g}: must be 0 to 100")
        ids = [endpoint.id for endpoint in new.endpoints]
        if len(set(ids)) != len(ids):
            raise invalid("EndpointConfigurations: the same EndpointId is there twice")
        for endpoint in new.endpoints:
            if not 0 <= endpoint.weight <= 255:
                raise invalid(f"EndpointConfigurations: Weight {endpoint.weight}: must be 0 to 255")
            if self._known is not None and endpoint.id not in self._known:
                raise invalid(
                    f"'{endpoint.id}' is not a valid load balancer ARN: no such endpoint in this world"
                )
        return new

    def _changed(self, accelerator: Accelerator, now: float) -> None:
        accelerator.modified = now
        accelerator.deployed_at = max(accelerator.deployed_at, now + self.deploy_seconds)

    def _id(self, kind: str) -> str:
        self._serial += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{self._serial}"))


Part = TypeVar("Part", Accelerator, Listener, EndpointGroup)


def _find(every: Sequence[Part], arn: str, code: str, word: str) -> Part:
    for one in every:
        if one.arn == arn:
            return one
    if not arn.startswith("arn:aws:globalaccelerator:"):
        raise invalid(f"Invalid {code}Arn {arn}")
    raise AcceleratorError(f"{code}NotFoundException", f"There is no {word} with the ARN {arn}.")
