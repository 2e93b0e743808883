"""Any order of starting, any delay, any number of passing errors: a fair AWS makes the jobs converge."""

from functools import partial

import pytest
from dynamodr.table.memory import Patience
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.table.aws_errors import SAID
from tests.unit.table.fake_aws import Copy, FakeAws, first, no_route
from tests.unit.table.jobs import ANY_SPEED, EAST, NORTH, WEST, Run, run, spec
from tests.unit.table.virtual_time import Killed, VirtualTime

PASSING = [
    "global table busy",
    "account throttled",
    "rate exceeded",
    "server error",
    "backups not ready",
    "tag lock",
]
CALLS = [
    "DescribeTable",
    "DescribeContinuousBackups",
    "ListTagsOfResource",
    "CreateTable",
    "UpdateTable",
    "UpdateContinuousBackups",
    "TagResource",
]
LAYOUTS = ["nothing", "home alone", "west is a replica", "all there", "west creating", "west going", "bare"]


def lay(aws: FakeAws, layout: str) -> None:
    match layout:
        case "home alone":
            aws.global_table(EAST)
        case "west is a replica":
            aws.global_table(EAST, WEST)
        case "all there":
            aws.global_table(EAST, WEST, NORTH)
        case "bare":
            aws.global_table(EAST, WEST, protected=False, recovery=False)
        case "west creating":
            aws.global_table(EAST)
            aws.members[WEST] = "CREATING"
            aws.copies[WEST] = Copy(status="CREATING", protected=False, recovery=False)
            aws.later(50.0, partial(aws.members.update, {WEST: "ACTIVE"}))
            aws.later(52.0, partial(setattr, aws.copies[WEST], "status", "ACTIVE"))
        case "west going":
            aws.global_table(EAST)
            aws.copies[WEST] = Copy(status="DELETING")
            aws.later(30.0, partial(aws.copies.pop, WEST))


@st.composite
def worlds(draw: st.DrawFn) -> FakeAws:
    aws = FakeAws(VirtualTime(), latency=draw(st.sampled_from([0.01, 0.1, 0.7])))
    lay(aws, draw(st.sampled_from(LAYOUTS)))
    aws.drops = draw(st.integers(0, 2))
    for name in ("create", "active", "protect", "tags"):
        aws.durations[name] = draw(st.floats(0.1, 60.0 if name != "tags" else 3.0))
    aws.durations["visible"] = aws.durations["active"] / 2
    aws.durations["entry"] = min(6.7, aws.durations["active"] / 3)
    places = st.tuples(st.sampled_from([EAST, WEST, NORTH]), st.sampled_from(CALLS))
    for region, operation in draw(st.lists(places, unique=True, max_size=5)):
        name = draw(st.sampled_from([*PASSING, "no route"]))
        # One look without an answer is no loss of a Region; two in a row would be one, and rightly.
        times = 1 if operation == "DescribeTable" else draw(st.integers(1, 4))
        status = 500 if name == "server error" else 400
        error = no_route(region) if name == "no route" else SAID[name].error(status)
        aws.rules.append(first(times, region, operation, error))
    # A permission that comes late, but within the patience for it.
    aws.rules.append(
        first(draw(st.integers(0, 3)), EAST, draw(st.sampled_from(CALLS)), SAID["denied"].error())
    )
    return aws


def check(aws: FakeAws, ends: list[Run], regions: tuple[str, ...], owns: list[str]) -> None:
    for ended in ends:
        assert ended.outcome.code == 0, ended.lines[-3:]
    assert all(aws.members[region] == "ACTIVE" for region in regions)
    for own in owns:
        copy = aws.copies[own]
        assert (copy.protected, copy.recovery, copy.tags.get("in")) == (True, True, own)
    creates = [made for made in aws.mutations() if made.operation == "CreateTable"]
    assert len(creates) <= 1


def job(aws: FakeAws, own: str, regions: tuple[str, ...]) -> Run:
    return run(aws, spec(own, regions, tags={"in": own}), seconds=1800.0, patience=Patience(longest=10.0))


@settings(ANY_SPEED, max_examples=60)
@given(
    worlds(),
    st.sampled_from([(EAST, WEST), (EAST, WEST, NORTH)]),
    st.lists(st.floats(0, 40), min_size=3, max_size=3),
)
def test_all_regions_at_once(aws: FakeAws, regions: tuple[str, ...], starts: list[float]) -> None:
    def late(own: str, start: float) -> Run:
        aws.time.sleep(start)
        return job(aws, own, regions)

    ends = aws.time.run(*(partial(late, own, start) for own, start in zip(regions, starts, strict=False)))
    check(aws, ends, regions, list(regions))


@settings(ANY_SPEED, max_examples=60)
@given(worlds(), st.sampled_from([EAST, WEST]), st.lists(st.integers(1, 60), max_size=4))
def test_killed_again_and_again(aws: FakeAws, own: str, deaths: list[int]) -> None:
    for after in deaths:
        aws.time.kill_at = aws.time.sleeps + after
        try:
            job(aws, own, (EAST, WEST))
        except Killed:
            continue
    aws.time.kill_at = None
    check(aws, [job(aws, own, (EAST, WEST))], (EAST, WEST), [own])
    calls = len(aws.mutations())
    aws.settle()
    aws.rules.clear()
    assert job(aws, own, (EAST, WEST)).outcome.code == 0
    assert len(aws.mutations()) == calls, "a second run changes nothing"


@settings(ANY_SPEED, max_examples=60)
@given(worlds(), st.sampled_from([EAST, WEST]))
def test_warm_in_the_end_and_rolled_out_meanwhile(aws: FakeAws, own: str) -> None:
    wanted = spec(own, tags={"in": own}, warm_read=40_000)
    patience = Patience(longest=10.0)
    check(aws, [run(aws, wanted, seconds=1800.0, patience=patience)], (EAST, WEST), [own])
    aws.rules.clear()
    ends = [run(aws, wanted, seconds=1800.0, patience=patience) for _ in range(2)]
    check(aws, ends, (EAST, WEST), [own])
    aws.settle()
    assert all((aws.copies[each].warm or {})["ReadUnitsPerSecond"] == 40_000 for each in (EAST, WEST))
    assert len([made for made in aws.mutations() if "WarmThroughput" in made.request]) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("own", [EAST, WEST])
def test_every_layout(layout: str, own: str) -> None:
    aws = FakeAws(VirtualTime())
    lay(aws, layout)
    check(aws, [job(aws, own, (EAST, WEST))], (EAST, WEST), [own])
