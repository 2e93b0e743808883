"""Time to live: DynamoDB deletes items whose time is up; the deletes are replicated as any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.items import Attributes, ItemName

TOO_OLD = 5 * 365.25 * 24 * 3600.0
"""AWS leaves items alone that expired more than five years ago, against mistakes of unit."""


def has_expired(image: Attributes | None, attribute: str, now: float) -> bool:
    """Whether an item's time is up: its attribute is a number of seconds since the epoch, in the past."""
    try:
        at = float((image or {}).get(attribute, {})["N"])
    except (KeyError, ValueError, TypeError):
        return False
    return now - TOO_OLD < at <= now


@dataclass(slots=True)
class Expiry:
    """Looks for expired items from time to time, in the Region where a table was first made."""

    _next: dict[str, float] = field(default_factory=dict)

    def due(self, plane: ControlPlane, now: float) -> list[tuple[str, ItemName]]:
        """Return the items to delete now, each with the Region to do it in."""
        found: list[tuple[str, ItemName]] = []
        for copy in plane.all_copies():
            group, attribute = copy.group, copy.group.definition.ttl_attribute
            if attribute is None or copy is not group.copies[0] or copy.region in plane.unreachable:
                continue
            looked_before = group.id in self._next
            if looked_before and now < self._next[group.id]:
                continue
            self._next[group.id] = plane.after(plane.timings.expiry, now)
            if not looked_before:
                continue
            found += [
                (copy.region, item)
                for item, version in plane.replication.versions(copy.region, group.id)
                if has_expired(version.image, attribute, now)
            ]
        return found
