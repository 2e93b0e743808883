"""What a person sees while a drill runs: a line that moves, and above it what happens, with its time."""

import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from rehearsal.drill.record import Request
from rehearsal.drill.scenario import Scenario
from rehearsal.screen import colour

WINDOW_SECONDS = 1.0


class Live:
    """Writes to one console; in a pipe there is no moving line."""

    def __init__(self, console: Console, scenario: Scenario, regions: Sequence[str]) -> None:
        self._console, self._regions, self._name = console, regions, scenario.name
        self._status = console.status(f"{scenario.name}: {scenario.says}")
        self._began = time.monotonic()
        self._recent: deque[Request] = deque()
        self._total = self._failed = 0
        self._drawn = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._status.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """End the line."""
        self._status.stop()

    def said(self, text: str) -> None:
        """A line that stays."""
        line = Text(f"{time.monotonic() - self._began:6.1f} s  {text}")
        self._console.print(line, overflow="ellipsis", no_wrap=True)

    def warned(self, text: str) -> None:
        """Words that are never cut short: there may be a command to copy in them."""
        self._console.print(Text(text, style="bold"), soft_wrap=True)

    def saw(self, one: Request) -> None:
        """Count a request, and draw the line anew now and then."""
        self._total += 1
        self._failed += not one.ok
        self._recent.append(one)
        while self._recent and self._recent[0].end < one.end - WINDOW_SECONDS:
            self._recent.popleft()
        now = time.monotonic()
        if now - self._drawn < 0.2:
            return
        self._drawn = now
        good = sum(other.ok for other in self._recent)
        parts: list[str | tuple[str, str]] = [
            f"{self._name}  {now - self._began:4.0f} s  {self._total} requests  {good:3} good/s  "
        ]
        for region in self._regions:
            count = sum(other.ok and other.region == region for other in self._recent)
            parts.append((f"{region} {count:3}  ", colour(self._regions, region)))
        parts.append((f"{self._failed} failed", "red" if self._failed else ""))
        self._status.update(Text.assemble(*parts))
