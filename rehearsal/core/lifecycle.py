"""How replicas come and go, step by step, once UpdateTable has been accepted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rehearsal.core.describe import stream_label
from rehearsal.core.effects import MakeCopy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy
    from rehearsal.core.timings import Span


def begin_create(plane: ControlPlane, base: Copy, targets: Sequence[str], now: float) -> None:
    """Let replicas be made from a base: not listed yet, listed, CREATING in their own Region, ACTIVE."""
    group, times = base.group, plane.timings
    base.status = "UPDATING"
    was_global, group.is_global = group.is_global, True
    group.acting |= set(targets)
    if group.definition.stream_view is None:
        group.definition.stream_view = "NEW_AND_OLD_IMAGES"
        for copy in group.copies:
            copy.stream_label = stream_label(now)

    def give_up(target: str, _at: float) -> None:
        group.is_global = was_global
        end_action(base, target)

    if plane.drops_to_come > 0:
        plane.drops_to_come -= 1
        dropped_at = plane.after(times.dropped_create, now)
        for target in targets:
            plane.schedule.at(dropped_at, partial(give_up, target))
        return

    empty = not plane.replication.has_items(base.region, group.id)
    listed_at = plane.after(times.replica_listed, now)
    visible_at = plane.after(times.replica_visible_empty if empty else times.replica_visible, now)
    active_at = plane.after(active_span(base, empty=empty, plane=plane), now)
    resumes_at = plane.after(times.base_resumes_update, now)

    def listed(target: str, at: float) -> None:
        if plane.find(target, base.name) is not None:
            give_up(target, at)
            return
        replica = plane.make_copy(group, target, at)
        replica.visible, replica.replica_status = False, "CREATING"
        group.listed.add(target)
        group.sourced[target] = (base.region, now)
        if not empty:
            base.status = "ACTIVE"
            plane.schedule.at(resumes_at, lambda _: _resume(base, replica))
        plane.schedule.at(max(visible_at, at), lambda at: _show(plane, base, replica, active_at, at))

    for target in targets:
        plane.schedule.at(listed_at, partial(listed, target))


def active_span(base: Copy, *, empty: bool, plane: ControlPlane) -> Span:
    """How long it takes until replicas of a base are ACTIVE."""
    times = plane.timings
    if base.group.witness is not None:
        return times.strong_with_witness
    if base.group.is_strong:
        return times.strong
    return times.replica_active_empty if empty else times.replica_active


def _show(plane: ControlPlane, base: Copy, replica: Copy, active_at: float, now: float) -> None:
    """Let the replica's Region see it, and fill it. It is ACTIVE no sooner than what the base held has
    arrived."""
    group, target = base.group, replica.region
    replica.visible = True
    plane.effects.append(MakeCopy(target, group.definition.request()))
    plane.replication.join(group.id, target)
    plane.replication.backfill(group.id, target, now)

    def filled() -> bool:
        return target not in plane.unreachable and plane.replication.drained(group.id, target)

    def finish(at: float) -> None:
        plane.activate(replica, at)
        replica.replica_status = "ACTIVE"
        end_action(base, target)

    plane.schedule.at(max(active_at, now), lambda _: plane.schedule.when(filled, finish))


def end_action(base: Copy, target: str) -> None:
    """Note that one replica's action is over; after the last the base is ACTIVE."""
    group = base.group
    group.acting.discard(target)
    if not group.acting:
        base.status = "ACTIVE"
        if group.witness is not None:
            group.witness.status = "ACTIVE"


def _resume(base: Copy, replica: Copy) -> None:
    if replica.status == "CREATING":
        base.status = "UPDATING"


def begin_delete(plane: ControlPlane, base: Copy, replicas: Sequence[Copy], now: float) -> None:
    """Let replicas be deleted: UPDATING, DELETING, unlisted, and some seconds later gone in their Region
    too."""
    group, times = base.group, plane.timings
    base.status = "UPDATING"
    deleting_at = plane.after(times.replica_deleting, now)
    unlisted_at = plane.after(times.replica_unlisted, now)

    def deleting(replica: Copy, _at: float) -> None:
        base.status = "ACTIVE"
        replica.status = replica.replica_status = "DELETING"

    def unlisted(replica: Copy, at: float) -> None:
        plane.unlist(replica)
        group.acting.discard(replica.region)
        plane.schedule.at(plane.after(times.replica_gone_after, at), lambda _: plane.remove(replica))

    for replica in replicas:
        replica.status = "UPDATING"
        group.acting.add(replica.region)
        plane.schedule.at(deleting_at, partial(deleting, replica))
        plane.schedule.at(unlisted_at, partial(unlisted, replica))
