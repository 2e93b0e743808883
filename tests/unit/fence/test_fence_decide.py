"""From what was read, and when, to whether writes are taken."""

from dynamodr.fence.core import MAX_AGE, Observation, State, Verdict, decide
from dynamodr.fence.record import Fence, Heartbeat, Site

EAST, WEST = "us-east-1", "us-west-2"
SITE = Site(region=EAST, regions=(EAST, WEST))


def read(at: float, fence: Fence | None = None, beats: dict[str, Heartbeat] | None = None) -> Observation:
    return Observation(started=at, fence=fence, heartbeats=beats)


def follow(
    *observations: Observation, site: Site = SITE, state: State | None = None
) -> tuple[State, Verdict]:
    """Take in several reads; the first one after a start finds a table just born, and so is believed."""
    verdict = Verdict()
    state = state or decide(State(site=site), read(0.0, None, {}), 0.0)[0]
    for observation in observations:
        state, verdict = decide(state, observation, observation.started + 0.01)
    return state, verdict


def test_without_a_fence_the_home_region_writes_and_the_others_stand_by() -> None:
    _, here = follow(read(1.0))
    assert (here.standing, here.active_region, here.epoch) == ("active", EAST, 0)
    _, there = follow(read(1.0), site=Site(region=WEST, regions=(EAST, WEST)))
    assert (there.standing, there.active_region) == ("standby", EAST)


def test_nothing_was_read_yet() -> None:
    state, verdict = decide(State(site=SITE), None, 100.0)
    assert verdict.standing == "unknown"
    assert Verdict().at(0.0).standing == "unknown"
    assert state.read is None


def test_a_verdict_expires_max_age_after_its_read_has_started() -> None:
    _, verdict = follow(read(1.0))
    assert verdict.at(1.0 + MAX_AGE - 0.001).standing == "active"
    assert verdict.at(1.0 + MAX_AGE).standing == "unknown"


def test_an_answer_that_took_longer_than_max_age_is_too_old_when_it_comes() -> None:
    state, _ = follow(read(1.0))
    _, verdict = decide(state, read(2.0), 2.0 + MAX_AGE)
    assert verdict.standing == "unknown"


def test_a_failed_read_changes_nothing_until_the_last_one_is_too_old() -> None:
    state, _ = follow(read(1.0))
    state, verdict = decide(state, None, 1.0 + MAX_AGE - 0.1)
    assert verdict.standing == "active"
    state, verdict = decide(state, None, 1.0 + MAX_AGE + 0.1)
    assert verdict.standing == "unknown"


def test_after_a_gap_the_same_fence_is_no_longer_believed() -> None:
    state, _ = follow(read(1.0))
    _, verdict = follow(read(1.0 + MAX_AGE + 0.1), state=state)
    assert verdict.standing == "unproven"


def test_nor_is_it_for_what_was_vouched_for_before_the_gap() -> None:
    """The process stood still: no read has failed."""
    state, _ = follow(read(1.0))
    own = {EAST: Heartbeat(region=EAST, at=0, beat=5, vouched=5)}
    _, verdict = follow(read(1.0 + MAX_AGE + 0.1, None, own), state=state)
    assert verdict.standing == "unproven"


def test_without_a_gap_it_is() -> None:
    state, _ = follow(read(1.0))
    _, verdict = follow(read(1.0 + MAX_AGE - 0.1), state=state)
    assert verdict.standing == "active"


def test_the_fence_closes_and_opens() -> None:
    moving = Fence(active_region="", epoch=1, source=EAST, target=WEST)
    away = Fence(active_region=WEST, epoch=2)
    back = Fence(active_region=EAST, epoch=3)
    state, verdict = follow(read(1.0), read(2.0, moving))
    assert (verdict.standing, verdict.target) == ("moving", WEST)
    state, verdict = follow(read(3.0, away), state=state)
    assert (verdict.standing, verdict.active_region) == ("standby", WEST)
    state, verdict = follow(read(4.0, back), state=state)
    assert (verdict.standing, verdict.epoch) == ("active", 3)


def test_a_peer_that_knows_a_higher_epoch_closes_it_before_the_fence_arrives() -> None:
    peer = {WEST: Heartbeat(region=WEST, at=0, beat=9, epoch=1)}
    state, verdict = follow(read(1.0), read(2.0, None, peer))
    assert verdict.standing == "behind"
    _, verdict = follow(read(3.0, Fence(active_region=EAST, epoch=1)), state=state)
    assert verdict.standing == "active"


def test_an_epoch_that_goes_back_is_not_acted_upon() -> None:
    state, _ = follow(read(1.0), read(2.0, Fence(active_region=WEST, epoch=7)))
    _, verdict = follow(read(3.0, Fence(active_region=EAST, epoch=6)), state=state)
    assert verdict.standing == "behind"


def test_regions_that_were_given_different_homes_do_not_both_write() -> None:
    peer = {WEST: Heartbeat(region=WEST, at=0, beat=9, home=WEST)}
    _, verdict = follow(read(1.0), read(2.0, None, peer))
    assert verdict.standing == "unproven"
    _, verdict = follow(read(1.0), read(2.0, Fence(active_region=EAST, epoch=1), peer))
    assert verdict.standing == "active"


def test_heartbeats_of_other_tables_regions_do_not_count() -> None:
    stranger = {"eu-west-1": Heartbeat(region="eu-west-1", at=0, beat=9, epoch=99)}
    _, verdict = follow(read(1.0), read(2.0, None, stranger))
    assert verdict.standing == "active"
