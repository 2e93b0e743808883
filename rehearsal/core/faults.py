"""Faults on the DynamoDB of this world: what they are, and what they do to each call.

Each fault has an id, may end by itself after `seconds`, and undoing it is as real as the fault: held writes arrive
late and merge. Shapes are JSON with a `fault` member that names the kind.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from rehearsal.core import errors
from rehearsal.core.describe import table_arn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.core.errors import AwsError


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


class Throttle(_Fault, tag="throttle", frozen=True):
    """Calls are throttled: the next `calls`, or all while it lasts. `operations` and `table` narrow it."""

    region: str
    table: str | None = None
    operations: tuple[str, ...] = ()
    calls: int | None = None


class Latency(_Fault, tag="latency", frozen=True):
    """Every call to a Region's DynamoDB takes so much longer, in seconds."""

    region: str
    delay: float
    operations: tuple[str, ...] = ()


class Deny(_Fault, tag="deny", frozen=True):
    """IAM denies an action ("dynamodb:CreateTable", "dynamodb:*"), for one access key or all, in one Region or all."""

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


Fault: TypeAlias = PauseReplication | Partition | Outage | Throttle | Latency | Deny | Skew | DropCreate

DATA_PLANE = frozenset(
    {
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "Query",
        "Scan",
        "BatchGetItem",
        "BatchWriteItem",
        "TransactGetItems",
        "TransactWriteItems",
    }
)
REPLICA_CREATE_ACTIONS = (
    "iam:CreateServiceLinkedRole",
    "dynamodb:CreateTableReplica",
    "dynamodb:DescribeTable",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:PutItem",
    "dynamodb:GetItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
)
REPLICA_DELETE_ACTIONS = ("dynamodb:DeleteTable", "dynamodb:DeleteTableReplica")


class Call(NamedTuple):
    """A call as faults see it. `replicas`: (Create or Delete, Region) of an UpdateTable."""

    region: str
    operation: str
    table: str
    access_key: str
    replicas: Sequence[tuple[str, str]] = ()

    def actions(self) -> list[tuple[str, str]]:
        """The IAM actions that it needs, each with the Region of its resource."""
        needed = [("dynamodb:" + self.operation, self.region)]
        for kind, region in self.replicas:
            extra = REPLICA_CREATE_ACTIONS if kind == "Create" else REPLICA_DELETE_ACTIONS
            needed += [(action, region) for action in extra]
        return needed


class Decision(NamedTuple):
    """What becomes of a call: wait so long; then answer the error, or hang up, or go on."""

    delay: float = 0.0
    error: AwsError | None = None
    hang_up: bool = False


class Calls:
    """The faults that calls meet, by id. Pure but for the count of throttled calls."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._active: dict[str, Fault] = {}
        self._left: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._active)

    def add(self, name: str, fault: Fault) -> None:
        """Let calls meet a fault."""
        self._active[name] = fault
        if isinstance(fault, Throttle) and fault.calls is not None:
            self._left[name] = fault.calls

    def remove(self, name: str) -> None:
        """Let them meet it no more."""
        self._active.pop(name, None)
        self._left.pop(name, None)

    def decide(self, call: Call) -> Decision:
        """Say what becomes of a call."""
        delay = 0.0
        error: AwsError | None = None
        for name, fault in list(self._active.items()):
            match fault:
                case Outage(region=call.region):
                    if fault.mode == "close":
                        return Decision(delay, hang_up=True)
                    error = errors.unavailable() if fault.mode == "unavailable" else errors.internal()
                    return Decision(delay, error)
                case Latency(region=call.region) if (
                    not fault.operations or call.operation in fault.operations
                ):
                    delay += fault.delay
                case Deny():
                    error = error or self._denied(fault, call)
                case Throttle(region=call.region) if self._throttles(name, fault, call):
                    on_data = call.operation in DATA_PLANE
                    error = error or (errors.throttled_capacity() if on_data else errors.throttled_rate())
                case _:
                    pass
        return Decision(delay, error)

    def _denied(self, fault: Deny, call: Call) -> AwsError | None:
        if fault.access_key not in {None, call.access_key}:
            return None
        for action, region in call.actions():
            if fnmatchcase(action, fault.action) and fault.region in {None, region}:
                principal = f"arn:aws:iam::{self._account}:user/{call.access_key}"
                resource = table_arn(region, self._account, call.table) if call.table else "*"
                return errors.access_denied(principal, action, resource)
        return None

    def _throttles(self, name: str, fault: Throttle, call: Call) -> bool:
        if fault.operations and call.operation not in fault.operations:
            return False
        if fault.table is not None and fault.table != call.table:
            return False
        if fault.calls is None:
            return True
        if self._left[name] == 0:
            return False
        self._left[name] -= 1
        return True
