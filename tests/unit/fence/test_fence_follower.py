"""The thread: it starts, tells, outlives every error, and ends."""

import threading
import time

import pytest
from dynamodr.fence.core import MAX_AGE
from dynamodr.fence.follower import Follower, Reading, Table
from dynamodr.fence.items import MalformedItemError
from dynamodr.fence.record import Fence, Heartbeat, Site

SITE = Site(region="us-east-1", regions=("us-east-1", "us-west-2"))


class Memory:
    """A replica of one."""

    def __init__(self) -> None:
        self.stored: Fence | None = None
        self.beats: dict[str, Heartbeat] = {}
        self.error: Exception | None = None
        self.deaf = False
        self.mute = False
        self.asked: list[str] = []

    def fence(self) -> Fence | None:
        self.asked.append("fence")
        if self.error:
            raise self.error
        return self.stored

    def heartbeats(self) -> dict[str, Heartbeat]:
        self.asked.append("heartbeats")
        if self.deaf:
            raise OSError("gone")
        return dict(self.beats)

    def beat(self, heartbeat: Heartbeat) -> bool:
        if self.mute:
            raise OSError("gone")
        self.beats[heartbeat.region] = heartbeat
        return True


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def standing(told: list[Reading]) -> str:
    return told[-1].verdict.standing


def follower(table: Table, clock: Hand, mode: str = "active-region") -> tuple[Follower, list[Reading]]:
    told: list[Reading] = []
    made = Follower(SITE, mode, table, told.append, clock=clock, wall=lambda: 1_800_000_000 + clock.now)
    return made, told


def test_it_tells_and_writes_a_heartbeat() -> None:
    table, clock = Memory(), Hand()
    one, told = follower(table, clock)
    pause = one.turn()
    assert standing(told) == "active"
    assert 0.8 <= pause <= 1.0
    assert table.beats["us-east-1"].standing == "active"


def test_in_write_mode_any_it_asks_at_the_heartbeats_pace() -> None:
    table, clock = Memory(), Hand()
    one, _ = follower(table, clock, "any")
    assert 1.7 <= one.turn() <= 2.0
    assert table.beats["us-east-1"].mode == "any"


def test_what_is_read_slowly_is_as_old_as_the_question() -> None:
    clock = Hand()

    class Slow(Memory):
        def fence(self) -> Fence | None:
            clock.now += 1.0
            return super().fence()

    one, told = follower(Slow(), clock)
    one.turn()
    assert told[-1].verdict.until == MAX_AGE


def test_a_heartbeat_says_what_was_heard_before_its_fence_was_read() -> None:
    """Who waits for an answer would else take one that knows of an older fence."""
    west = Heartbeat(region="us-west-2", at=0, beat=7)

    class Moved(Memory):
        def fence(self) -> Fence | None:
            found = super().fence()
            self.stored = Fence(active_region="us-west-2", epoch=2)
            self.beats["us-west-2"] = west
            return found

    table, clock = Moved(), Hand()
    table.stored = Fence(active_region="us-east-1", epoch=1)
    one, _ = follower(table, clock)
    one.turn()
    own = table.beats["us-east-1"]
    assert (own.epoch, own.heard) == (1, {})
    clock.now = 2.1
    one.turn()
    own = table.beats["us-east-1"]
    assert (own.epoch, own.heard) == (2, {"us-west-2": 7})


@pytest.mark.parametrize("error", [OSError("gone"), MalformedItemError("what is this")])
def test_a_fence_that_cannot_be_read_is_asked_for_again_soon_and_closes_in_time(error: Exception) -> None:
    table, clock = Memory(), Hand()
    one, told = follower(table, clock)
    one.turn()
    table.error = error
    clock.now = MAX_AGE - 0.1
    assert one.turn() <= 0.2
    assert standing(told) == "active"
    clock.now = MAX_AGE + 0.1
    one.turn()
    assert standing(told) == "unknown"


def test_after_a_failure_the_fence_is_asked_for_alone() -> None:
    table, clock = Memory(), Hand()
    one, _ = follower(table, clock)
    one.turn()
    table.error = OSError("gone")
    clock.now = 1.9
    one.turn()
    assert table.asked == ["heartbeats", "fence"] * 2
    table.error = None
    one.turn()
    assert table.asked[4:] == ["fence"]


def test_heartbeats_that_cannot_be_read_do_not_close_it() -> None:
    table, clock = Memory(), Hand()
    one, told = follower(table, clock)
    one.turn()
    table.deaf = True
    for second in range(1, 60):
        clock.now = float(second)
        one.turn()
        assert standing(told) == "active"
    assert told[-1].lag == {}


def test_a_heartbeat_that_cannot_be_written_does_not_either() -> None:
    table, clock = Memory(), Hand()
    one, told = follower(table, clock)
    one.turn()
    table.mute = True
    clock.now = 2.1
    one.turn()
    assert standing(told) == "active"
    assert table.beats["us-east-1"].beat == 1


def test_the_thread_lives_on_whatever_happens_and_ends_when_told() -> None:
    table, told = Memory(), threading.Event()
    turns = iter(range(1000))

    def tell(_: Reading) -> None:
        if next(turns) == 0:
            raise RuntimeError("a bug")
        told.set()

    one = Follower(SITE, "active-region", table, tell)
    one.start()
    assert told.wait(10.0)
    began = time.monotonic()
    one.stop()
    assert time.monotonic() - began < 1.0
    assert not one._thread.is_alive()
