"""DynamoDB's operations over the core and an engine, without HTTP: call(region, operation, request) ->
answer.

A client needs nothing more; the WSGI app and a simulation's client both stand on it. Raises AwsError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.core import errors
from rehearsal.core.calls import DATA_PLANE, Call, Decision
from rehearsal.wire.dynamodb_control import ControlCalls
from rehearsal.wire.dynamodb_data import DataCalls

if TYPE_CHECKING:
    from rehearsal.core.tables import Request
    from rehearsal.engine.shell import Shell
    from rehearsal.wire.app_scope import Scope


class DynamoDB:
    """Every operation of every Region."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._data = DataCalls(shell)
        self._control = ControlCalls(shell)

    def call(self, region: str, operation: str, request: Request) -> Request:
        """Answer one call. Raises AwsError."""
        if region not in self._shell.core.regions:
            known = ", ".join(self._shell.core.regions)
            raise errors.not_emulated(f"the Region {region}", f"Start it with that Region; it has {known}.")
        try:
            if operation in DATA_PLANE:
                return self._data.call(region, operation, request)
            return self._control.call(region, operation, request)
        except KeyError as missing:
            raise errors.validation(
                f"1 validation error detected: Value null at '{missing.args[0]}' failed to satisfy "
                "constraint: Member must not be null"
            ) from missing

    def pause(self, seconds: float) -> None:
        """Wait, as a fault or a far Region makes a call wait."""
        if seconds > 0:
            self._shell.pause(seconds)

    def meet_faults(self, scope: Scope, operation: str, request: Request) -> Decision | None:
        """Say what faults do to a call; None when there are none."""
        core = self._shell.core
        if not core.calls:
            return None
        replicas = [
            (kind, body.get("RegionName", ""))
            for update in request.get("ReplicaUpdates") or []
            for kind, body in update.items()
        ]
        call = Call(scope.region, operation, _table(request), scope.access_key, replicas)
        with self._shell.lock:
            return core.calls.decide(call)


def _table(request: dict[str, Any]) -> str:
    name = request.get("TableName") or request.get("ResourceArn") or ""
    if not name and request.get("RequestItems"):
        name = next(iter(request["RequestItems"]))
    for item in request.get("TransactItems") or ():
        for body in item.values():
            name = name or body.get("TableName", "")
    return str(name).rsplit("/", 1)[-1]
