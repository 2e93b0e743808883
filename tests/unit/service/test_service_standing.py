"""What the dashboard is told."""

from typing import Literal

from dynamodr.fence.core import Verdict
from dynamodr.fence.follower import Reading
from dynamodr.fence.record import Heartbeat, Standing
from dynamodr.serve.standing import Status, status

EAST, WEST = "us-east-1", "us-west-2"
NOW = 1_000_000.0


Mode = Literal["any", "active-region"]


def told(standing: Standing, east: Heartbeat, west: Heartbeat, mode: Mode = "active-region") -> Status:
    verdict = Verdict(standing=standing, active_region=WEST, epoch=4, target=EAST)
    reading = Reading(verdict, {EAST: east, WEST: west}, {WEST: 1.24})
    return status(region=EAST, mode=mode, version="1", at="", wall=NOW, reading=reading, verdict=verdict)


def beat(region: str, ago: float, number: int, heard: dict[str, int]) -> Heartbeat:
    return Heartbeat(region=region, at=round((NOW - ago) * 1000), beat=number, epoch=4, heard=heard)


def lags(status: Status) -> dict[tuple[str, str], float | None]:
    return {(lag.source, lag.target): lag.seconds for lag in status.lag}


def test_the_lag_is_told_in_both_directions() -> None:
    status = told("standby", beat(EAST, 0.5, 10, {}), beat(WEST, 1.0, 7, {EAST: 9}))
    # Our 9th was written some 2.5 s ago; it was the newest there 1 s ago.
    assert lags(status) == {(WEST, EAST): 1.2, (EAST, WEST): 1.5}
    assert [(one.region, one.age_seconds) for one in status.heartbeats] == [(EAST, 0.5), (WEST, 1.0)]


def test_a_pause_of_one_direction_shows_in_it() -> None:
    status = told("standby", beat(EAST, 0.5, 40, {}), beat(WEST, 1.0, 37, {EAST: 10}))
    assert lags(status) == {(WEST, EAST): 1.2, (EAST, WEST): 59.5}


def test_what_nobody_knows_is_not_zero() -> None:
    unheard = told("standby", beat(EAST, 0.5, 10, {}), beat(WEST, 1.0, 7, {}))
    assert lags(unheard)[EAST, WEST] is None
    silent = told("standby", beat(EAST, 0.5, 40, {}), beat(WEST, 60.0, 7, {EAST: 10}))
    assert lags(silent)[EAST, WEST] is None


def test_whether_writes_are_taken_is_said_in_words() -> None:
    east, west = beat(EAST, 0.5, 10, {}), beat(WEST, 1.0, 7, {EAST: 9})
    assert told("standby", east, west).detail == "us-west-2 takes the writes."
    assert told("active", east, west).takes_writes
    moving = told("moving", east, west)
    assert (moving.takes_writes, moving.target) == (False, EAST)
    assert "moving to us-east-1" in moving.detail
    assert told("standby", east, west, "any").takes_writes
