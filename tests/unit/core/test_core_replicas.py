"""Replicas come and go as measured on AWS, at AWS's own pace, in virtual time."""

from itertools import pairwise

import pytest

from rehearsal.core.faults import DropCreate, Outage, Partition
from tests.unit.core.planes import ADA, EAST, IRELAND, OHIO, WEST, Plane, refused

INVALID = "ValidationException"
SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_is_creating_then_active_within_seconds(seed: int) -> None:
    plane = Plane(seed=seed)
    assert plane.create()["TableStatus"] == "CREATING"
    ((_, first, _), (at, then, _)) = plane.timeline(EAST, 20)
    assert (first, then) == ("CREATING", "ACTIVE")
    assert 4.9 <= at <= 8.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_of_an_empty_table_is_listed_after_6_seconds_and_active_within_49(seed: int) -> None:
    plane = Plane(seed=seed)
    plane.table()
    answered = plane.replica("Create", WEST)
    assert (answered["TableStatus"], answered["Replicas"]) == ("UPDATING", [])
    assert answered["GlobalTableVersion"] == "2019.11.21"
    changes = plane.timeline(EAST, 60)
    assert [what for _, *what in changes] == [
        ["UPDATING", {}],
        ["UPDATING", {WEST: "CREATING"}],
        ["ACTIVE", {WEST: "ACTIVE"}],
    ]
    assert 5.4 <= changes[1][0] <= 6.9
    assert 14.3 <= changes[2][0] <= 49.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_of_one_item_takes_ten_minutes_and_the_base_is_active_meanwhile(seed: int) -> None:
    plane = Plane(seed=seed)
    plane.table()
    plane.put(EAST, "users", ADA, {"username": {"S": "ada"}})
    plane.replica("Create", WEST)
    changes = plane.timeline(EAST)
    assert [what for _, *what in changes] == [
        ["UPDATING", {}],
        ["ACTIVE", {WEST: "CREATING"}],
        ["UPDATING", {WEST: "CREATING"}],
        ["ACTIVE", {WEST: "ACTIVE"}],
    ]
    assert 494 <= changes[3][0] <= 687
    assert plane.get(WEST, "users", ADA) == {"username": {"S": "ada"}}


def test_the_replica_is_creating_in_its_own_region_from_10_seconds_on_and_lists_the_base() -> None:
    plane = Plane()
    plane.table()
    plane.replica("Create", WEST)
    changes = plane.timeline(WEST, 60)
    assert [what for _, *what in changes] == [
        ["ResourceNotFoundException", {}],
        ["CREATING", {EAST: "ACTIVE"}],
        ["ACTIVE", {EAST: "ACTIVE"}],
    ]
    assert 9.4 <= changes[1][0] <= 10.7


def test_while_creating_a_replica_answers_only_describe_table() -> None:
    plane = Plane()
    plane.table()
    plane.replica("Create", WEST)
    plane.wait(12)
    assert plane.seen(WEST)[0] == "CREATING"
    with refused("ResourceNotFoundException", "Requested resource not found"):
        plane.get(WEST, "users", ADA)
    with refused("ResourceNotFoundException", "Requested resource not found"):
        plane.put(WEST, "users", ADA, {})
    with refused("ResourceNotFoundException", "Table: users not found"):
        plane.update(WEST, DeletionProtectionEnabled=True)
    with refused(
        "ResourceInUseException", "Attempt to change a resource which is still in use: Table: users"
    ):
        plane.core.control.delete(WEST, "users", plane.now)
    with refused(INVALID, "Create/Update/Delete of replica is not allowed while the replica is being added"):
        plane.replica("Create", IRELAND, at=WEST)
    with refused(INVALID, "acted as a source region"):
        plane.replica("Delete", EAST, at=WEST)


def test_what_is_written_while_a_replica_is_created_is_in_it_when_it_is_active() -> None:
    plane = Plane()
    plane.table()
    for number in range(50):
        plane.put(EAST, "users", (f"S{number}",), {"n": {"N": "0"}})
    plane.replica("Create", WEST)
    while plane.seen(WEST)[0] != "ACTIVE":
        plane.put(EAST, "users", (f"S{int(plane.now) % 50}",), {"n": {"N": str(plane.now)}})
        plane.wait(0.7)
    plane.run()
    assert plane.items(EAST, "users") == plane.items(WEST, "users")
    assert len(plane.items(WEST, "users")) == 50


def test_a_create_that_is_accepted_and_silently_dropped_leaves_no_trace() -> None:
    plane = Plane()
    plane.table()
    plane.core.inject(DropCreate(), plane.now)
    assert plane.replica("Create", WEST)["TableStatus"] == "UPDATING"
    changes = plane.timeline(EAST, 60)
    assert [what for _, *what in changes] == [["UPDATING", {}], ["ACTIVE", {}]]
    assert 6.4 <= changes[1][0] <= 12.2
    assert "Replicas" not in plane.describe()
    assert plane.seen(WEST)[0] == "ResourceNotFoundException"
    plane.replica("Create", WEST)
    plane.run_until_active(WEST, "users")


def test_a_replica_stays_creating_while_its_region_is_down_or_cut_off() -> None:
    for fault, empty in (
        (Outage(region=WEST), True),
        (Outage(region=WEST), False),
        (Partition(regions=(EAST, WEST)), False),
    ):
        plane = Plane()
        plane.table()
        if not empty:
            plane.put(EAST, "users", ADA, {"username": {"S": "ada"}})
        plane.replica("Create", WEST)
        name = plane.core.inject(fault, plane.now)
        plane.wait(3600)
        assert plane.seen(EAST)[1] == {WEST: "CREATING"}
        plane.core.undo(name, plane.now)
        plane.wait(10)
        assert plane.seen(EAST)[1] == {WEST: "ACTIVE"}


def test_a_third_replica_has_what_either_of_the_others_held() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.core.inject(Partition(regions=(EAST, WEST), seconds=2000.0), plane.now)
    plane.put(EAST, "users", ADA, {"from": {"S": "east"}})
    plane.put(WEST, "users", ("Sgrace",), {"from": {"S": "west"}})
    plane.replica("Create", IRELAND)
    plane.run()
    assert set(plane.items(IRELAND, "users")) == {ADA, ("Sgrace",)}
    assert plane.items(EAST, "users") == plane.items(WEST, "users") == plane.items(IRELAND, "users")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deleted_replica_goes_through_the_measured_states(seed: int) -> None:
    plane = Plane(seed=seed)
    plane.table(EAST, WEST)
    plane.replica("Delete", WEST)
    changes = plane.timeline(EAST, 300)
    assert [what for _, *what in changes] == [
        ["UPDATING", {WEST: "ACTIVE"}],
        ["ACTIVE", {WEST: "DELETING"}],
        ["ACTIVE", {}],
    ]
    assert 31 <= changes[1][0] <= 47.2
    assert 121 <= changes[2][0] <= 208.2
    shown = plane.describe()
    assert "Replicas" not in shown
    assert "GlobalTableVersion" not in shown
    assert shown["StreamSpecification"]["StreamEnabled"]


def test_re_adding_is_refused_until_the_replicas_region_has_forgotten_the_table() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.replica("Delete", WEST)
    while plane.seen(EAST)[1]:
        with refused(INVALID, "one or more replicas already existed as tables"):
            plane.replica("Create", WEST)
        plane.wait(5)
    assert plane.seen(WEST) == ("DELETING", {})
    assert "GlobalTableVersion" not in plane.describe(WEST)
    with refused(INVALID, "one or more replicas already existed as tables"):
        plane.replica("Create", WEST)
    plane.wait(35)
    assert plane.seen(WEST)[0] == "ResourceNotFoundException"
    plane.replica("Create", WEST)


def test_streams_are_enabled_by_a_create_each_region_with_its_own_arn_and_label() -> None:
    plane = Plane()
    plane.table()
    assert "LatestStreamArn" not in plane.describe()
    plane.replica("Create", WEST)
    plane.run_until_active(WEST, "users")
    east, west = plane.describe(EAST), plane.describe(WEST)
    for shown in (east, west):
        assert shown["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert shown["LatestStreamArn"].endswith(shown["LatestStreamLabel"])
    assert ":us-east-1:" in east["LatestStreamArn"]
    assert ":us-west-2:" in west["LatestStreamArn"]
    assert east["LatestStreamLabel"] != west["LatestStreamLabel"]


def test_replicas_never_lists_the_region_itself_and_is_absent_from_a_regional_table() -> None:
    plane = Plane()
    plane.table()
    assert {"Replicas", "GlobalTableVersion", "GlobalTableSettingsReplicationMode"}.isdisjoint(
        plane.describe()
    )
    plane.replica("Create", WEST)
    plane.run_until_active(WEST, "users")
    plane.replica("Create", IRELAND, at=WEST)
    plane.run_until_active(IRELAND, "users")
    assert plane.seen(EAST)[1] == {WEST: "ACTIVE", IRELAND: "ACTIVE"}
    assert plane.seen(WEST)[1] == {EAST: "ACTIVE", IRELAND: "ACTIVE"}
    assert plane.seen(IRELAND)[1] == {EAST: "ACTIVE", WEST: "ACTIVE"}


def test_in_flight_every_other_update_is_in_use() -> None:
    plane = Plane()
    plane.table()
    plane.replica("Create", WEST)
    in_use = refused("ResourceInUseException", "The resource which you are attempting to change is in use.")
    with in_use:
        plane.replica("Create", IRELAND)
    for asked in ({"DeletionProtectionEnabled": True}, {"TableClass": "STANDARD_INFREQUENT_ACCESS"}):
        with refused("ResourceInUseException", "The resource which you are attempting to change is in use."):
            plane.update(EAST, **asked)
    with refused("ResourceInUseException", "in use"):
        plane.replica("Create", WEST)
    with refused(INVALID, "Please retry the request without these replicas: [us-west-2]"):
        plane.replica("Delete", WEST)
    with refused(INVALID, "Disabling Stream is not allowed for a Global Table replica."):
        plane.update(EAST, StreamSpecification={"StreamEnabled": False})
    plane.run_until_active(WEST, "users")
    plane.replica("Create", IRELAND)


def test_the_literal_refusals_of_replica_updates() -> None:
    plane = Plane(EAST, WEST, IRELAND)
    plane.core.control.disabled_regions = frozenset({"af-south-1"})
    plane.table(EAST, WEST)
    with refused(INVALID, "Failed to create a the new replica of table with name:"):
        plane.replica("Create", WEST)
    with refused(INVALID, "Cannot add or delete the local region through ReplicaUpdates."):
        plane.replica("Create", EAST)
    with refused(INVALID, "Cannot add or delete the local region through ReplicaUpdates."):
        plane.replica("Delete", EAST)
    with refused(INVALID, "more than one create or delete replica actions not allowed"):
        plane.update(
            EAST,
            ReplicaUpdates=[{"Create": {"RegionName": IRELAND}}, {"Create": {"RegionName": OHIO}}],
        )
    with refused(INVALID, "more than one type of replica actions not allowed."):
        plane.update(
            EAST, ReplicaUpdates=[{"Create": {"RegionName": IRELAND}, "Delete": {"RegionName": WEST}}]
        )
    with refused(INVALID, "There are no actions specified in the Replica Update Action of the request."):
        plane.update(EAST, ReplicaUpdates=[{"Update": {"RegionName": WEST}}])
    with refused(INVALID, "one or more replicas were not part of the global table"):
        plane.replica("Delete", IRELAND)
    with refused(INVALID, "Failed to access the region: ‘af-south-1’"):
        plane.replica("Create", "af-south-1")
    with refused(INVALID, "Region us-fake-1 is not supported."):
        plane.replica("Create", "us-fake-1")
    with refused(INVALID, "must not also modify other fields"):
        plane.update(
            EAST, ReplicaUpdates=[{"Create": {"RegionName": IRELAND}}], DeletionProtectionEnabled=True
        )
    assert plane.seen(EAST) == ("ACTIVE", {WEST: "ACTIVE"})


def test_two_identical_creates_in_one_call_are_one() -> None:
    plane = Plane()
    plane.table()
    plane.update(EAST, ReplicaUpdates=[{"Create": {"RegionName": WEST}}] * 2)
    plane.run_until_active(WEST, "users")


def test_a_provisioned_table_takes_no_replica_without_autoscaling() -> None:
    plane = Plane()
    plane.table(
        BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    )
    with refused(INVALID, "Table write capacity should either be Pay-Per-Request or AutoScaled."):
        plane.replica("Create", WEST)


def test_a_foreign_table_of_the_same_name_refuses_a_replica_and_is_left_alone() -> None:
    plane = Plane()
    plane.table()
    plane.create(WEST)
    plane.run_until_active(WEST, "users")
    plane.put(WEST, "users", ADA, {"foreign": {"BOOL": True}})
    with refused(INVALID, "one or more replicas already existed as tables"):
        plane.replica("Create", WEST)
    plane.put(EAST, "users", ADA, {"ours": {"BOOL": True}})
    plane.run()
    assert plane.items(WEST, "users") == {ADA: {"foreign": {"BOOL": True}}}
    assert plane.items(EAST, "users") == {ADA: {"ours": {"BOOL": True}}}


def test_a_table_made_in_the_first_seconds_of_a_create_aborts_it_without_a_word() -> None:
    plane = Plane()
    plane.table()
    plane.replica("Create", WEST)
    plane.create(WEST)
    plane.run_until_active(EAST, "users")
    assert "Replicas" not in plane.describe(EAST)


def test_a_source_cannot_be_deleted_for_24_hours_while_its_replica_stands() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    with refused(
        INVALID, "acted as a source region for new replica(s) being added to the table in the last 24"
    ):
        plane.core.control.delete(EAST, "users", plane.now)
    with refused(INVALID, "acted as a source region"):
        plane.replica("Delete", EAST, at=WEST)
    plane.wait(23.9 * 3600)
    with refused(INVALID, "acted as a source region"):
        plane.core.control.delete(EAST, "users", plane.now)
    plane.wait(0.1 * 3600)
    assert plane.core.control.delete(EAST, "users", plane.now).status == "DELETING"


def test_the_24_hours_are_over_as_soon_as_the_replica_is_gone() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.replica("Delete", WEST)
    plane.run()
    plane.core.control.delete(EAST, "users", plane.now)
    plane.run()
    assert plane.seen(EAST)[0] == "ResourceNotFoundException"


def test_delete_table_on_a_replica_shows_on_the_base_as_deleting_and_then_not_at_all() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.core.control.delete(WEST, "users", plane.now)
    assert [what for _, *what in plane.timeline(EAST, 300)] == [
        ["ACTIVE", {WEST: "DELETING"}],
        ["ACTIVE", {}],
    ]
    plane.put(EAST, "users", ADA, {})
    plane.run()
    assert plane.seen(WEST)[0] == "ResourceNotFoundException"


def test_a_protected_replica_refuses_both_ways_of_deleting_it() -> None:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.update(WEST, DeletionProtectionEnabled=True)
    plane.wait(60)
    with refused(INVALID, "Cannot delete table users in region us-west-2 because it has deletion protection"):
        plane.replica("Delete", WEST)
    with refused(INVALID, "Resource cannot be deleted as it is currently protected against deletion."):
        plane.core.control.delete(WEST, "users", plane.now)


def test_the_time_factor_scales_what_aws_takes() -> None:
    slow, fast = Plane(seed=5), Plane(seed=5, factor=0.01)
    for plane in (slow, fast):
        plane.table()
        plane.replica("Create", WEST)
    began = slow.now, fast.now
    slow.run_until_active(WEST, "users")
    fast.run_until_active(WEST, "users")
    assert (fast.now - began[1]) * 100 == pytest.approx(slow.now - began[0], rel=0.01)


def test_no_two_polls_of_one_creation_go_backwards() -> None:
    order = ["ResourceNotFoundException", "CREATING", "ACTIVE"]
    for seed in SEEDS:
        plane = Plane(seed=seed)
        plane.table()
        plane.replica("Create", WEST)
        seen = [order.index(status) for _, status, _ in plane.timeline(WEST, 60)]
        assert all(a < b for a, b in pairwise(seen))
