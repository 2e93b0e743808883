"""Strongly consistent writes: who may write at all, and who must try again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.links import Lag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from rehearsal.core.items import ItemName


@dataclass(slots=True)
class Contention:
    """Which items are being written, from which Region and until when.

    A strong write is acknowledged once a second of the three Regions has it, some tens of milliseconds later;
    a write to the same item from another Region meanwhile is a ReplicatedWriteConflictException.
    """

    rng: Random
    delay: Lag = field(default_factory=lambda: Lag(median=0.06, sigma=0.2, ceiling=0.5))
    _busy: dict[ItemName, tuple[str, float]] = field(default_factory=dict)

    def check(self, region: str, items: Sequence[ItemName], now: float) -> None:
        """Raise where another Region is writing one of these items."""
        for item in items:
            writer, until = self._busy.get(item, (region, 0.0))
            if writer != region and now < until:
                raise errors.AwsError(
                    "ReplicatedWriteConflictException",
                    "The request was rejected because one or more items in the request are being modified by "
                    "a request in another Region.",
                )

    def occupy(self, region: str, items: Sequence[ItemName], now: float) -> float:
        """Note a write (or, without items, a strong read); returns the seconds that it takes."""
        taken = self.delay.draw(self.rng)
        for item in items:
            self._busy[item] = (region, now + taken)
        if len(self._busy) > 10_000:
            self._busy = {item: held for item, held in self._busy.items() if held[1] > now}
        return taken
