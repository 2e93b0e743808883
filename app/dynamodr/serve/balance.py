"""Who takes the next connection: not the worker that has more than another has.

All workers wait on one listener, and whoever is awake takes all there is. Clients keep their connections, so
that a worker with all of them would answer alone for hours, beside another that has nothing to do.
"""

import mmap

STAND_BACK_SECONDS = 0.001
"""How long who has more leaves the next connection to others: one that hangs delays nobody for longer."""


class Balance:
    """How many connections each worker has: memory made before the fork, so that all share it.

    No lock: each worker writes its own number, and one that is a moment old does no harm.
    """

    def __init__(self, workers: int) -> None:
        """Make room for so many at a time, and for those that come after them."""
        self._room = 4 * workers
        self._counts = memoryview(mmap.mmap(-1, 4 * self._room)).cast("i")
        for slot in range(self._room):
            self._counts[slot] = -1

    def tell(self, worker: int, connections: int) -> None:
        """Note what a worker has, by its number since the start."""
        self._counts[worker % self._room] = connections

    def gone(self, worker: int) -> None:
        """Forget a worker."""
        self._counts[worker % self._room] = -1

    def heavy(self, worker: int) -> bool:
        """Tell whether another should go first. Among many connections, a quarter more are no more."""
        own = self._counts[worker % self._room]
        least = min((count for count in self._counts if count >= 0), default=own)
        return own > least + least // 4
