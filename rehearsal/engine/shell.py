"""The thin shell around the core: a clock, locks, and an engine that does what the core says.

Locks are taken in this order: step, an engine's guard, the core's. (moto's guard is the core's lock.)
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING

from rehearsal.core.effects import AlterCopy, DropCopy, Effect, MakeCopy
from rehearsal.core.errors import AwsError
from rehearsal.core.expiry import has_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.core.global_tables import GlobalTables
    from rehearsal.core.items import Attributes, ItemName
    from rehearsal.core.replication import Arrival
    from rehearsal.core.versions import Write
    from rehearsal.engine.base import Engine

LOG = logging.getLogger(__name__)
GRAIN = 0.005
"""Seconds: what is due sooner after a look waits for this long, so that many writes are one look."""


class Shell:
    """The core in time. `clock` returns seconds since the epoch; `lock` guards the core."""

    def __init__(
        self,
        core: GlobalTables,
        engine: Engine,
        clock: Callable[[], float],
        lock: threading.RLock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pause = pause
        self.core = core
        self.engine = engine
        self.clock = clock
        self.lock = lock
        self.address = "localhost"
        self._step_lock = threading.RLock()
        self._wake = threading.Event()
        self._wakes_at = 0.0

    def record(self, region: str, item: ItemName, image: Attributes | None) -> Write:
        """Record a write that the engine has made, and let the other Regions have it later.

        Those of a strongly consistent table that can be reached have it when this returns.
        """
        replication = self.core.replication
        with self.lock:
            write = replication.write(region, item, image, self.clock())
            due = replication.next_due() if write.pending else None
        if item.table in replication.strong:
            self.catch_up(item.table, source=region)
        elif due is not None and due < self._wakes_at:
            self._wake.set()
        return write

    def catch_up(self, table: str, source: str | None = None, target: str | None = None) -> None:
        """Deliver all of a table that no hold keeps back, from a Region or to one."""
        with self.lock:
            now, arrivals = self.clock(), self.core.replication.at_once(table, source, target)
        for arrival in arrivals:
            self._deliver(arrival, now)

    @contextlib.contextmanager
    def stepping(self) -> Iterator[float]:
        """Let all happen that is due, then hold the core still at that time."""
        with self._step_lock:
            now = self.step()
            try:
                with self.lock:
                    yield now
            finally:
                self._perform()
        self._wake.set()

    def step(self) -> float:
        """Let all happen that is due, and do it. Returns the time of it."""
        with self._step_lock:
            now = self.clock()
            with self.lock:
                self.core.advance(now)
            self._perform()
            with self.lock:
                arrivals = self.core.replication.arrivals(now)
                expired = self.core.expiry.due(self.core.control, now)
            for arrival in arrivals:
                self._deliver(arrival, now)
            for region, item in expired:
                self._expire(region, item)
            return now

    def _expire(self, region: str, item: ItemName) -> None:
        table = item.table.split("/")[0]
        with self.engine.guard(region, [item]):
            copy = self.core.control.find(region, table)
            attribute = None if copy is None else copy.group.definition.ttl_attribute
            # What has been written since the look may not be expired.
            if attribute and has_expired(self.engine.get(region, table, item.key), attribute, self.clock()):
                self.engine.delete(region, table, item.key)
                self.record(region, item, None)

    def run(self, stop: threading.Event) -> None:
        """Step whenever something is due, until told to stop."""
        while True:
            self._wake.clear()
            if stop.is_set():  # after the clear: whoever stops it sets this first, then wakes it
                return
            try:
                now = self.step()
            except Exception:
                # Time that stands still would look like a replication that has stopped.
                LOG.exception("The world stumbled over a step of time; it goes on")
                now = self.clock()
            with self.lock:
                due = self.core.next_due()
                pause = 1.0 if due is None else min(1.0, max(GRAIN, due - now))
                self._wakes_at = now + pause
            self._wake.wait(pause)

    def wake(self) -> None:
        """Let `run` look again."""
        self._wake.set()

    def _perform(self) -> None:
        with self.lock:
            effects = self.core.control.take_effects()
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case MakeCopy():
                self.engine.create_table(effect.region, effect.request)
            case AlterCopy():
                self.engine.update_indexes(effect.region, effect.request)
            case DropCopy():
                self.engine.drop_table(effect.region, effect.table)

    def _deliver(self, arrival: Arrival, now: float) -> None:
        region, parcel = arrival.target, arrival.parcel
        with self.engine.guard(region, [parcel.item]):
            with self.lock:
                wins = self.core.replication.arrive(arrival, now)
            if not wins:
                return
            table, image = parcel.item.table.split("/")[0], parcel.version.image
            try:
                if image is None:
                    self.engine.delete(region, table, parcel.item.key)
                else:
                    self.engine.put(region, table, parcel.item.key, image)
            except AwsError as error:
                # One write that an engine would not take must not stop those behind it.
                LOG.warning("%s in %s did not take a write from %s: %s", table, region, arrival.source, error)
