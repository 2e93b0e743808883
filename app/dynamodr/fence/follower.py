"""The thread that follows the fence and writes the heartbeats: one in each worker, started after the fork.

It decides nothing: it reads, asks `core` and `pulse`, and does what they say.
"""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from dynamodr.fence.core import POLL_SECONDS, Observation, State, Verdict, decide
from dynamodr.fence.gate import boottime
from dynamodr.fence.pulse import BEAT_SECONDS, Lags, ages, arrived, due, heartbeat
from dynamodr.fence.record import Fence, Heartbeat, Site

RETRY_SECONDS = 0.1
log = logging.getLogger("dynamodr.fence")


class Table(Protocol):
    """This Region's replica, as `table.FenceTable` has it. Every method may raise anything."""

    def fence(self) -> Fence | None:
        """Read the fence, strongly consistent."""

    def heartbeats(self) -> dict[str, Heartbeat]:
        """Read all heartbeats, strongly consistent."""

    def beat(self, heartbeat: Heartbeat) -> bool:
        """Write a heartbeat over its predecessor."""


class Reading(msgspec.Struct, frozen=True):
    """What a worker knows after a turn. `lag`: seconds, by source Region; absent where unknown."""

    verdict: Verdict = Verdict()
    heartbeats: dict[str, Heartbeat] = {}
    lag: dict[str, float] = {}


class Follower:
    """Background work (see `serve.seam`). `tell` is called after each turn, on the follower's thread."""

    def __init__(
        self,
        site: Site,
        mode: str,
        table: Table,
        tell: Callable[[Reading], None],
        *,
        clock: Callable[[], float] = boottime,
        wall: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.reading = Reading()
        self._state = State(site=site)
        self._mode = mode
        self._table = table
        self._tell = tell
        self._clock = clock
        self._wall = wall
        self._draw = draw
        self._failed = False
        self._lags = Lags()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fence", daemon=True)

    def start(self) -> None:
        """Begin; return at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; return within a second."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=0.9)

    def turn(self) -> float:
        """Read, decide, tell, write a heartbeat if it's due; return the seconds until the next turn."""
        began = self._clock()
        wall_ms = round(self._wall() * 1000)
        observation = self._observe()
        before, state = self._state.heartbeats, self._state
        self._state, verdict = decide(state, observation, self._clock())
        if observation and observation.heartbeats is not None:
            self._lags = arrived(self._lags, before, observation.heartbeats, wall_ms)
        lag = ages(self._state, wall_ms, self._clock())
        previous, self.reading = self.reading, Reading(verdict, self._state.heartbeats, lag)
        self._tell(self.reading)
        if verdict.standing != previous.verdict.standing or verdict.epoch != previous.verdict.epoch:
            _log_change(previous.verdict, verdict, self._state)
        if observation is None:
            return RETRY_SECONDS
        self._beat(verdict)
        # Workers that were forked together shall not ask together for ever.
        pause = POLL_SECONDS if self._mode == "active-region" else BEAT_SECONDS
        return max(0.0, began + pause * (0.9 + 0.1 * self._draw()) - self._clock())

    def _run(self) -> None:
        delay = 0.0
        while not self._stopping.wait(delay):
            try:
                delay = self.turn()
            except Exception:  # the verdict ages and writes stop; the thread must live to open them again
                log.exception("fence_turn_failed")
                delay = POLL_SECONDS

    def _observe(self) -> Observation | None:
        heartbeats = None
        try:
            if self._wants_heartbeats():
                with contextlib.suppress(Exception):
                    heartbeats = self._table.heartbeats()
            started = self._clock()
            observation = Observation(started=started, fence=self._table.fence(), heartbeats=heartbeats)
        except Exception as error:  # noqa: BLE001 - whatever kept us from reading it, it's unknown
            if not self._failed:
                log.warning("fence_unread", extra={"error": repr(error)})
            self._failed = True
            return None
        self._failed = False
        return observation

    def _wants_heartbeats(self) -> bool:
        heard_at = self._state.heard_at
        if self._state.trusted is None or heard_at is None:
            return True
        # After a failure the fence itself is urgent.
        return not self._failed and self._clock() - heard_at >= BEAT_SECONDS * 0.9

    def _beat(self, verdict: Verdict) -> None:
        if self._state.heard_at is None:
            return
        wall_ms = round(self._wall() * 1000)
        if not due(self._state, wall_ms):
            return
        mine = heartbeat(self._state, verdict, self._lags, self._mode, wall_ms)
        try:
            written = self._table.beat(mine)
        except Exception as error:  # noqa: BLE001 - a missed beat is what the others will see
            log.warning("heartbeat_unwritten", extra={"error": repr(error)})
            return
        if written:
            known = self._state.heartbeats | {mine.region: mine}
            self._state = msgspec.structs.replace(self._state, heartbeats=known)


def _log_change(before: Verdict, after: Verdict, state: State) -> None:
    log.info(
        "fence",
        extra={
            "standing": after.standing,
            "was": before.standing,
            "active_region": after.active_region,
            "epoch": after.epoch,
            "trusted": state.trusted,
        },
    )
