"""The faults of a drill: begun, and ended whatever else goes wrong; what can't be ended is named."""

import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from rehearsal.drill.failing import Failing
from rehearsal.drill.record import Evidence, Mark
from rehearsal.drill.scenario import Inject, filled

HEAL_SECONDS, HEAL_PAUSE = 10.0, 1.0
"""For how long a call that ends a fault is made again when it fails."""
TROUBLE = (OSError, ValueError, HTTPError, BotoCoreError, ClientError)


class StillOnError(Exception):
    """Faults could not be ended; the text says which, and why."""


class Faults:
    """Begins and ends them by `failing`, and marks in the evidence when each was on. `said`: for a person."""

    def __init__(self, evidence: Evidence, failing: Failing, said: Callable[[str], None]) -> None:
        self._evidence, self._failing, self._said = evidence, failing, said
        self._asked: dict[str, float] = {}
        self._on: dict[str, float] = {}

    @property
    def since(self) -> list[float]:
        """When each that is not ended was asked for, in epoch seconds."""
        return list(self._asked.values())

    def begin(self, name: str, act: Inject) -> None:
        """Begin one. Raises what its call raises."""
        self._asked[name] = time.time()
        self._failing.begin(name, filled(act.faults, self._evidence.source, self._evidence.target))
        self._on[name] = time.time()

    def heal(self, only: str = "") -> None:
        """End one, or each. Raises StillOnError where some could not be ended; the others were."""
        failed: list[str] = []
        for name in [only] if only else list(self._asked):
            if name not in self._asked:
                continue
            marks = self._evidence.marks
            if on := self._on.pop(name, None):
                marks.append(Mark(at=on, what="on", name=name, until=time.time()))
            try:
                self._end(name)
            except TROUBLE as error:
                failed.append(f"{name}: {type(error).__name__}: {error}")
                continue
            marks.append(Mark(at=self._asked.pop(name), what="fault", name=name, until=time.time()))
            marks.append(Mark(at=time.time(), what="heal", name=name))
            self._said(f"healed: {name}")
        if failed:
            raise StillOnError("; ".join(failed))

    def left(self) -> list[str]:
        """Say what a person must end, and how."""
        return [told for name in self._asked if (told := self._failing.left(name))]

    def _end(self, name: str) -> None:
        """End one; a call that is refused is made again for a while."""
        deadline = time.monotonic() + HEAL_SECONDS
        while True:
            try:
                return self._failing.end(name)
            except TROUBLE:
                if time.monotonic() > deadline:
                    raise
            time.sleep(HEAL_PAUSE)
