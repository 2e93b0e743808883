"""What a scenario must show, and what fails a drill."""

from typing import Any

import pytest

from rehearsal.drill.expect import claims
from rehearsal.drill.record import Command, Evidence, Look, Mark, Request, WorldWrite
from rehearsal.drill.scenario import SCENARIOS, Inject, filled
from rehearsal.drill.verdict import judge
from rehearsal.fault import desk
from tests.unit.drill.seen import EAST, WEST, evidence, failed, read, write

WESTS = {f"b{n}/x": f"b{n}" for n in range(5)}


def ran(code: int = 0, outcome: str = "done") -> Command:
    return Command(arguments=("to",), began=2, ended=6, exit_code=code, outcome=outcome, detail="")


def good(**more: Any) -> Evidence:
    """A failover that lost nothing."""
    west = [write(7 + n / 10, f"b{n}/x", f"b{n}", region=WEST) for n in range(5)]
    requests = [write(1, "a/x", "a1"), failed(3), *west]
    held = {"a/x": "a1", **WESTS}
    told: dict[str, Any] = {
        "commands": [ran()],
        "moved_at": 5.0,
        "at_move": {"a/x": "a1"},
        "after": {EAST: held, WEST: dict(held)},
        "in_flight": [],
        "lost": [],
        "marks": [Mark(at=2, until=6, what="on", name=f"{EAST} is lost")],
    }
    return evidence(requests, **told | more)


def test_each_claim_tells_what_was_found_for_it() -> None:
    seen = good()
    found = {one.text: one.found for one in claims(SCENARIOS["region-outage"], seen, judge(seen))}
    assert found["The failover command exits with 0"] == "0 (done)"
    assert found[f"While it is lost, {EAST} answers nobody"] == "not once in 4.0 s"


def broken(name: str, seen: Evidence) -> list[str]:
    return [one.text for one in claims(SCENARIOS[name], seen, judge(seen)) if not one.holds]


def with_more(*requests: Request, **more: Any) -> Evidence:
    seen = good(**more)
    seen.requests = sorted([*seen.requests, *requests], key=lambda one: one.at)
    return seen


@pytest.mark.parametrize("name", ["planned-failover", "region-outage", "failback"])
def test_a_failover_that_loses_nothing_passes(name: str) -> None:
    assert broken(name, good()) == []


def test_a_planned_failover_must_lose_nothing() -> None:
    late = [WorldWrite(key="a/x", region=EAST, at=1.0)]
    seen = good(at_move={}, in_flight=late)
    assert broken("planned-failover", seen) == ["RPO is 0"]
    assert broken("region-outage", seen) == []
    gone = {EAST: dict(WESTS), WEST: dict(WESTS)}
    assert broken("planned-failover", good(after=gone, lost=late)) == ["No acknowledged write is lost"]
    assert broken("region-outage", good(after=gone, lost=late)) == []


def test_a_long_look_does_not_show_that_nothing_was_late() -> None:
    slow = Look(since=0.0, ended=8.0, users=1)
    assert broken("planned-failover", good(look=slow)) == [], "the world's ledger knows"
    assert broken("planned-failover", good(look=slow, in_flight=None, lost=None)) == ["RPO is 0"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"lost": [WorldWrite(key="a/x", region=EAST, at=1.0)]}, "The world's own ledger says the same"),
        ({"problems": ["the sky fell"]}, "The drill was played to its end"),
        ({"commands": [ran(1, "stopped")]}, "The failover command exits with 0"),
        ({"commands": []}, "The failover command exits with 0"),
        ({"after": {EAST: {"a/x": "a1", **WESTS}, WEST: {"a/x": "a1"}}}, "Both Regions end the same"),
    ],
)
def test_what_fails_any_drill(more: dict[str, Any], text: str) -> None:
    assert broken("region-outage", good(**more)) == [text]


def test_the_old_region_must_not_write_after_the_failover() -> None:
    seen = with_more(write(6, "c/x", "c1"))
    for copy in seen.after.values():
        copy["c/x"] = "c1"
    assert broken("region-outage", seen) == ["The old Region takes no write after the failover"]


@pytest.mark.parametrize("name", ["region-outage", "control-plane-loss"])
def test_a_disaster_that_never_happened_fails(name: str) -> None:
    ends = [ran(code) for code in SCENARIOS[name].exit_codes]
    claim = f"While it is lost, {EAST} answers nobody"
    assert broken(name, good(commands=ends)) == []
    assert broken(name, good(commands=ends, marks=[])) == [claim], "the fault was never on"
    brief = Mark(at=2, until=3, what="on", name=f"{EAST} is lost")
    assert broken(name, good(commands=ends, marks=[brief])) == [claim]
    alive = read(5, key="a/x", region=EAST)
    assert broken(name, with_more(alive, commands=ends)) == [claim]
    falling, risen = read(2.5, key="a/x", region=EAST), read(6.5, key="a/x", region=EAST)
    others, nobodys = read(5, key="a/x", region=WEST), read(5, key="a/x")
    assert broken(name, with_more(falling, risen, others, nobodys, commands=ends)) == []


def test_writes_that_do_not_come_back_fail() -> None:
    texts = broken("region-outage", with_more(failed(9)))
    assert texts == ["Writes come back for good"]


def test_a_split_brain_must_split_and_must_heal() -> None:
    assert "Both Regions wrote for a while" in broken("split-brain", good())
    marks = [Mark(at=10, what="heal", name="cut")]
    split = with_more(write(6, "c/x", "c1"), write(20, "d/x", "d1", region=WEST), marks=marks)
    for copy in split.after.values():
        copy |= {"c/x": "c1", "d/x": "d1"}
    assert broken("split-brain", split) == []
    relapsed = with_more(write(6, "c/x", "c1"), write(20, "d/x", "d1"), marks=marks)
    assert "Once healed, one Region writes" in broken("split-brain", relapsed)


def test_a_paused_replication_must_stop_a_planned_failover() -> None:
    assert "The writes stay where they were" in broken(
        "replication-pause", good(commands=[ran(1, "stopped")])
    )
    stayed = good(commands=[ran(1, "stopped")], moved_at=None, at_move=None, in_flight=None)
    assert broken("replication-pause", stayed) == []


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_every_fault_of_a_scenario_is_one_that_the_rehearsal_knows(scenario: Any) -> None:
    for act in scenario.acts:
        if isinstance(act, Inject):
            for fault in filled(act.faults, EAST, WEST):
                import json

                assert desk.read(json.dumps(fault).encode())
                assert "{" not in str(list(fault.values()))
