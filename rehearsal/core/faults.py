"""Faults on the DynamoDB of this world: what they are, and what they do to each call.

Each fault has an id, may end by itself after `seconds`, and undoing it is as real as the fault: held writes
arrive late and merge. Shapes are JSON with a `fault` member that names the kind.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec


class _Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="fault", kw_only=True):
    seconds: float | None = None
    """How long it lasts; until undone when absent."""


class PauseReplication(_Fault, tag="pause-replication", frozen=True):
    """AWS FIS aws:dynamodb:global-table-pause-replication. Both Regions absent: every direction."""

    source: str | None = None
    target: str | None = None


class Partition(_Fault, tag="partition", frozen=True):
    """No replication between two Regions, in either direction."""

    regions: tuple[str, str]


class Outage(_Fault, tag="outage", frozen=True):
    """A Region's DynamoDB is gone: calls fail, and nothing is replicated from it or to it.

    close: connections are closed without an answer. unavailable: 503. errors: 500, as in a brown-out.
    """

    region: str
    mode: Literal["close", "unavailable", "errors"] = "close"


class ServiceOutage(_Fault, tag="service-outage", frozen=True):
    """Another service's API is gone: globalaccelerator's stops all turning of dials, not the front door."""

    service: str
    mode: Literal["close", "unavailable", "errors"] = "close"


class Throttle(_Fault, tag="throttle", frozen=True):
    """Calls are throttled: the next `calls`, or all while it lasts. `operations` and `table` narrow it."""

    region: str
    table: str | None = None
    operations: tuple[str, ...] = ()
    calls: int | None = None


class Latency(_Fault, tag="latency", frozen=True):
    """Calls to a Region's DynamoDB take so much longer, in seconds."""

    region: str
    delay: float
    operations: tuple[str, ...] = ()


class Deny(_Fault, tag="deny", frozen=True):
    """IAM denies an action ("dynamodb:*" too), to one access key or to all, in one Region or in all."""

    action: str
    region: str | None = None
    access_key: str | None = None


class Skew(_Fault, tag="clock-skew", frozen=True):
    """A Region's clock, the one that last-writer-wins looks at, is off by so many seconds."""

    region: str
    by: float


class DropCreate(_Fault, tag="drop-replica-create", frozen=True):
    """AWS accepts the next replica Creates and silently gives them up."""

    count: int = 1


Fault: TypeAlias = (
    PauseReplication | Partition | Outage | ServiceOutage | Throttle | Latency | Deny | Skew | DropCreate
)
