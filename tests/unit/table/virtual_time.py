"""Time that passes only when everyone sleeps: a run of minutes takes milliseconds, and replays."""

import threading
from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The process ended here."""


class VirtualTime:
    """A clock for one job, or for several that take turns, whoever wakes first."""

    def __init__(self) -> None:
        self.now = 0.0
        self.kill_at: int | None = None
        """The how-manieth sleep to die in."""
        self.sleeps = 0
        self._turn = threading.Condition()
        self._wakes: dict[int, float] = {}
        self._running: int | None = None
        self._me = threading.local()

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.sleeps += 1
        if self.sleeps == self.kill_at:
            raise Killed
        me: int | None = getattr(self._me, "number", None)
        if me is None:
            self.now += seconds
            return
        with self._turn:
            self._wakes[me] = self.now + seconds
            self._pass_on()
            self._turn.wait_for(lambda: self._running == me)

    def run(self, *jobs: Callable[[], Any]) -> list[Any]:
        """Run the jobs side by side; give what each returned, or raise what one raised."""
        results: list[Any] = [None] * len(jobs)
        errors: list[BaseException] = []

        def play(number: int) -> None:
            self._me.number = number
            with self._turn:
                self._turn.wait_for(lambda: self._running == number)
            try:
                results[number] = jobs[number]()
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
            with self._turn:
                self._pass_on()

        self._wakes = dict.fromkeys(range(len(jobs)), self.now)
        threads = [threading.Thread(target=play, args=(number,), daemon=True) for number in range(len(jobs))]
        for thread in threads:
            thread.start()
        with self._turn:
            self._pass_on()
        for thread in threads:
            thread.join(timeout=60)
            assert not thread.is_alive()
        if errors:
            raise errors[0]
        return results

    def _pass_on(self) -> None:
        if self._wakes:
            number = min(self._wakes, key=lambda each: (self._wakes[each], each))
            self.now = max(self.now, self._wakes.pop(number))
            self._running = number
        else:
            self._running = None
        self._turn.notify_all()
