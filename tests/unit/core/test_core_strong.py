"""Strongly consistent global tables: three Regions in one call, and refused as AWS refuses."""

from typing import Any

import pytest

from rehearsal.core.errors import AwsError
from rehearsal.core.faults import Outage, Partition
from rehearsal.core.regional import update_ttl
from rehearsal.core.strong import update_group
from tests.unit.core.planes import ADA, EAST, IRELAND, OHIO, WEST, Plane, refused

INVALID = "ValidationException"
COUNT = "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."


def plane() -> Plane:
    made = Plane(EAST, WEST, IRELAND, OHIO)
    made.table()
    return made


def ask(plane: Plane, *actions: tuple[str, str], at: str = EAST, **more: Any) -> Any:
    if actions:
        more["ReplicaUpdates"] = [{kind: {"RegionName": region}} for kind, region in actions]
    request = {"TableName": "users", **more}
    return update_group(plane.core.control, at, request, plane.now)


def strong(plane: Plane, *regions: str, witness: str | None = None) -> None:
    more: dict[str, Any] = {"MultiRegionConsistency": "STRONG"}
    if witness:
        more["GlobalTableWitnessUpdates"] = [{"Create": {"RegionName": witness}}]
    ask(plane, *[("Create", region) for region in regions], **more)


def test_two_creates_in_one_call_make_three_strong_replicas_in_sixteen_seconds() -> None:
    made = plane()
    strong(made, WEST, OHIO)
    shown = made.describe()
    assert (shown["TableStatus"], shown["Replicas"], shown["MultiRegionConsistency"]) == (
        "UPDATING",
        [],
        "STRONG",
    )
    changes = made.timeline(EAST, 30)
    assert changes[-1][1:] == ("ACTIVE", {WEST: "ACTIVE", OHIO: "ACTIVE"})
    assert 15.5 <= changes[-1][0] <= 15.9
    for region in (WEST, OHIO):
        assert made.describe(region)["MultiRegionConsistency"] == "STRONG"
        assert made.seen(region)[0] == "ACTIVE"


def test_one_create_and_a_witness_are_three_regions_too() -> None:
    made = plane()
    strong(made, WEST, witness=OHIO)
    changes = made.timeline(EAST, 120)
    assert changes[-1][1:] == ("ACTIVE", {WEST: "ACTIVE"})
    assert 59 <= changes[-1][0] <= 86.2
    assert made.describe()["GlobalTableWitnesses"] == [{"RegionName": OHIO, "WitnessStatus": "ACTIVE"}]
    assert made.seen(OHIO)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("actions", "more", "text"),
    [
        ([("Create", WEST)], {"MultiRegionConsistency": "STRONG"}, COUNT),
        (
            [("Create", WEST), ("Create", OHIO), ("Create", IRELAND)],
            {"MultiRegionConsistency": "STRONG"},
            COUNT,
        ),
        (
            [("Create", WEST)],
            {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": OHIO}}]},
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates",
        ),
        (
            [("Create", WEST)],
            {
                "MultiRegionConsistency": "STRONG",
                "GlobalTableWitnessUpdates": [{"Create": {"RegionName": WEST}}],
            },
            "Cannot target multiple regions with the same action",
        ),
        (
            [("Create", WEST)],
            {
                "MultiRegionConsistency": "STRONG",
                "GlobalTableWitnessUpdates": [{"Create": {"RegionName": EAST}}],
            },
            "Cannot add a witness in the same region as an existing replica",
        ),
        (
            [("Create", WEST), ("Create", "us-west-1")],
            {"MultiRegionConsistency": "STRONG"},
            "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG",
        ),
        (
            [("Create", WEST), ("Create", OHIO)],
            {"MultiRegionConsistency": "STRONG", "DeletionProtectionEnabled": True},
            "Requests that modify replicas or witnesses must not also modify other fields",
        ),
        (
            [("Create", WEST), ("Create", OHIO)],
            {},
            "Update table operation with more than one create or delete replica actions not allowed",
        ),
        (
            [("Delete", WEST)],
            {"MultiRegionConsistency": "STRONG"},
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.",
        ),
    ],
)
def test_what_a_regional_table_refuses(
    actions: list[tuple[str, str]], more: dict[str, Any], text: str
) -> None:
    made = plane()
    with refused(INVALID, text):
        ask(made, *actions, **more)
    assert made.seen() == ("ACTIVE", {})
    assert "MultiRegionConsistency" not in made.describe()


def test_consistency_alone_is_no_change() -> None:
    made = plane()
    for asked in (
        {"MultiRegionConsistency": "STRONG"},
        {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": OHIO}}]},
    ):
        with refused(INVALID, "At least one of ProvisionedThroughput"):
            made.update(EAST, **asked)


def test_a_table_with_items_cannot_become_strong_nor_an_eventual_group() -> None:
    made = plane()
    made.put(EAST, "users", ADA, {})
    with refused(INVALID, "must be empty"):
        strong(made, WEST, OHIO)
    made = plane()
    made.replica("Create", WEST)
    made.run_until_active(WEST, "users")
    with refused(INVALID, COUNT):
        strong(made, IRELAND)
    with refused(INVALID, COUNT):
        strong(made, IRELAND, OHIO)


def test_a_strong_group_is_frozen() -> None:
    made = plane()
    strong(made, WEST, witness=OHIO)
    made.run()
    with refused(INVALID, "Cannot add replicas to a global table with strong MultiRegionConsistency"):
        ask(made, ("Create", IRELAND))
    with refused(INVALID, "MultiRegionConsistency parameter is unsupported on existing global table"):
        ask(made, ("Create", IRELAND), MultiRegionConsistency="EVENTUAL")
    with refused(INVALID, COUNT):
        strong(made, IRELAND)
    with refused(INVALID, "Update table delete operation does not include all witnesses."):
        ask(made, ("Delete", WEST))
    with refused(INVALID, "one or more witnesses were not part of the global table"):
        ask(made, ("Delete", WEST), GlobalTableWitnessUpdates=[{"Delete": {"RegionName": IRELAND}}])
    for region in (EAST, WEST):
        with refused(INVALID, "Deletion of only one table replica is not supported for global tables with"):
            made.core.control.delete(region, "users", made.now)
    with refused(INVALID, "Time to live is not supported"):
        wanted = {"Enabled": True, "AttributeName": "expires"}
        update_ttl(
            made.core.control, EAST, {"TableName": "users", "TimeToLiveSpecification": wanted}, made.now
        )


def test_a_strong_group_is_dissolved_in_one_call() -> None:
    made = plane()
    strong(made, WEST, OHIO)
    made.run()
    with refused(INVALID, "Deletion of only one table replica is not supported"):
        ask(made, ("Delete", WEST))
    ask(made, ("Delete", WEST), ("Delete", OHIO))
    made.run()
    shown = made.describe()
    assert {"Replicas", "MultiRegionConsistency", "GlobalTableVersion"}.isdisjoint(shown)
    assert made.seen(WEST)[0] == made.seen(OHIO)[0] == "ResourceNotFoundException"
    made.replica("Create", WEST)
    made.run_until_active(WEST, "users")
    assert "MultiRegionConsistency" not in made.describe()


def test_a_second_region_is_needed_to_write_the_witness_counts() -> None:
    made = plane()
    strong(made, WEST, witness=OHIO)
    made.run()
    copy = made.core.control.table(EAST, "users")
    assert made.core.has_quorum(copy)
    cut = made.core.inject(Partition(regions=(EAST, WEST)), made.now)
    assert made.core.has_quorum(copy)
    down = made.core.inject(Outage(region=OHIO), made.now)
    assert not made.core.has_quorum(copy)
    made.core.undo(cut, made.now)
    assert made.core.has_quorum(copy)
    made.core.undo(down, made.now)


def test_a_write_elsewhere_while_an_item_is_being_written_conflicts() -> None:
    made = plane()
    replication = made.core.replication
    item = replication.write(EAST, made.name(EAST, "users", ADA), {}, made.now).item
    taken = replication.contention.occupy(EAST, [item], made.now)
    assert 0.02 < taken < 0.3
    replication.contention.check(EAST, [item], made.now)
    with pytest.raises(
        AwsError, match="ReplicatedWriteConflictException: The request was rejected because one"
    ):
        replication.contention.check(WEST, [item], made.now)
    replication.contention.check(WEST, [item], made.now + taken)
