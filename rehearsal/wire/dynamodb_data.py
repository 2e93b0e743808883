"""Reads and writes: answered by the engine's copy in the Region; writes recorded for the other Regions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.core import errors
from rehearsal.core.items import ItemName, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.core.items import Attributes
    from rehearsal.core.tables import Copy, Request
    from rehearsal.engine.shell import Shell


HALVES = ("UpdateItem", "BatchWriteItem")
"""What moto may have carried out in part when it refuses it."""


class Planned(NamedTuple):
    """A write that a request makes if it succeeds."""

    table: str
    item: ItemName
    deletes: bool
    image: Attributes | None
    """The new image of a put; an update's is read back."""


class Plan(NamedTuple):
    """What a request touches: the tables, and each item that it writes."""

    copies: list[Copy]
    writes: list[Planned]


class DataCalls:
    """The data plane of every Region."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def call(self, region: str, operation: str, request: Request) -> Request:
        """Answer one call. Raises AwsError."""
        plan = self._plan(region, operation, request)
        if self._shell.core.replication.strong and any(copy.group.is_strong for copy in plan.copies):
            return self._call_strongly(region, operation, request, plan)
        return self._execute(region, operation, request, plan.writes)

    def _execute(self, region: str, operation: str, request: Request, writes: list[Planned]) -> Request:
        engine = self._shell.engine
        if not writes:
            return engine.execute(region, operation, request)
        with engine.guard(region, [write.item for write in writes]):
            absent = {
                write.item
                for write in writes
                if write.deletes and engine.get(region, write.table, write.item.key) is None
            }
            with self._whole(region, operation, writes):
                answer = engine.execute(region, operation, request)
            for write in writes:
                # Deleting what is not there writes nothing, so nothing is replicated.
                if write.item not in absent:
                    self._shell.record(region, write.item, self._image(region, write))
        return answer

    @contextmanager
    def _whole(self, region: str, operation: str, writes: list[Planned]) -> Iterator[None]:
        """Put the items back as they were when the engine refuses: DynamoDB carries out nothing then."""
        engine = self._shell.engine
        if not engine.leaves_halves or operation not in HALVES:
            yield
            return
        before = [(write, engine.get(region, write.table, write.item.key)) for write in writes]
        try:
            yield
        except BaseException:
            for write, image in before:
                if image is None:
                    engine.delete(region, write.table, write.item.key)
                else:
                    engine.put(region, write.table, write.item.key, image)
            raise

    def _image(self, region: str, write: Planned) -> Attributes | None:
        if write.deletes:
            return None
        if write.image is not None and not self._shell.engine.aliases_requests:
            return write.image
        return self._shell.engine.get(region, write.table, write.item.key)

    def _call_strongly(self, region: str, operation: str, request: Request, plan: Plan) -> Request:
        if operation.startswith("Transact"):
            raise errors.invalid_value(
                "Transactions are not supported for tables with MultiRegionConsistency STRONG."
            )
        asked = [request, *request.get("RequestItems", {}).values()]
        if not plan.writes and not any(isinstance(a, dict) and a.get("ConsistentRead") for a in asked):
            return self._execute(region, operation, request, [])
        shell, items = self._shell, [write.item for write in plan.writes]
        for copy in plan.copies:
            if not shell.core.has_quorum(copy):
                raise errors.internal()
            shell.catch_up(copy.group.id, target=region)
        with shell.engine.guard(region, items):
            with shell.lock:
                shell.core.replication.contention.check(region, items, shell.clock())
            answer = self._execute(region, operation, request, plan.writes)
            with shell.lock:
                taken = shell.core.replication.contention.occupy(region, items, shell.clock())
        shell.pause(taken)
        return answer

    def _plan(self, region: str, operation: str, request: Request) -> Plan:
        plan = Plan([], [])
        match operation:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._add_write(plan, region, operation.removesuffix("Item"), request)
            case "BatchWriteItem":
                _check_batch(request)
                for name, writes in self._by_name(plan, region, request).items():
                    for kind, body in (pair for write in writes for pair in write.items()):
                        one = {"TableName": name, **body}
                        self._add_write(plan, region, kind.removesuffix("Request"), one)
                if len({write.item for write in plan.writes}) < len(plan.writes):
                    raise errors.validation("Provided list of item keys contains duplicates")
            case "TransactWriteItems" | "TransactGetItems":
                for kind, body in (pair for item in request["TransactItems"] for pair in item.items()):
                    if kind in {"Put", "Update", "Delete"}:
                        self._add_write(plan, region, kind, body)
                    else:
                        self._add_table(plan, region, body)
            case "BatchGetItem":
                self._by_name(plan, region, request)
            case _:
                _check_index(self._add_table(plan, region, request), request)
        return plan

    def _add_table(self, plan: Plan, region: str, request: dict[str, Any]) -> Copy:
        """Note the table, and name it plainly where the request has its ARN."""
        copy = self._shell.core.control.serving(region, request["TableName"])
        request["TableName"] = copy.name
        plan.copies.append(copy)
        return copy

    def _by_name(self, plan: Plan, region: str, request: Request) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for name, body in request["RequestItems"].items():
            named[self._add_table(plan, region, {"TableName": name}).name] = body
        request["RequestItems"] = named
        return named

    def _add_write(self, plan: Plan, region: str, kind: str, request: dict[str, Any]) -> None:
        copy = self._add_table(plan, region, request)
        names = copy.group.definition.key_names
        attributes = request["Item"] if kind == "Put" else request["Key"]
        try:
            key = key_of(names, attributes)
        except (KeyError, ValueError, ArithmeticError, AttributeError):
            # Not a key of this table: the engine says what is wrong with it, in AWS's words.
            self._shell.engine.execute(region, *_alone(kind, request))
            raise errors.validation("The provided key element does not match the schema") from None
        image = attributes if kind == "Put" else None
        plan.writes.append(Planned(copy.name, ItemName(copy.group.id, key), kind == "Delete", image))


def _alone(kind: str, request: dict[str, Any]) -> tuple[str, Request]:
    """A write of a batch or a transaction as a call of its own, for what is said of its key."""
    members = ("TableName", "Item") if kind == "Put" else ("TableName", "Key")
    return f"{kind}Item", {name: request[name] for name in members}


def _check_batch(request: Request) -> None:
    if sum(len(writes) for writes in request["RequestItems"].values()) > 25:
        raise errors.validation("Too many items requested for the BatchWriteItem call")


def _check_index(copy: Copy, request: Request) -> None:
    for index in copy.group.definition.indexes:
        if index["IndexName"] == request.get("IndexName") and index["IndexStatus"] == "CREATING":
            raise errors.backfilling(index["IndexName"])
