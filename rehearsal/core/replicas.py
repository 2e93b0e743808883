"""UpdateTable with ReplicaUpdates: replicas come and go as AWS lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.core import errors
from rehearsal.core.describe import stream_label
from rehearsal.core.effects import MakeCopy

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request


def update_replicas(plane: ControlPlane, region: str, request: Request, now: float) -> Copy:
    """Create or delete one replica. Returns the table in `region`; raises AwsError and changes nothing."""
    action, target = _read_action(request)
    copy = plane.table(region, request["TableName"])
    if target == region:
        raise errors.local_region()
    if copy.status == "CREATING":
        if not copy.group.is_global:
            raise errors.in_use(f"Table is being created: {copy.name}")
        if action == "Delete" and copy.group.sourced.get(region, ("",))[0] == target:
            raise errors.source_of_replica()
        raise errors.replica_being_added(copy.name, region)
    if copy.status == "DELETING":
        raise errors.in_use(f"Table is being deleted: {copy.name}")
    if action == "Create":
        _check_create(plane, copy, target)
        _create(plane, copy, target, now)
    else:
        _delete(plane, copy, _check_delete(plane, copy, target, now), now)
    return copy


def _read_action(request: Request) -> tuple[str, str]:
    if set(request) - {"TableName", "ReplicaUpdates", "AttributeDefinitions"}:
        raise errors.invalid_value(
            "Requests that modify replicas or witnesses must not also modify other fields"
        )
    asked: list[tuple[str, dict[str, Any]]] = []
    for element in request["ReplicaUpdates"]:
        kinds = [kind for kind in ("Create", "Update", "Delete") if element.get(kind) is not None]
        if not kinds:
            raise errors.no_replica_action()
        if len(kinds) > 1:
            raise errors.mixed_replica_actions()
        if (kinds[0], element[kinds[0]]) not in asked:
            asked.append((kinds[0], element[kinds[0]]))
    if len(asked) > 1:
        raise errors.several_replica_actions()
    if not asked:
        raise errors.no_replica_action()
    kind, body = asked[0]
    beyond = sorted(set(body) - {"RegionName"})
    if kind == "Update" and not beyond:
        raise errors.no_replica_action()
    if kind == "Update" or beyond:
        raise errors.not_emulated(
            f"ReplicaUpdates {kind} with {', '.join(beyond)}", "Leave the override out."
        )
    return kind, body["RegionName"]


def _check_create(plane: ControlPlane, copy: Copy, target: str) -> None:
    group = copy.group
    if target in plane.disabled_regions:
        raise errors.region_disabled(target)
    if target not in plane.regions:
        raise errors.region_unsupported(target, plane.regions)
    if group.definition.billing != "PAY_PER_REQUEST":
        raise errors.not_autoscaled()
    there = plane.find(target, copy.name)
    # Measured: adding it again is "already existed" while it is being deleted, and "in use" while being
    # created.
    if there is not None and there.status != "CREATING":
        raise errors.replica_exists(copy.name)
    if copy.status != "ACTIVE" or group.action is not None:
        raise errors.busy()
    if there is not None:
        raise errors.replica_exists(copy.name)


def _create(plane: ControlPlane, base: Copy, target: str, now: float) -> None:
    group, times = base.group, plane.timings
    base.status, group.action = "UPDATING", target
    was_global, group.is_global = group.is_global, True
    if group.definition.stream_view is None:
        group.definition.stream_view = "NEW_AND_OLD_IMAGES"
        for copy in group.copies:
            copy.stream_label = stream_label(now)

    def give_up(_: float) -> None:
        base.status, group.action, group.is_global = "ACTIVE", None, was_global

    if plane.drops_to_come > 0:
        plane.drops_to_come -= 1
        plane.schedule.at(plane.after(times.dropped_create, now), give_up)
        return

    empty = not any(
        version.image is not None for _, version in plane.replication.versions(base.region, group.id)
    )
    active_at = plane.after(times.replica_active_empty if empty else times.replica_active, now)
    visible_at = plane.after(times.replica_visible_empty if empty else times.replica_visible, now)

    def listed(at: float) -> None:
        if plane.find(target, base.name) is not None:
            give_up(at)
            return
        replica = plane.make_copy(group, target, at)
        replica.visible, replica.replica_status = False, "CREATING"
        group.listed.add(target)
        group.sourced[target] = (base.region, now)
        if not empty:
            base.status = "ACTIVE"
            plane.schedule.at(plane.after(times.base_resumes_update, now), lambda _: _resume(base, replica))
        plane.schedule.at(max(visible_at, at), lambda at: visible(replica, at))

    def visible(replica: Copy, at: float) -> None:
        replica.visible = True
        plane.effects.append(MakeCopy(target, group.definition.request()))
        plane.replication.join(group.id, target)
        plane.replication.backfill(group.id, target, at)
        plane.schedule.at(
            max(active_at, at), lambda _: plane.schedule.when(filled, lambda at: finish(replica, at))
        )

    def filled() -> bool:
        return target not in plane.unreachable and plane.replication.drained(group.id, target)

    def finish(replica: Copy, at: float) -> None:
        plane.activate(replica, at)
        replica.replica_status = base.status = "ACTIVE"
        group.action = None

    plane.schedule.at(plane.after(times.replica_listed, now), listed)


def _resume(base: Copy, replica: Copy) -> None:
    if replica.status == "CREATING":
        base.status = "UPDATING"


def _check_delete(plane: ControlPlane, copy: Copy, target: str, now: float) -> Copy:
    group = copy.group
    replica = group.copy(target)
    if replica is None or target not in group.listed:
        raise errors.replica_not_member([target])
    if replica.deletion_protection:
        raise errors.replica_deletion_protected(copy.name, target)
    if copy.status != "ACTIVE" or group.action is not None or replica.status != "ACTIVE":
        raise errors.busy()
    plane.check_source_rule(replica, now)
    return replica


def _delete(plane: ControlPlane, base: Copy, replica: Copy, now: float) -> None:
    group, times = base.group, plane.timings
    base.status = replica.status = "UPDATING"
    group.action = replica.region

    def deleting(_: float) -> None:
        base.status = "ACTIVE"
        replica.status = replica.replica_status = "DELETING"

    def unlisted(at: float) -> None:
        plane.unlist(replica)
        group.action = None
        plane.schedule.at(plane.after(times.replica_gone_after, at), lambda _: plane.remove(replica))

    plane.schedule.at(plane.after(times.replica_deleting, now), deleting)
    plane.schedule.at(plane.after(times.replica_unlisted, now), unlisted)
