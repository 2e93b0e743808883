"""What CreateTable refuses before it looks at any table. Keys and indexes are the engine's to check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.warmth import check_first_warmth

if TYPE_CHECKING:
    from rehearsal.core.tables import Request

NAME = re.compile(r"[a-zA-Z0-9_.-]+")
KNOWN = {
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "TableName",
    "Tags",
    "WarmThroughput",
}


def check_request(request: Request) -> None:
    """Raise AwsError for a name that is none, a member that is not emulated, or a stream without a view."""
    name = request.get("TableName", "")
    if not 3 <= len(name) <= 255:
        bound = "greater than or equal to 3" if len(name) < 3 else "less than or equal to 255"
        raise _constraint(name, f"Member must have length {bound}")
    if not NAME.fullmatch(name):
        raise _constraint(name, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    if unknown := sorted(set(request) - KNOWN):
        raise errors.not_emulated(f"CreateTable with {', '.join(unknown)}")
    check_first_warmth(request)
    stream = request.get("StreamSpecification") or {}
    if stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        raise errors.invalid_value("Table is being created with a stream enabled, UpdateViewType is required")


def _constraint(name: str, said: str) -> errors.AwsError:
    return errors.validation(
        f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: {said}"
    )
