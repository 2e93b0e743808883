"""Who may do what. The world lets every key do everything, unless it was made with a Permit.

def permit(asked: Asked) -> None:
    if asked.role.endswith("/service") and asked.operation == "CreateTable":
        raise AwsError("AccessDeniedException", "User: ... is not authorized to perform: ...")

World(WorldConfig(permit=permit))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from rehearsal.wire.app_scope import Scope


class Asked(NamedTuple):
    """A call that is about to be answered."""

    service: str
    """By its signing name: dynamodb, globalaccelerator, sts."""
    region: str
    operation: str
    request: Mapping[str, Any]
    """The JSON body; of STS the fields of the form, each a text."""
    access_key: str
    """Empty where the call is not signed: AssumeRoleWithWebIdentity."""
    role: str
    """The ARN of the role that this world's STS gave the key for; empty for any other key."""


Permit: TypeAlias = Callable[[Asked], None]
"""Called in the thread of each call, in many at once. Raises AwsError to deny, with the code, the message and
the status (STS denies by 403) that the caller is to see."""


class Gate:
    """A permit, and the roles of the keys; true when there is somebody to ask."""

    def __init__(self, permit: Permit | None, roles: Mapping[str, str]) -> None:
        self._permit = permit
        self._roles = roles

    def __bool__(self) -> bool:
        return self._permit is not None

    def ask(self, scope: Scope, operation: str, request: Mapping[str, Any]) -> None:
        """Raise AwsError when the call is denied."""
        if self._permit is not None:
            role = self._roles.get(scope.access_key, "")
            self._permit(Asked(scope.service, scope.region, operation, request, scope.access_key, role))
