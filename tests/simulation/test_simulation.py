"""Two thousand disasters, none of which may break what is promised; and five bugs that must be noticed."""

import logging
from functools import partial

import pytest
from dynamodr.failover.command import SETTLE
from dynamodr.table.loop import ensure

from rehearsal.core.timings import Timings
from rehearsal.running import table_seconds
from tests.simulation.clockwork import Clockwork
from tests.simulation.history import KINDS, BrokenError, Plan
from tests.simulation.operators import TableJob
from tests.simulation.planted import Forgetful, Stubborn, apart, bare, spoil
from tests.simulation.play import play
from tests.simulation.regions import REGIONS, Regions

CHUNK = 50
HISTORIES = 2000


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("dynamodr").setLevel(logging.CRITICAL)


@pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
def test_what_is_promised_holds_in_every_history(first: int) -> None:
    told = [play(seed) for seed in range(first, first + CHUNK)]
    assert {one.kind for one in told} == set(KINDS)
    # Histories in which nothing happened would prove nothing.
    assert sum(one.acknowledged for one in told) > 20 * CHUNK
    assert sum(one.faults for one in told) > CHUNK / 2
    assert sum(one.failovers.count("done") for one in told) > CHUNK / 4
    assert any(one.lost for one in told if one.kind == "forced")


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_replays_its_history(kind: str) -> None:
    assert play(7, kind) == play(7, kind)


@pytest.mark.parametrize(
    ("plan", "kind", "histories"),
    [
        pytest.param(
            Plan(spoil=partial(spoil, Forgetful)), "planned", 600, id="one-write-in-a-thousand-dropped"
        ),
        pytest.param(Plan(spoil=partial(spoil, Stubborn)), "chaos", 100, id="not-always-the-last-writer"),
        pytest.param(Plan(settle=0.0), "planned", 600, id="fence-not-waited-for"),
        pytest.param(Plan(ensure=apart), "table", 5, id="a-table-of-its-own-in-each-region"),
        pytest.param(Plan(ensure=bare), "table", 5, id="a-replica-without-its-own-settings"),
    ],
)
def test_a_planted_bug_is_noticed_and_its_seed_named(plan: Plan, kind: str, histories: int) -> None:
    def soak() -> None:
        for seed in range(histories):
            play(seed, kind, plan)

    with pytest.raises(BrokenError, match=r"seed \d+ \(\w+\), at "):
        soak()


@pytest.mark.parametrize("factor", [0.02, 1.0, 10.0])
def test_a_rehearsal_at_any_pace_waits_for_its_table(factor: float) -> None:
    for seed in range(10):
        clock = Clockwork()
        regions = Regions(clock, seed, born=False, timings=Timings(factor=factor))
        jobs = [TableJob(regions, region, ensure) for region in REGIONS]
        for job in jobs:
            clock.spawn(partial(job.run, table_seconds(factor)))
        clock.run(2 * table_seconds(factor))
        assert [job.outcomes[-1].code for job in jobs] == [0, 0], jobs[-1].outcomes


def test_the_plan_without_a_bug_is_what_the_command_does() -> None:
    assert Plan().settle == SETTLE
