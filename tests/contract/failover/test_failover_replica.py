"""A replica's calls, as the command makes them, over the wire."""

from collections.abc import Iterator
from typing import Any

import pytest
from dynamodr import aws
from dynamodr.failover.command import PATIENCE
from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.replica import MARKERS, SEGMENTS, TableReplica
from dynamodr.fence.record import Fence
from dynamodr.settings import load

from rehearsal.core.faults import Deny, Outage, PauseReplication
from tests.contract.failover.stage import EAST, WEST, Stage, eventually


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def replicas(stage: Stage) -> Iterator[dict[str, TableReplica]]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "tests")
        settings = load(stage.environment(AWS_REGION=EAST))
        made = {}
        for region in (EAST, WEST):
            client = aws.client("dynamodb", region, settings, patience=PATIENCE, pool=2 * SEGMENTS)
            made[region] = TableReplica(client, "users", region)
        yield made


def test_digests_of_several_pages_are_equal_once_all_has_arrived(
    stage: Stage, replicas: dict[str, TableReplica]
) -> None:
    stage.add(EAST, 400, size=12_000)  # 4.8 MB: each of the parts has more than one page
    here = replicas[EAST].digest(10_000)
    assert here is not None
    assert (here.items, here.plain) == (400, 0)

    def arrived() -> bool:
        there = replicas[WEST].digest(10_000)
        return there is not None and here.differs(there) == 0

    eventually(arrived)
    pause = stage.world.inject(PauseReplication(source=EAST, target=WEST))
    stage.add(EAST, 3, first=1000)
    now, there = replicas[EAST].digest(10_000), replicas[WEST].digest(10_000)
    assert now is not None
    assert there is not None
    assert 1 <= now.differs(there) <= 3
    stage.world.undo(pause)


def test_a_scan_stops_at_the_limit(stage: Stage, replicas: dict[str, TableReplica]) -> None:
    stage.add(EAST, 20)
    assert replicas[EAST].digest(10) is None


def test_items_of_our_own_are_no_users(stage: Stage, replicas: dict[str, TableReplica]) -> None:
    before = replicas[EAST].digest(10_000)
    replicas[EAST].mark(1)
    assert before is not None
    after = replicas[EAST].digest(10_000)
    assert after is not None
    assert before.items == after.items
    assert stage.dynamodb[EAST].scan(TableName="users", Select="COUNT")["Count"] >= MARKERS


def test_markers_arrive(stage: Stage, replicas: dict[str, TableReplica]) -> None:
    pause = stage.world.inject(PauseReplication(source=EAST, target=WEST))
    replicas[EAST].mark(7)
    assert replicas[EAST].marked(7)
    assert not replicas[WEST].marked(7)
    stage.world.undo(pause)
    eventually(lambda: replicas[WEST].marked(7))
    assert not replicas[WEST].marked(8)


def test_a_fence_moves_only_over_what_was_seen(replicas: dict[str, TableReplica]) -> None:
    east = replicas[EAST]
    one = Fence(active_region=EAST, epoch=1, written_in=EAST, dials={EAST: 100})
    assert not east.move(one, over=5)
    assert east.move(one, over=None)
    assert not east.move(one, over=None)
    two = Fence(active_region="", epoch=2, source=EAST, target=WEST)
    assert not east.move(two, over=0)
    assert east.move(two, over=1)
    assert east.look().fence == two
    eventually(lambda: replicas[WEST].look().fence == two)


def test_a_look(replicas: dict[str, TableReplica]) -> None:
    seen = replicas[WEST].look()
    assert (seen.status, seen.replicas, seen.capacity.billing) == (
        "ACTIVE",
        {EAST: "ACTIVE"},
        "PAY_PER_REQUEST",
    )


def test_what_decides_is_read_strongly(replicas: dict[str, TableReplica]) -> None:
    """An emulator answers every read so, AWS the one that asks for it."""
    asked: set[tuple[str, bool]] = set()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.add((model.name, params.get("ConsistentRead", False)))

    for operation in ("GetItem", "Query", "Scan"):
        replicas[WEST]._dynamodb.meta.events.register(f"before-parameter-build.dynamodb.{operation}", note)
    replicas[WEST].look()
    replicas[WEST].digest(10_000)
    replicas[WEST].marked(1)
    assert asked == {("GetItem", True), ("Query", True), ("Scan", True)}


def test_every_failure_is_told(stage: Stage, replicas: dict[str, TableReplica]) -> None:
    gone = stage.world.inject(Outage(region=WEST, mode="close"))
    with pytest.raises(CallFailedError, match="us-west-2: "):
        replicas[WEST].digest(10)
    stage.world.undo(gone)
    denied = stage.world.inject(Deny(action="dynamodb:PutItem", region=WEST))
    with pytest.raises(CallFailedError, match="us-west-2: AccessDenied"):
        replicas[WEST].mark(9)
    stage.world.undo(denied)
