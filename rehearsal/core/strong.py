"""Global tables with multi-Region strong consistency: three Regions, made and dissolved in one call each.

Refusals are measured on AWS (docs/api-quirks of the ACK controller, DDB-TABLE-202, 257, 258, 260 and 261),
but those of a table with items, with local indexes or with TTL: that AWS refuses them is documented, in which
words is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.lifecycle import begin_create, begin_delete
from rehearsal.core.replicas import check_region, check_state, read_actions, update_replicas
from rehearsal.core.tables import Witness

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request

NOT_CAPABLE = frozenset({"us-west-1"})
STRONG = "global tables with MultiRegionConsistency set to STRONG"
ADMITTED = {"TableName", "ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency"}


def update_group(plane: ControlPlane, region: str, request: Request, now: float) -> Copy:
    """UpdateTable with ReplicaUpdates, of either consistency. Raises AwsError and changes nothing."""
    copy = plane.table(region, request["TableName"])
    mode, witnesses = request.get("MultiRegionConsistency"), request.get("GlobalTableWitnessUpdates") or []
    if witnesses and mode != "STRONG" and not copy.group.is_strong:
        raise errors.validation(
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is "
            "present."
        )
    if mode == "EVENTUAL" and not copy.group.is_strong:
        request = {name: value for name, value in request.items() if name != "MultiRegionConsistency"}
        return update_replicas(plane, region, request, now)
    if mode is None and not copy.group.is_strong:
        return update_replicas(plane, region, request, now)
    actions = read_actions(request, ADMITTED)
    creates = [target for kind, target in actions if kind == "Create"]
    if mode is not None and len(creates) < len(actions):
        raise errors.validation(
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided."
        )
    if creates:
        _make(plane, copy, creates, request, now)
    else:
        _dissolve(plane, copy, [target for _, target in actions], request, now)
    return copy


def _make(plane: ControlPlane, base: Copy, targets: list[str], request: Request, now: float) -> None:
    group = base.group
    if group.is_strong:
        if request.get("MultiRegionConsistency") == "EVENTUAL":
            raise errors.validation(
                "MultiRegionConsistency parameter is unsupported on existing global table"
            )
        if request.get("MultiRegionConsistency") is None:
            raise errors.validation(
                "Cannot add replicas to a global table with strong MultiRegionConsistency"
            )
    witness = _witness(request, "Create")
    named = [*targets, *([witness] if witness else [])]
    if unfit := [region for region in named if region in NOT_CAPABLE]:
        raise errors.validation(f"Unsupported Region(s) specified for {STRONG}: [{', '.join(unfit)}].")
    if witness in targets:
        raise errors.validation("Cannot target multiple regions with the same action")
    if witness == base.region:
        raise errors.validation(
            "Cannot add a witness in the same region as an existing replica when creating a global table "
            "with MultiRegionConsistency set to STRONG."
        )
    if len(named) != 2 or group.is_global:
        raise errors.validation(f"Unsupported replica count for {STRONG}.")
    if base.region in targets:
        raise errors.local_region()
    check_state(base, "Create", targets[0])
    for target in targets:
        check_region(plane, target)
        if plane.find(target, base.name) is not None:
            raise errors.replica_exists(base.name)
    _check_table(plane, base)
    if base.status != "ACTIVE" or group.acting:
        raise errors.busy()
    group.is_strong = True
    plane.replication.strong.add(group.id)
    if witness:
        group.witness = Witness(witness)
    begin_create(plane, base, targets, now)


def _check_table(plane: ControlPlane, base: Copy) -> None:
    definition = base.group.definition
    if definition.billing != "PAY_PER_REQUEST":
        raise errors.not_autoscaled()
    if plane.replication.has_items(base.region, base.group.id):
        raise errors.invalid_value(f"The table must be empty to add replicas of {STRONG}.")
    if definition.local_indexes:
        raise errors.invalid_value(f"Local secondary indexes are not supported for {STRONG}.")
    if definition.ttl_attribute is not None:
        raise errors.invalid_value(f"Time to live is not supported for {STRONG}.")


def _dissolve(plane: ControlPlane, base: Copy, targets: list[str], request: Request, now: float) -> None:
    group = base.group
    replicas = [replica for target in targets if (replica := group.copy(target)) is not None]
    if unknown := [target for target in targets if target not in group.listed]:
        raise errors.replica_not_member(unknown)
    if base.region in targets:
        raise errors.local_region()
    witness = _witness(request, "Delete")
    if witness is not None and (group.witness is None or witness != group.witness.region):
        raise errors.validation(
            "Update global table operation failed because one or more witnesses were not part of the global "
            f"table. Please retry the request without these witnesses: [{witness}]."
        )
    if group.witness is not None and witness is None:
        raise errors.validation("Update table delete operation does not include all witnesses.")
    if len(replicas) < len(group.copies) - 1:
        raise errors.deletion_of_one()
    for replica in replicas:
        if replica.deletion_protection:
            raise errors.replica_deletion_protected(base.name, replica.region)
    if group.acting or any(copy.status != "ACTIVE" for copy in group.copies):
        raise errors.busy()
    if group.witness is not None:
        group.witness.status = "DELETING"
    begin_delete(plane, base, replicas, now)


def _witness(request: Request, kind: str) -> str | None:
    updates = request.get("GlobalTableWitnessUpdates") or []
    if len(updates) > 1:
        raise errors.validation(
            "1 validation error detected: Value at 'globalTableWitnessUpdates' failed to satisfy constraint: "
            "Member must have length less than or equal to 1"
        )
    return next((str(update[kind]["RegionName"]) for update in updates if kind in update), None)
