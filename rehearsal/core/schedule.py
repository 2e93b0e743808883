"""What is to happen later, in order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Schedule:
    """Actions by due time; of two that are due together the one that was scheduled first runs first."""

    _queue: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _waiting: list[tuple[Callable[[], bool], Callable[[float], None]]] = field(default_factory=list)
    _count: int = 0

    def at(self, due: float, action: Callable[[float], None]) -> None:
        """Let `action(due)` run once `due` has come."""
        self._count += 1
        heapq.heappush(self._queue, (due, self._count, action))

    def when(self, ready: Callable[[], bool], action: Callable[[float], None]) -> None:
        """Let `action(now)` run at the first look at which `ready()`."""
        self._waiting.append((ready, action))

    def run(self, now: float) -> None:
        """Run all that is due by now, what is newly scheduled and due included."""
        while self._queue and self._queue[0][0] <= now:
            due, _, action = heapq.heappop(self._queue)
            action(due)
        for waiting in [waiting for waiting in self._waiting if waiting[0]()]:
            self._waiting.remove(waiting)
            waiting[1](now)

    def next_due(self) -> float | None:
        """When the next action is due, in the past when it is ready already, or None."""
        if self._waiting and any(ready() for ready, _ in self._waiting):
            return 0.0
        return self._queue[0][0] if self._queue else None
