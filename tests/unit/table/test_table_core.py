"""The pure core, from any state that can be seen: never destructive, never in the survivor's way."""

import json
from typing import Any

from dynamodr.table.calls import call
from dynamodr.table.decide import decide, wants_extras
from dynamodr.table.decisions import (
    Act,
    Action,
    AddReplica,
    CreateTable,
    Decision,
    Done,
    KeepBackups,
    Protect,
    Stop,
    Tag,
    Wait,
    Warm,
)
from dynamodr.table.memory import Held, Memory, Moment, Patience, Refusal, answered
from dynamodr.table.observed import (
    BROKEN,
    CUT_OFF,
    SERVING,
    Absent,
    Extras,
    Fault,
    Kind,
    Replica,
    Seen,
    Table,
    WarmThroughput,
)
from dynamodr.table.spec import KEYS, TYPES, Spec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.table.fake_aws import model
from tests.unit.table.jobs import ANY_SPEED, EAST, NORTH, WEST

REGIONS = (EAST, WEST, NORTH)
TABLE_STATES = [*model().shape_for("TableStatus").enum, "SOMETHING_NEW"]
REPLICA_STATES = [*model().shape_for("ReplicaStatus").enum, "SOMETHING_NEW"]
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/users"

faults = st.builds(Fault, st.sampled_from(Kind), st.just("?"), cure=st.sampled_from(["", "mend it"]))
settled = st.builds(
    Fault, st.sampled_from([Kind.UNREACHABLE, Kind.THROTTLED, Kind.CREDENTIALS, Kind.FINAL]), st.just("?")
)
actions: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from([CreateTable(), Protect(), KeepBackups(), Tag(ARN), Warm(40_000, 10_000)]),
    st.builds(AddReplica, st.sampled_from(REGIONS)),
)
units = st.sampled_from([12_000, 40_000, 90_000])
warmths = st.none() | st.builds(WarmThroughput, units, units, st.booleans())


@st.composite
def tables(draw: st.DrawFn, region: str) -> Table:
    others = [each for each in (*REGIONS, "ap-south-1") if each != region]
    listed = draw(st.lists(st.sampled_from(others), unique=True))
    odd = draw(st.sampled_from([False, False, False, True]))
    return Table(
        status=draw(st.sampled_from(TABLE_STATES)),
        keys=KEYS[:1] if odd else KEYS,
        types=TYPES[:1] if odd else TYPES,
        on_demand=draw(st.sampled_from([True, True, True, False])),
        replicas=tuple(Replica(each, draw(st.sampled_from(REPLICA_STATES))) for each in listed),
        protected=draw(st.booleans()),
        arn=ARN,
        version=draw(st.sampled_from(["", "2019.11.21", "2017.11.29"])),
        strong=draw(st.sampled_from([False, False, True])),
        warm=draw(warmths),
    )


def observations(region: str) -> st.SearchStrategy[Any]:
    return st.one_of(tables(region), tables(region), st.just(Absent()), faults)


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    times = st.floats(0, 100)
    action = draw(actions)
    return Memory(
        accepted={each.key: draw(times) for each in draw(st.lists(actions, max_size=3))},
        held=draw(
            st.none()
            | st.builds(Held, st.sampled_from(["converged", f"without {WEST}"]), times, st.integers(1, 3))
        ),
        refusal=draw(
            st.none() | st.builds(Refusal, st.just(action.key), faults, times, st.integers(1, 9), times)
        ),
        disturbed=draw(st.booleans()),
    )


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    regions = draw(st.sampled_from([(EAST,), (EAST, WEST), REGIONS]))
    spec = Spec(
        name="users",
        own=draw(st.sampled_from(regions)),
        regions=regions,
        tags=draw(st.sampled_from([{}, {"team": "dr"}])),
        deletion_protection=draw(st.booleans()),
        point_in_time_recovery=draw(st.booleans()),
        warm_read=draw(st.none() | units),
        warm_write=draw(st.none() | units),
    )
    seen = Seen(
        {region: draw(observations(region)) for region in regions},
        Extras(draw(st.none() | st.booleans() | faults), draw(st.none() | st.just({"team": "x"}) | faults)),
    )
    return Moment(spec, seen, draw(memories()), draw(st.floats(0, 200)), Patience())


def harmless(spec: Spec, action: Action) -> bool:
    _, operation, request = call(spec, action)
    text = json.dumps(request)
    if operation == "CreateTable":
        return True
    return operation in {"UpdateTable", "UpdateContinuousBackups", "TagResource"} and not any(
        word in text for word in ('"Delete"', '"Disassociate"', "false")
    )


@settings(ANY_SPEED, max_examples=300)
@given(moments())
def test_no_decision_is_destructive(at: Moment) -> None:
    decision, memory = decide(at)
    wants_extras(at)
    assert isinstance(decision, Done | Act | Wait | Stop)
    assert isinstance(memory, Memory)
    if not isinstance(decision, Act):
        return
    assert harmless(at.spec, decision.action)
    seen = at.seen.tables
    standing = {region: each for region, each in seen.items() if isinstance(each, Table)}
    assert all(
        (each.keys, each.types) == (KEYS, TYPES) for each in standing.values() if each.status != "DELETING"
    )
    match decision.action:
        case CreateTable():
            assert all(isinstance(each, Absent) for each in seen.values())
        case AddReplica(region):
            home = standing[at.spec.home]
            assert isinstance(seen[region], Absent)
            assert home.replica(region) is None
            assert (home.status, home.on_demand) == ("ACTIVE", True)
        case Warm(read, write):
            warm = standing[at.spec.own].warm
            assert warm is not None
            assert not warm.rising
            assert read >= warm.read
            assert write >= warm.write
            assert (read, write) != (warm.read, warm.write)
        case _:
            own = standing[at.spec.own]
            assert own.status in SERVING or (own.status, own.strong) == (CUT_OFF, False)


@settings(ANY_SPEED)
@given(moments())
def test_done_means_that_the_own_replica_serves(at: Moment) -> None:
    decision, _ = decide(at)
    if isinstance(decision, Done):
        own = at.seen.tables[at.spec.own]
        assert isinstance(own, Table)
        assert own.status in SERVING or (own.status, own.strong) == (CUT_OFF, False)
        assert (own.keys, own.types) == (KEYS, TYPES)
        for region in at.spec.regions:
            there = at.seen.tables[region]
            assert (
                region in decision.lost
                or region in " ".join(decision.warnings)
                or getattr(there, "status", "") in SERVING
            )
        assert decision.lost == () or decision.warnings


def follow(at: Moment, steps: int, refusal: Fault | None) -> Decision:
    """Decide again and again about the same sight, an action being refused."""
    decision: Decision = Wait("")
    for _ in range(steps):
        decision, memory = decide(at)
        if isinstance(decision, Done | Stop):
            break
        if isinstance(decision, Act):
            memory = answered(
                Moment(at.spec, at.seen, memory, at.now, at.patience), decision.action, refusal, 0.5
            )
        at = Moment(at.spec, at.seen, memory, at.now + at.patience.poll, at.patience)
    return decision


@st.composite
def disasters(draw: st.DrawFn) -> Moment:
    """A table that stood in three Regions, then lost any of them but the own one."""
    own = draw(st.sampled_from(REGIONS))
    hit = draw(st.sets(st.sampled_from([each for each in REGIONS if each != own]), min_size=1))
    seen: dict[str, Any] = {}
    unwell = SERVING | BROKEN | {CUT_OFF, "DELETING"}
    if len(hit) == 1:  # with one more replica that serves, it may even have been about to be added
        unwell |= {"CREATING", "CREATION_FAILED"}
    entries = {
        region: draw(st.sampled_from(sorted(unwell))) if region in hit else "ACTIVE" for region in REGIONS
    }
    for region in REGIONS:
        table = Table(
            status="ACTIVE",
            keys=KEYS,
            types=TYPES,
            on_demand=True,
            replicas=tuple(Replica(each, entries[each]) for each in REGIONS if each != region),
            protected=draw(st.booleans()),
            arn=ARN,
            warm=draw(warmths),
        )
        broken = Table(
            status=draw(st.sampled_from(sorted(BROKEN))),
            keys=KEYS,
            types=TYPES,
            on_demand=True,
            replicas=table.replicas,
        )
        seen[region] = draw(st.one_of(settled, st.just(broken))) if region in hit else table
    extras = Extras(draw(st.booleans()), {})
    spec = Spec(
        name="users",
        own=own,
        regions=REGIONS,
        tags=draw(st.sampled_from([{}, {"team": "dr"}])),
        warm_read=draw(st.none() | units),
    )
    return Moment(spec, Seen(seen, extras), Memory(), 0.0, Patience())


@settings(ANY_SPEED)
@given(disasters(), st.none() | faults)
def test_a_disaster_elsewhere_never_blocks_the_survivor(at: Moment, refusal: Fault | None) -> None:
    decision = follow(at, 60, refusal)
    assert isinstance(decision, Done)
    assert decision.lost


def test_the_survivor_is_not_kept_waiting() -> None:
    lost = Fault(Kind.UNREACHABLE, "?")
    table = Table(
        status="ACTIVE",
        keys=KEYS,
        types=TYPES,
        on_demand=True,
        replicas=(Replica(EAST, "ACTIVE"),),
        protected=True,
    )
    spec = Spec(name="users", own=WEST, regions=(EAST, WEST))
    at = Moment(spec, Seen({EAST: lost, WEST: table}, Extras(recovery=True)), Memory(), 0.0, Patience())
    first, memory = decide(at)
    assert isinstance(first, Wait)
    second, _ = decide(Moment(spec, at.seen, memory, 2.0, at.patience))
    assert isinstance(second, Done)


@settings(ANY_SPEED)
@given(moments())
def test_the_same_moment_is_decided_the_same(at: Moment) -> None:
    assert decide(at) == decide(at)
