"""Playing the history of a seed."""

from tests.simulation.failovers import FailoverHistory
from tests.simulation.history import KINDS, BrokenError, History, Plan, Told
from tests.simulation.tablejobs import TableHistory


def play(seed: int, kind: str = "", plan: Plan | None = None) -> Told:
    """Live through the history of a seed; raise BrokenError."""
    kind = kind or KINDS[seed % len(KINDS)]
    history: History = TableHistory(seed, plan) if kind == "table" else FailoverHistory(seed, kind, plan)
    try:
        return history.play()
    except BrokenError as broken:
        raise BrokenError(f"seed {seed} ({kind}), at {history.clock.now():.2f} s: {broken}") from broken
