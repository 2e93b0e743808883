"""UpdateTable with ReplicaUpdates: what is admitted, and in which words it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.core import errors
from rehearsal.core.lifecycle import begin_create, begin_delete

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request


def update_replicas(plane: ControlPlane, region: str, request: Request, now: float) -> Copy:
    """Create or delete one replica. Returns the table in `region`; raises AwsError and changes nothing."""
    actions = read_actions(request, {"TableName", "ReplicaUpdates", "AttributeDefinitions"})
    copy = plane.table(region, request["TableName"])
    if len(actions) > 1:
        raise errors.several_replica_actions()
    ((action, target),) = actions
    if target == region:
        raise errors.local_region()
    check_state(copy, action, target)
    if action == "Create":
        check_region(plane, target)
        _check_create(plane, copy, target)
        begin_create(plane, copy, [target], now)
    else:
        begin_delete(plane, copy, [_check_delete(plane, copy, target, now)], now)
    return copy


def read_actions(request: Request, admitted: set[str]) -> list[tuple[str, str]]:
    """Return what is asked, as (Create or Delete, Region), without repetitions."""
    if set(request) - admitted:
        raise errors.invalid_value(
            "Requests that modify replicas or witnesses must not also modify other fields"
        )
    asked: list[tuple[str, str]] = []
    for element in request["ReplicaUpdates"]:
        action = _read_action(element)
        if action not in asked:
            asked.append(action)
    if not asked:
        raise errors.no_replica_action()
    return asked


def _read_action(element: dict[str, Any]) -> tuple[str, str]:
    kinds = [kind for kind in ("Create", "Update", "Delete") if element.get(kind) is not None]
    if not kinds:
        raise errors.no_replica_action()
    if len(kinds) > 1:
        raise errors.mixed_replica_actions()
    kind, body = kinds[0], element[kinds[0]]
    overrides = sorted(set(body) - {"RegionName"})
    if kind == "Update" and not overrides:
        raise errors.no_replica_action()
    if kind == "Update" or overrides:
        raise errors.not_emulated(
            f"ReplicaUpdates {kind} with {', '.join(overrides)}", "Leave the override out."
        )
    return kind, body["RegionName"]


def check_state(copy: Copy, action: str, target: str) -> None:
    """Raise where the table that is asked is itself on its way in or out."""
    if copy.status == "CREATING":
        if not copy.group.is_global:
            raise errors.in_use(f"Table is being created: {copy.name}")
        if action == "Delete" and copy.group.sourced.get(copy.region, ("",))[0] == target:
            raise errors.source_of_replica()
        raise errors.replica_being_added(copy.name, copy.region)
    if copy.status == "DELETING":
        raise errors.in_use(f"Table is being deleted: {copy.name}")


def check_region(plane: ControlPlane, target: str) -> None:
    """Raise where a Region can take no replica."""
    if target in plane.disabled_regions:
        raise errors.region_disabled(target)
    if target not in plane.regions:
        raise errors.region_unsupported(target, plane.regions)


def _check_create(plane: ControlPlane, copy: Copy, target: str) -> None:
    group = copy.group
    if group.definition.billing != "PAY_PER_REQUEST":
        raise errors.not_autoscaled()
    there = plane.find(target, copy.name)
    # Measured: once more while it is being deleted is "already existed", and while being created "in use".
    if there is not None and there.status != "CREATING":
        raise errors.replica_exists(copy.name)
    if copy.status != "ACTIVE" or group.acting:
        raise errors.busy()
    if there is not None:
        raise errors.replica_exists(copy.name)


def _check_delete(plane: ControlPlane, copy: Copy, target: str, now: float) -> Copy:
    group = copy.group
    replica = group.copy(target)
    if replica is None or target not in group.listed:
        raise errors.replica_not_member([target])
    if replica.deletion_protection:
        raise errors.replica_deletion_protected(copy.name, target)
    if copy.status != "ACTIVE" or group.acting or replica.status != "ACTIVE":
        raise errors.busy()
    plane.check_source_rule(replica, now)
    return replica
