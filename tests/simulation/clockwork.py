"""Virtual time, and actors that take turns in it: each is a greenlet, so that the real code may sleep."""

import heapq
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

WALL = 1_800_000_000.0
"""Where the calendar stands when virtual time is 0."""


class Clockwork:
    """One clock. Of two things that are due together, the one that was asked for first happens first."""

    def __init__(self) -> None:
        self._now = 0.0
        self._due: list[tuple[float, int, Callable[[], Any]]] = []
        self._serial = count()
        self._hub = getcurrent()
        self.failure: BaseException | None = None
        self.beside: tuple[Callable[[], float | None], Callable[[], Any]] = (lambda: None, lambda: None)
        """When something outside of the clockwork is due, and what lets it happen."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return self._now

    def wall(self) -> float:
        """Seconds since the Unix epoch."""
        return WALL + self._now

    def at(self, delay: float, action: Callable[[], Any]) -> None:
        """Let `action` happen after `delay`."""
        heapq.heappush(self._due, (self._now + max(0.0, delay), next(self._serial), action))

    def sleep(self, seconds: float) -> None:
        """Let others have the time until then; only inside an actor."""
        self.at(seconds, getcurrent().switch)
        self._hub.switch()

    def spawn(self, act: Callable[[], Any], delay: float = 0.0) -> greenlet:
        """Start an actor. What it raises ends the run, but for its own end."""

        def live() -> None:
            try:
                act()
            except GreenletExit:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again by run
                self.failure = self.failure or error

        actor = greenlet(live, self._hub)
        self.at(delay, actor.switch)
        return actor

    def end(self, actor: greenlet) -> None:
        """End an actor where it stands, as a process is killed."""

        def throw() -> None:
            if not actor.dead:
                actor.throw(GreenletExit)

        if getcurrent() is self._hub:
            throw()
            return
        # An actor that dies gives the turn to the hub, so it must die by the hub's hand.
        self.at(0.0, throw)
        self.sleep(0.0)

    def together(self, calls: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Any]:
        """Make calls at once, each an actor; give the answers that came within `seconds`, errors included."""
        found: dict[str, Any] = {}
        caller, waiting = getcurrent(), [True]

        def wake() -> None:
            if waiting[0]:
                waiting[0] = False
                caller.switch()

        def make(name: str, call: Callable[[], Any]) -> None:
            try:
                found[name] = call()
            except Exception as error:  # noqa: BLE001 - the caller looks at it
                found[name] = error
            if len(found) == len(calls):
                self.at(0.0, wake)

        for name, call in calls.items():
            self.spawn(lambda name=name, call=call: make(name, call))  # type: ignore[misc]  # bound per round
        self.at(seconds, wake)
        self._hub.switch()
        waiting[0] = False
        return dict(found)

    def run(self, until: float) -> None:
        """Let everything happen up to `until`; raise what an actor raised."""
        when, let = self.beside
        while self.failure is None:
            own = self._due[0][0] if self._due else float("inf")
            other = when()
            if other is not None and other <= min(own, until):
                self._now = max(self._now, other)
                let()
                continue
            if own > until:
                break
            due, _, action = heapq.heappop(self._due)
            self._now = max(self._now, due)
            action()
        if self.failure is not None:
            raise self.failure
        self._now = max(self._now, until)
