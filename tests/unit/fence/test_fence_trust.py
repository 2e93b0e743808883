"""What is evidence that a replica may be believed after a gap, and what isn't."""

import pytest
from dynamodr.fence.record import Fence, Heartbeat, Site
from dynamodr.fence.trust import SILENCE_SECONDS, Mark, evidence, noted

EAST, WEST = "us-east-1", "us-west-2"
SITE = Site(region=EAST, regions=(EAST, WEST))
OURS = Fence(active_region=EAST, epoch=4, written_in=WEST)


def east(beat: int, vouched: int = 0) -> Heartbeat:
    return Heartbeat(region=EAST, at=0, beat=beat, epoch=4, vouched=vouched)


def west(beat: int, heard: int = 0, epoch: int = 4) -> Heartbeat:
    return Heartbeat(region=WEST, at=0, beat=beat, epoch=epoch, heard={EAST: heard} if heard else {})


def since(*beats: Heartbeat, epoch: int = 4) -> Mark:
    return noted(Mark(epoch), SITE, {beat.region: beat for beat in beats}, 0.0)


def found(
    mark: Mark, fence: Fence | None, *beats: Heartbeat, now: float = 1.0, site: Site = SITE
) -> str | None:
    return evidence(site, mark, fence, {beat.region: beat for beat in beats}, now)


def test_a_table_with_one_region_needs_none() -> None:
    assert found(Mark(4), OURS, site=Site(region=EAST, regions=(EAST,))) == "alone"


def test_a_table_that_nobody_ever_served_from() -> None:
    assert found(Mark(0), None) == "born"


@pytest.mark.parametrize("beats", [(east(1),), (west(1),)], ids=["own", "peer's"])
def test_a_heartbeat_however_old_says_that_somebody_did(beats: tuple[Heartbeat, ...]) -> None:
    assert found(since(*beats, epoch=0), None, *beats) is None


def test_a_fence_without_heartbeats_says_so_too() -> None:
    assert found(since(), OURS) is None


def test_heartbeats_that_cannot_be_read_are_not_absent_ones() -> None:
    assert evidence(SITE, Mark(0), None, None, 1.0) is None


def test_a_sibling_that_vouches_after_the_gap() -> None:
    mark = since(east(10, vouched=10), west(3))
    assert found(mark, OURS, east(11, vouched=11), west(3)) == "sibling"


def test_a_sibling_that_vouched_before_it_does_not_count() -> None:
    mark = since(east(10, vouched=10), west(3))
    assert found(mark, OURS, east(10, vouched=10), west(3)) is None


def test_a_sibling_that_cannot_vouch_either_does_not_count() -> None:
    mark = since(east(10, vouched=10), west(3))
    assert found(mark, OURS, east(12, vouched=10), west(3)) is None


def test_a_peer_that_has_heard_us_since() -> None:
    mark = since(east(10), west(3))
    assert found(mark, OURS, east(11), west(4, heard=11)) == "peer"


def test_a_peers_heartbeat_that_is_late_does_not_count_however_many_follow() -> None:
    mark = since(east(10), west(3))
    for beat in range(4, 50):
        assert found(mark, OURS, east(11), west(beat, heard=10)) is None


def test_a_peer_that_knows_a_higher_epoch_makes_us_wait_for_it() -> None:
    mark = since(east(10), west(3))
    assert found(mark, OURS, east(11), west(4, heard=11, epoch=5)) is None
    newer = Fence(active_region=WEST, epoch=5, written_in=WEST)
    assert found(mark, newer, east(11), west(4, heard=11, epoch=5)) == "peer"


def test_an_operator_who_writes_here_after_the_gap() -> None:
    here = Fence(active_region=EAST, epoch=5, written_in=EAST)
    assert found(since(east(10), west(3)), here, east(10), west(3)) == "operator"


def test_a_fence_that_was_written_here_before_the_gap_does_not_count() -> None:
    here = Fence(active_region=EAST, epoch=4, written_in=EAST)
    assert found(since(east(10), west(3)), here, east(10), west(3)) is None


def test_a_fence_that_was_replicated_here_after_the_gap_does_not_count() -> None:
    there = Fence(active_region=EAST, epoch=5, written_in=WEST)
    assert found(since(east(10), west(3)), there, east(10), west(3)) is None


SOLE = Fence(active_region=EAST, epoch=104, written_in=EAST, forced=True)


def test_a_survivor_that_hears_nobody_goes_on_alone() -> None:
    mark = since(east(10), west(3), epoch=104)
    assert found(mark, SOLE, east(10), west(3), now=SILENCE_SECONDS - 0.1) is None
    assert found(mark, SOLE, east(10), west(3), now=SILENCE_SECONDS) == "sole"


def test_not_where_the_fence_was_not_forced() -> None:
    fence = Fence(active_region=EAST, epoch=104, written_in=EAST)
    assert found(since(east(10), west(3), epoch=104), fence, east(10), west(3), now=99.0) is None


def test_not_where_the_other_region_once_knew_of_the_fence() -> None:
    known = west(3, epoch=104)
    assert found(since(east(10), known, epoch=104), SOLE, east(10), known, now=99.0) is None


def test_not_while_the_other_region_is_heard_be_it_from_long_ago() -> None:
    mark = since(east(10), west(3), epoch=104)
    for second in range(1, 60):
        beats = {EAST: east(10), WEST: west(3 + second)}
        mark = noted(mark, SITE, beats, float(second))
        assert evidence(SITE, mark, SOLE, beats, float(second)) is None
    assert evidence(SITE, mark, SOLE, beats, 59.0 + SILENCE_SECONDS) == "sole"


def test_what_was_noted_first_of_our_own_beats_stays_noted() -> None:
    mark = noted(since(east(10), west(3)), SITE, {EAST: east(15), WEST: west(9)}, 5.0)
    assert (mark.beat, mark.peers, mark.news) == (10, {WEST: 9}, 5.0)
