"""Requests at a steady pace, each over a connection of its own, and how long users take to reach a Region."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

from rehearsal.demo.clients import ADD_USER, Answer, Visitor, visit

# How closely an arrival is watched.
LOOK_SECONDS = 0.01


class Traffic:
    """Adds users through the front door, `per_second` of them, for as long as the context lasts."""

    def __init__(self, url: str, per_second: float, saw: Callable[[Answer], None] | None = None) -> None:
        """`saw` gets each answer as it comes, in the traffic's thread."""
        self.answers: list[Answer] = []
        self._url, self._pause, self._saw = url, 1 / per_second, saw
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End after the request in flight; `answers` is then complete."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due = max(due + self._pause, time.monotonic())
            answer = visit(self._url, ADD_USER)
            self.answers.append(answer)
            if self._saw is not None:
                self._saw(answer)


class Arrival:
    """Watches for a user in another Region's service, from now on; `wait` tells what came, and how late."""

    def __init__(self, url: str, user: dict[str, Any], acknowledged: float, seconds: float) -> None:
        """`acknowledged` is when the write was, in epoch seconds; after `seconds` it is given up."""
        self.lag: float | None = None
        self.user: Any = None
        self._arguments = (
            url,
            f"/dynamodr/users/{user['username']}/{user['last_name']}",
            acknowledged,
            seconds,
        )
        self._thread = threading.Thread(target=self._watch, args=self._arguments, name="arrival", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is there, or given up."""
        self._thread.join()

    def _watch(self, url: str, path: str, acknowledged: float, seconds: float) -> None:
        with Visitor(url) as visitor:
            while time.time() < acknowledged + seconds:
                answer = visitor.get(path)
                if answer.status == 200:
                    self.user, self.lag = answer.body, answer.at - acknowledged
                    return
                time.sleep(LOOK_SECONDS)
