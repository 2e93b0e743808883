"""What faults do to each call."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from rehearsal.core import errors
from rehearsal.core.describe import table_arn
from rehearsal.core.faults import Deny, Latency, Outage, ServiceOutage, Throttle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.core.errors import AwsError
    from rehearsal.core.faults import Fault

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
    service: str = "dynamodb"

    def actions(self) -> list[tuple[str, str]]:
        """The IAM actions that it needs, each with the Region of its resource."""
        needed = [(f"{self.service}:{self.operation}", self.region)]
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
    """The faults that calls meet, by id. An outage comes first, then the fault that is on longest."""

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
        delay = sum(fault.delay for fault in self._active.values() if _slows(fault, call))
        for fault in self._active.values():
            if _ends(fault, call):
                return _outage(delay, fault)
        for name, fault in self._active.items():
            error: AwsError | None = None
            if isinstance(fault, Deny):
                error = self._denied(fault, call)
            elif isinstance(fault, Throttle) and self._throttles(name, fault, call):
                on_data = call.operation in DATA_PLANE
                error = errors.throttled_capacity() if on_data else errors.throttled_rate()
            if error is not None:
                return Decision(delay, error)
        return Decision(delay)

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
        if fault.region != call.region or fault.table not in {None, call.table}:
            return False
        if call.service != "dynamodb" or (fault.operations and call.operation not in fault.operations):
            return False
        if fault.calls is None:
            return True
        if self._left[name] == 0:
            return False
        self._left[name] -= 1
        return True


def _slows(fault: Fault, call: Call) -> TypeGuard[Latency]:
    return (
        isinstance(fault, Latency)
        and call.service == "dynamodb"
        and fault.region == call.region
        and (not fault.operations or call.operation in fault.operations)
    )


def _ends(fault: Fault, call: Call) -> TypeGuard[Outage | ServiceOutage]:
    if isinstance(fault, Outage):
        return call.service == "dynamodb" and fault.region == call.region
    return isinstance(fault, ServiceOutage) and fault.service == call.service


def _outage(delay: float, fault: Outage | ServiceOutage) -> Decision:
    match fault.mode:
        case "close":
            return Decision(delay, hang_up=True)
        case "unavailable":
            return Decision(delay, errors.unavailable())
        case "errors":
            return Decision(delay, errors.internal())
