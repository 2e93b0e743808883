"""Reads and writes: answered by the engine's copy in the Region; writes recorded for the other Regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.core import errors
from rehearsal.core.items import ItemName, key_of

if TYPE_CHECKING:
    from rehearsal.core.tables import Copy, Request
    from rehearsal.engine.shell import Shell


class Planned(NamedTuple):
    """A write that a request makes if it succeeds."""

    table: str
    item: ItemName
    deletes: bool


class DataCalls:
    """The data plane of every Region."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def call(self, region: str, operation: str, request: Request) -> Request:
        """Answer one call. Raises AwsError."""
        shell, planned = self._shell, self._plan(region, operation, request)
        if not planned:
            return shell.engine.execute(region, operation, request)
        engine = shell.engine
        with engine.guard(region, [write.item for write in planned]):
            absent = {
                write.item
                for write in planned
                if write.deletes and engine.get(region, write.table, write.item.key) is None
            }
            answer = engine.execute(region, operation, request)
            for write in planned:
                # Deleting what is not there writes nothing, so nothing is replicated.
                if write.item not in absent:
                    image = None if write.deletes else engine.get(region, write.table, write.item.key)
                    shell.record(region, write.item, image)
        return answer

    def _plan(self, region: str, operation: str, request: Request) -> list[Planned]:
        match operation:
            case "PutItem":
                return [self._planned(region, "Put", request)]
            case "UpdateItem":
                return [self._planned(region, "Update", request)]
            case "DeleteItem":
                return [self._planned(region, "Delete", request)]
            case "BatchWriteItem":
                requests = self._by_name(region, request)
                return [
                    self._planned(region, kind.removesuffix("Request"), {"TableName": name, **body})
                    for name, writes in requests.items()
                    for write in writes
                    for kind, body in write.items()
                ]
            case "TransactWriteItems":
                return [
                    self._planned(region, kind, body)
                    for item in request["TransactItems"]
                    for kind, body in item.items()
                    if self._serving(region, body) and kind != "ConditionCheck"
                ]
            case "TransactGetItems":
                for item in request["TransactItems"]:
                    self._serving(region, item["Get"])
            case "BatchGetItem":
                self._by_name(region, request)
            case _:
                self._serving(region, request)
        return []

    def _serving(self, region: str, request: dict[str, Any]) -> Copy:
        """Find the table, and name it plainly where the request has its ARN."""
        copy = self._shell.core.control.serving(region, request["TableName"])
        request["TableName"] = copy.name
        return copy

    def _by_name(self, region: str, request: Request) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for name, body in request["RequestItems"].items():
            named[self._shell.core.control.serving(region, name).name] = body
        request["RequestItems"] = named
        return named

    def _planned(self, region: str, kind: str, request: dict[str, Any]) -> Planned:
        copy = self._serving(region, request)
        names = copy.group.definition.key_names
        attributes = request["Item"] if kind == "Put" else request["Key"]
        try:
            key = key_of(names, attributes)
        except (KeyError, ValueError, ArithmeticError, AttributeError):
            # Not a key of this table: the engine says what is wrong with it, in AWS's words.
            self._shell.engine.execute(region, *_alone(kind, request))
            raise errors.validation("The provided key element does not match the schema") from None
        return Planned(copy.name, ItemName(copy.group.id, key), deletes=kind == "Delete")


def _alone(kind: str, request: dict[str, Any]) -> tuple[str, Request]:
    """A write of a batch or a transaction as a call of its own, for what is said of its key."""
    members = ("TableName", "Item") if kind == "Put" else ("TableName", "Key")
    return f"{kind}Item", {name: request[name] for name in members}
