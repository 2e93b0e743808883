"""The verdict: what is counted as RTO, RPO, lost, and when the world's ledger disagrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.drill.figures import figures
from rehearsal.drill.record import Look, Request, WorldWrite
from rehearsal.drill.verdict import judge, outage
from tests.unit.drill.seen import EAST, WEST, evidence, failed, read, write

BOTH: dict[str, dict[str, str]] = {EAST: {}, WEST: {}}


def test_rto_is_from_the_last_good_answer_to_the_first_one_for_good() -> None:
    reads = [read(1), read(2), read(3, ok=False), read(4), read(5, ok=False), read(6), read(7)]
    found = outage(reads, "read")
    assert (found.failed, found.total) == (2, 7)
    assert found.last_good == pytest.approx(2.01)
    assert found.first_good == pytest.approx(6.01), "4 was not for good"
    assert found.seconds == pytest.approx(4)
    assert found.longest_silence == pytest.approx(2)


def test_reads_and_writes_are_told_apart() -> None:
    verdict = judge(evidence([write(1, "a/x", "w1"), read(1.5), failed(2), write(3, "b/x", "w2"), read(3.5)]))
    assert verdict.reads.seconds == 0
    assert verdict.reads.failed == 0
    assert verdict.writes.seconds == pytest.approx(2)
    assert [(one.cause, one.reads, one.writes) for one in verdict.failures] == [("connection reset", 0, 1)]


@pytest.mark.parametrize(
    "reads", [[read(1), read(2, ok=False)], [read(1, ok=False), read(2)], [read(1, ok=False)]]
)
def test_what_never_was_or_never_came_back_has_no_rto(reads: list[Request]) -> None:
    assert outage(reads, "read").seconds is None


def test_rpo_counts_what_the_target_did_not_hold_when_the_writes_became_its_own() -> None:
    requests = [
        write(1, "a/x", "a1"),
        write(2, "a/x", "a2", over="a1"),  # arrived
        write(3, "b/x", "b1"),  # on its way
        write(4, "a/x", "a3", over="a2"),  # on its way
        write(4.5, "d/x", "d1", region=WEST),  # the target's own: not what a failover leaves behind
        write(6, "c/x", "c1", region=WEST),
    ]
    verdict = judge(evidence(requests, moved_at=5.0, at_move={"a/x": "a2"}, after=BOTH))
    assert [one.write for one in verdict.missing] == ["b1", "a3"]
    assert verdict.rpo_writes == 2
    assert verdict.rpo_seconds == pytest.approx(1), "from b1 to the source's last, a3"
    assert [one.kept for one in verdict.missing] == ["", "a2"]


def test_rpo_is_a_lower_bound_where_the_look_took_long() -> None:
    requests = [write(1, "a/x", "a1"), write(2, "b/x", "b1")]
    quick = Look(since=0.0, ended=5.4, users=2)
    found = judge(evidence(requests, moved_at=5.0, at_move={"a/x": "a1"}, look=quick))
    assert (found.rpo_writes, found.rpo_at_least) == (1, False)
    assert found.look_seconds == pytest.approx(0.4)
    slow = Look(since=0.0, ended=7.0, users=2)
    found = judge(evidence(requests, moved_at=5.0, at_move={"a/x": "a1"}, look=slow))
    assert (found.rpo_writes, found.rpo_at_least) == (1, True)
    assert ("RPO at the failover", "at least 1 writes, 0.0 s") in figures(found)


def test_what_was_not_looked_for_is_not_counted_as_missing() -> None:
    requests = [write(1, "old/x", "o1"), write(3, "a/x", "a1"), write(4, "heard-late/x", "h1")]
    look = Look(since=2.0, ended=5.1, users=1, late=("heard-late/x",))
    found = judge(evidence(requests, moved_at=5.0, at_move={"a/x": "a1"}, look=look))
    assert (found.rpo_writes, found.rpo_at_least) == (0, True)


def test_a_move_that_could_not_be_looked_at_is_no_standing_still() -> None:
    requests = [write(1, "a/x", "a1")]
    blind, still = judge(evidence(requests, moved_at=5.0)), judge(evidence(requests))
    assert (blind.rpo_writes, blind.moved) == (None, True)
    assert ("RPO at the failover", "unknown, the target could not be read") in figures(blind)
    assert ("RPO at the failover", "nothing moved") in figures(still)


def test_without_a_move_there_is_no_rpo() -> None:
    verdict = judge(evidence([write(1, "a/x", "a1")], after={EAST: {"a/x": "a1"}, WEST: {"a/x": "a1"}}))
    assert (verdict.rpo_writes, verdict.rpo_seconds, verdict.lost) == (None, None, ())


def test_a_write_under_a_later_one_is_not_lost_and_one_beside_it_is() -> None:
    requests = [
        write(1, "a/x", "a1"),
        write(2, "a/x", "east", over="a1"),
        write(3, "a/x", "west", over="a1", region=WEST),
        write(4, "a/x", "later", over="west", region=WEST),
    ]
    verdict = judge(evidence(requests, after={EAST: {"a/x": "later"}, WEST: {"a/x": "later"}}))
    assert [(one.write, one.region, one.kept) for one in verdict.lost] == [("east", EAST, "later")]
    assert verdict.converged


def test_regions_that_differ_have_not_converged() -> None:
    after = {EAST: {"a/x": "a1"}, WEST: {}}
    assert not judge(evidence([write(1, "a/x", "a1")], after=after)).converged
    assert not judge(evidence([], after={EAST: {}})).converged, "one copy is no two"


def test_a_doubtful_write_is_not_promised_and_hides_nothing_below_it() -> None:
    """Its id is the service's to give, and nobody was told: what is stored must be it."""
    requests = [write(1, "a/x", "a1"), failed(2, "a/x", over="a1", doubtful=True)]
    after = {EAST: {"a/x": "strange"}, WEST: {"a/x": "strange"}}
    assert judge(evidence(requests, after=after)).lost == ()
    assert len(judge(evidence(requests[:1], after=after)).lost) == 1, "without a doubt a1 was overwritten"


def test_writes_of_both_regions_after_the_move_are_counted() -> None:
    requests = [write(1, "a/x", "a1"), write(6, "b/x", "b1"), write(7, "c/x", "c1", region=WEST)]
    verdict = judge(evidence(requests, moved_at=5.0, at_move={"a/x": "a1"}, after=BOTH))
    assert verdict.both_wrote == 1


LATE = WorldWrite(key="b/x", region=EAST, at=3.0)


@pytest.mark.parametrize(
    ("in_flight", "lost", "wrong"),
    [
        ([LATE], [], []),
        ([], [], ["b/x: 1 writes not in the target at the failover, 0 by the world's ledger"]),
        ([LATE, LATE], [], ["b/x: 1 writes not in the target at the failover, 2 by the world's ledger"]),
        ([LATE], [LATE], ["b/x: 0 writes lost in the end, 1 by the world's ledger"]),
        ([LATE, WorldWrite(key="a/x", region=EAST, at=9.0)], [], []),  # after the move
    ],
)
def test_the_worlds_ledger_is_held_against_the_count(
    in_flight: list[WorldWrite], lost: list[WorldWrite], wrong: list[str]
) -> None:
    requests = [write(1, "a/x", "a1"), write(3, "b/x", "b1")]
    held = {"a/x": "a1", "b/x": "b1"}
    verdict = judge(
        evidence(
            requests,
            moved_at=5.0,
            at_move={"a/x": "a1"},
            after={EAST: held, WEST: held},
            in_flight=in_flight,
            lost=lost,
        )
    )
    assert list(verdict.disagreements) == wrong
    assert verdict.ledger_checked


def test_a_doubtful_write_may_be_in_the_ledger() -> None:
    requests = [write(1, "a/x", "a1"), failed(3, "a/x", over="a1", doubtful=True)]
    held = {"a/x": "a1"}
    lost = [WorldWrite(key="a/x", region=EAST, at=3.0)]
    found = judge(evidence(requests, after={EAST: held, WEST: held}, lost=lost))
    assert found.disagreements == ()
    found = judge(evidence(requests, after={EAST: held, WEST: held}, lost=lost * 2))
    assert found.disagreements


def test_a_write_that_crosses_the_moment_may_be_in_the_ledger() -> None:
    crossing = Request(at=4.9, seconds=0.3, kind="write", ok=True, key="a/x", write="a1", region=EAST)
    entry = [WorldWrite(key="a/x", region=EAST, at=4.95)]
    after = {EAST: {"a/x": "a1"}, WEST: {"a/x": "a1"}}
    found = judge(evidence([crossing], moved_at=5.0, at_move={}, in_flight=entry, lost=[], after=after))
    assert found.disagreements == ()


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Request], dict[str, str], int]:
    """Two Regions, cut off from each other, each writing over what it has; then the last writer wins."""
    stored: dict[str, dict[str, tuple[float, str]]] = {EAST: {}, WEST: {}}
    over: dict[str, str] = {}
    requests, cut = [], draw(st.integers(0, 12))
    for number in range(draw(st.integers(1, 25))):
        region = EAST if number < cut else draw(st.sampled_from((EAST, WEST)))
        key, name, at = f"{draw(st.sampled_from('abc'))}/x", f"w{number}", float(number)
        over[name] = stored[region].get(key, (0.0, ""))[1]
        requests.append(write(at, key, name, over=over[name], region=region))
        stored[region][key] = (at, name)
        if number < cut:
            stored[WEST][key] = (at, name)
    final, lost = {}, 0
    for key in stored[EAST].keys() | stored[WEST].keys():
        final[key] = max(copy[key] for copy in stored.values() if key in copy)[1]
        kept, name = set(), final[key]
        while name:
            kept.add(name)
            name = over[name]
        lost += sum(one.key == key and one.write not in kept for one in requests)
    return requests, final, lost


@given(histories())
def test_exactly_what_the_last_writer_buried_is_lost(told: tuple[list[Request], dict[str, str], int]) -> None:
    requests, final, lost = told
    verdict = judge(evidence(requests, after={EAST: final, WEST: dict(final)}))
    assert len(verdict.lost) == lost
    assert verdict.acknowledged == len(requests)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_an_outage_covers_every_failure(answers: list[bool]) -> None:
    found = outage([read(float(n), ok=ok) for n, ok in enumerate(answers)], "read")
    assert found.failed == answers.count(False)
    if not found.failed:
        assert found.seconds == 0
    elif answers[0] and answers[-1]:
        inside = [n for n, ok in enumerate(answers) if not ok]
        assert found.last_good is not None
        assert found.first_good is not None
        assert found.last_good <= inside[0]
        assert found.first_good >= inside[-1]
        assert found.seconds == pytest.approx(inside[-1] - inside[0] + 2)
    else:
        assert found.seconds is None
