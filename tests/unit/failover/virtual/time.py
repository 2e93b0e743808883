"""Virtual time: events in a heap; whoever sleeps lets everything that is due meanwhile happen."""

import heapq
from collections.abc import Callable
from itertools import count

WALL = 1_800_000_000.0


class Time:
    """The clock that the command, the pods and the world share."""

    def __init__(self) -> None:
        self._now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return WALL + self._now

    def at(self, delay: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + max(0.0, delay), next(self._serial), event))

    def sleep(self, seconds: float) -> None:
        end = self._now + max(0.0, seconds)
        while self._events and self._events[0][0] <= end:
            due, _, event = heapq.heappop(self._events)
            self._now = max(self._now, due)
            event()
        self._now = max(self._now, end)
