"""What the core asks of the engine that stores the items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rehearsal.core.tables import Request


@dataclass(frozen=True, slots=True)
class MakeCopy:
    """Make an empty table in a Region, from a CreateTable request."""

    region: str
    request: Request


@dataclass(frozen=True, slots=True)
class DropCopy:
    """Drop a Region's table and its items."""

    region: str
    table: str


@dataclass(frozen=True, slots=True)
class AlterCopy:
    """Add or delete indexes of a Region's table, from an UpdateTable request."""

    region: str
    request: Request


Effect: TypeAlias = MakeCopy | DropCopy | AlterCopy
