"""What an on-demand table takes in one Region, as time goes by. Pure but for its own memory."""

from __future__ import annotations


class Side:
    """Reads, or writes, in units a second.

    It takes what it was warmed for, and double its peak; in so many seconds of such demand, double that.
    """

    def __init__(self, warm: float, before: float, doubling: float) -> None:
        self.takes = max(warm, 2 * before)
        self._doubling = doubling

    def throttled(self, units: float, tries: int) -> float:
        """Say which share of the calls is throttled, each being made `tries` times at most.

        What is taken is `units * (1 - share ** tries)`, all else being throttled to the last.
        """
        return max(0.0, 1 - self.takes / units) ** (1 / tries) if units > 0 else 0.0

    def grow(self, units: float, seconds: float) -> None:
        """Let a demand last for so long."""
        goal = 2 * min(units, self.takes)
        if goal > self.takes:
            self.takes = min(goal, self.takes * 2.0 ** (seconds / self._doubling))
