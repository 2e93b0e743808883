"""Heartbeats: one write a beat for a Region, whoever makes it; lag that is unknown is not nought."""

from dynamodr.fence.core import State, Verdict
from dynamodr.fence.follower import Table
from dynamodr.fence.pulse import (
    BEAT_SECONDS,
    STALE_SECONDS,
    WINDOW_MINUTES,
    Lags,
    ages,
    arrived,
    due,
    heartbeat,
)
from dynamodr.fence.record import Fence, Heartbeat, Site
from dynamodr.fence.trust import Evidence

from tests.unit.failover.virtual.time import WALL
from tests.unit.failover.virtual.world import EAST, REGIONS, WEST, World

SITE = Site(region=EAST, regions=REGIONS)
AT = 1_800_000_000_000


def state(
    *beats: Heartbeat, trusted: Evidence | None = "peer", highest: int = 0, heard_at: float | None = 100.0
) -> State:
    held = {beat.region: beat for beat in beats}
    return State(site=SITE, heartbeats=held, heard_at=heard_at, trusted=trusted, highest=highest)


def own(at: int, vouched: int = 5, epoch: int = 0) -> Heartbeat:
    return Heartbeat(region=EAST, at=at, beat=5, vouched=vouched, epoch=epoch)


class Counting:
    """Passes a follower's reads on, and counts them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.calls = {"fence": 0, "heartbeats": 0}

    def fence(self) -> Fence | None:
        self.calls["fence"] += 1
        return self.table.fence()

    def heartbeats(self) -> dict[str, Heartbeat]:
        self.calls["heartbeats"] += 1
        return self.table.heartbeats()

    def beat(self, heartbeat: Heartbeat) -> bool:
        return self.table.beat(heartbeat)


def test_many_workers_make_about_one_write_a_beat() -> None:
    world = World(writing=False, pods=20)
    world.time.sleep(20.0)
    before = world.table.read(EAST, f"beat {EAST}").beat
    world.time.sleep(100.0)
    written = world.table.read(EAST, f"beat {EAST}").beat - before
    assert 100.0 / (BEAT_SECONDS + 1.0) <= written <= 100.0 / BEAT_SECONDS + 1


def test_a_worker_reads_no_more_than_it_must() -> None:
    """One fence a second, the heartbeats every other: 1.5 strongly consistent reads."""
    world = World(writing=False, pods=1)
    world.time.sleep(20.0)
    follower = world.pods[0].follower
    follower._table = counting = Counting(follower._table)
    world.time.sleep(60.0)
    assert counting.calls["fence"] <= 68
    assert counting.calls["heartbeats"] <= 35


def test_due() -> None:
    assert due(state(), AT)
    assert not due(state(own(AT)), AT + 1900)
    assert due(state(own(AT)), AT + 2000)


def test_a_heartbeat_from_the_future_does_not_silence_the_region() -> None:
    assert due(state(own(AT + 3_600_000)), AT)


def test_a_new_epoch_is_told_at_once() -> None:
    assert due(state(own(AT, epoch=3), highest=4), AT)
    assert not due(state(own(AT, epoch=4), highest=4), AT)


def test_who_can_vouch_does_so_at_once_where_the_last_writer_could_not() -> None:
    assert due(state(own(AT, vouched=4)), AT)
    assert not due(state(own(AT, vouched=4), trusted=None), AT)


def test_only_who_knows_vouches() -> None:
    active = Verdict(standing="active")
    assert heartbeat(state(own(AT)), active, Lags(), "any", AT).vouched == 6
    assert heartbeat(state(own(AT), trusted=None), active, Lags(), "any", AT).vouched == 5
    assert heartbeat(state(own(AT)), Verdict(standing="behind"), Lags(), "any", AT).vouched == 5


def test_what_a_heartbeat_says() -> None:
    peer = Heartbeat(region=WEST, at=AT, beat=77)
    beat = heartbeat(
        state(own(AT), peer, highest=4), Verdict(standing="standby"), Lags({WEST: ((1, 70),)}), "any", AT + 9
    )
    assert beat == Heartbeat(
        region=EAST,
        at=AT + 9,
        beat=6,
        epoch=4,
        vouched=6,
        heard={WEST: 77},
        lag={WEST: 70},
        standing="standby",
        mode="any",
        home=EAST,
    )


def test_lag_is_the_age_of_the_newest_heartbeat_here() -> None:
    assert ages(state(Heartbeat(region=WEST, at=AT)), AT + 1500, 100.0) == {WEST: 1.5}


def test_lag_by_a_clock_that_is_behind_is_not_negative() -> None:
    assert ages(state(Heartbeat(region=WEST, at=AT)), AT - 1500, 100.0) == {WEST: 0.0}


def test_unknown_lag_is_absent() -> None:
    assert ages(state(own(AT)), AT, 100.0) == {}
    assert ages(state(Heartbeat(region=WEST, at=AT), heard_at=None), AT, 100.0) == {}
    assert ages(state(Heartbeat(region=WEST, at=AT)), AT, 100.1 + STALE_SECONDS) == {}


def test_the_worst_arrival_is_kept_for_some_minutes() -> None:
    def west(beat: int, at: int) -> dict[str, Heartbeat]:
        return {WEST: Heartbeat(region=WEST, at=at, beat=beat)}

    lags = arrived(Lags(), {}, west(1, AT - 900_000), AT)
    assert lags.recent() == {}, "what lay here before we came says nothing"
    lags = arrived(lags, west(1, AT), west(2, AT), AT + 700)
    lags = arrived(lags, west(2, AT), west(3, AT), AT + 300)
    lags = arrived(lags, west(3, AT), west(3, AT), AT + 9000)
    assert lags.recent() == {WEST: 700}
    later = AT + WINDOW_MINUTES * 60_000
    lags = arrived(lags, west(3, AT), west(4, later), later + 100)
    assert lags.recent() == {WEST: 100}


def test_lag_is_measured_through_the_data() -> None:
    world = World(writing=False)
    world.table.lag = (3.0, 3.0)
    world.time.sleep(30.0)
    lag = world.pods[0].follower.reading.lag[WEST]
    assert 3.0 <= lag <= 3.0 + 2 * BEAT_SECONDS
    world.table.pause(WEST, EAST)
    world.time.sleep(60.0)
    assert world.pods[0].follower.reading.lag[WEST] > 60.0
    assert world.time.wall() > WALL
