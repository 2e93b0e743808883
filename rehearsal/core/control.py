"""DynamoDB's control plane over all Regions: which tables stand where, in which state, and what changes them.

State changes with time only in `advance`. Calls raise AwsError, in AWS's words, and change nothing then.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.creation import check_request
from rehearsal.core.describe import stream_label, table_arn
from rehearsal.core.effects import DropCopy, Effect
from rehearsal.core.schedule import Schedule
from rehearsal.core.tables import Copy, Definition, Group, Request
from rehearsal.core.timings import Timings

if TYPE_CHECKING:
    from random import Random

    from rehearsal.core.replication import Replication
    from rehearsal.core.timings import Span


@dataclass(slots=True)
class ControlPlane:
    """Every table of one account. Times are seconds of one clock that the caller owns."""

    replication: Replication
    rng: Random
    account: str = "123456789012"
    disabled_regions: frozenset[str] = frozenset()
    timings: Timings = field(default_factory=Timings)
    schedule: Schedule = field(default_factory=Schedule)
    effects: list[Effect] = field(default_factory=list)
    drops_to_come: int = 0
    """How many of the next replica Creates are accepted and silently given up."""
    unreachable: set[str] = field(default_factory=set)
    """Regions whose DynamoDB is down: a replica there does not become ACTIVE meanwhile."""
    _copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    _key_names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def regions(self) -> list[str]:
        """The Regions of this world."""
        return list(self.replication.regions)

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        self.schedule.run(now)

    def take_effects(self) -> list[Effect]:
        """Take what the engine must now do, in order."""
        taken, self.effects = self.effects, []
        return taken

    def after(self, span: Span, now: float) -> float:
        """A time from now, drawn and scaled."""
        return now + self.timings.draw(span, self.rng)

    def find(self, region: str, name: str) -> Copy | None:
        """The table of a name in a Region, visible or not."""
        return self._copies.get((region, name))

    def table(self, region: str, name: str) -> Copy:
        """The table of a name or ARN, as DescribeTable finds it. Raises ResourceNotFoundException."""
        copy = self._copies.get((region, name.rsplit("/", 1)[-1]))
        if copy is None or not copy.visible:
            raise errors.no_such_table(name)
        return copy

    def serving(self, region: str, name: str) -> Copy:
        """The table of a name or ARN, for a data call. A table being created is not found."""
        copy = self._copies.get((region, name if "/" not in name else name.rsplit("/", 1)[-1]))
        if copy is None or copy.status == "CREATING":
            raise errors.no_such_resource()
        return copy

    def arn(self, copy: Copy) -> str:
        """The table's ARN."""
        return table_arn(copy.region, self.account, copy.name)

    def names(self, region: str) -> list[str]:
        """The tables of a Region, in ListTables' order."""
        return sorted(name for (at, name), copy in self._copies.items() if at == region and copy.visible)

    def key_names(self, group: str) -> tuple[str, ...]:
        """The key attributes of a group of replicas, also after it is gone."""
        return self._key_names[group]

    def all_copies(self) -> list[Copy]:
        """Every table in every Region."""
        return list(self._copies.values())

    def check_create(self, region: str, request: Request) -> None:
        """Raise what CreateTable would, before anything is made."""
        check_request(request)
        if (region, request["TableName"]) in self._copies:
            raise errors.table_exists(request["TableName"])

    def create(self, region: str, request: Request, now: float) -> Copy:
        """CreateTable: CREATING at once, ACTIVE some seconds later."""
        self.check_create(region, request)
        definition = Definition.of(request)
        group = Group(f"{definition.name}/{len(self._key_names) + 1}", definition, listed={region})
        self._key_names[group.id] = definition.key_names
        copy = self.make_copy(group, region, now)
        copy.deletion_protection = bool(request.get("DeletionProtectionEnabled", False))
        copy.tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}
        self.replication.join(group.id, region)
        self.schedule.at(self.after(self.timings.create_table, now), lambda at: self.activate(copy, at))
        return copy

    def make_copy(self, group: Group, region: str, now: float) -> Copy:
        """Enter a CREATING table in a Region."""
        table_id = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        copy = Copy(region, group, now, table_id)
        group.copies.append(copy)
        self._copies[region, copy.name] = copy
        return copy

    def activate(self, copy: Copy, now: float) -> None:
        """End a creation."""
        copy.status = "ACTIVE"
        copy.active_since = now
        for index in copy.group.definition.indexes:
            index["IndexStatus"] = "ACTIVE"
        if copy.group.definition.stream_view is not None and copy.stream_label is None:
            copy.stream_label = stream_label(now)

    def delete(self, region: str, name: str, now: float) -> Copy:
        """DeleteTable, of a regional table or of one replica in its own Region."""
        copy = self.table(region, name)
        if copy.status == "DELETING":
            return copy
        if copy.status == "CREATING":
            detail = (
                f"Table: {name} is being used." if copy.group.is_global else f"Table is being created: {name}"
            )
            raise errors.in_use(detail)
        if copy.deletion_protection:
            raise errors.deletion_protected()
        if copy.group.is_strong:
            raise errors.deletion_of_one()
        self.check_source_rule(copy, now)
        if copy.status == "UPDATING" or copy.group.acting:
            raise errors.in_use(f"Table: {name} is in the process of being updated.")
        copy.status = copy.replica_status = "DELETING"
        gone = self.after(self.timings.delete_table, now)
        if len(copy.group.copies) > 1:
            unlisted = self.after(self.timings.replica_unlisted, now)
            self.schedule.at(unlisted, lambda _: self.unlist(copy))
            gone = self.after(self.timings.replica_gone_after, unlisted)
        self.schedule.at(gone, lambda _: self.remove(copy))
        return copy

    def check_source_rule(self, copy: Copy, now: float) -> None:
        """Raise where a table was the source of a replica, less than 24 hours ago, that still stands."""
        newest = max(
            (at for source, at in copy.group.sourced.values() if source == copy.region), default=None
        )
        if newest is not None and now - newest < self.timings.source_rule * self.timings.factor:
            raise errors.source_of_replica()

    def unlist(self, copy: Copy) -> None:
        """Take a replica out of the others' Replicas, and out of replication."""
        group = copy.group
        group.listed.discard(copy.region)
        group.is_global = len(group.listed) > 1
        if not group.is_global and group.is_strong:
            group.is_strong, group.witness = False, None
            self.replication.strong.discard(group.id)
        self.replication.leave(group.id, copy.region)

    def remove(self, copy: Copy) -> None:
        """End a deletion: the name is free in the Region."""
        group = copy.group
        if copy.region in group.listed:
            self.unlist(copy)
        group.copies.remove(copy)
        group.sourced.pop(copy.region, None)
        del self._copies[copy.region, copy.name]
        self.effects.append(DropCopy(copy.region, copy.name))
