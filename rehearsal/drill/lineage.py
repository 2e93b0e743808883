"""Which writes a stored user contains: the one that it names, and all that this one was made over."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rehearsal.drill.record import Request


class Lineage:
    """The writes of a load, each over the one before. Pure.

    A write that failed doubtfully has no id (a replacement's is the service's to give). An id that nobody
    was ever told of must then be its, and is taken to contain what it was made over.
    """

    def __init__(self, requests: Iterable[Request]) -> None:
        self._over: dict[tuple[str, str], str] = {}
        self._doubtful: dict[str, set[str]] = defaultdict(set)
        self.acknowledged: list[Request] = []
        for one in requests:
            if one.kind != "write" or not one.key:
                continue
            if one.write and (one.acknowledged or one.doubtful):
                self._over[one.key, one.write] = one.over
            if one.acknowledged:
                self.acknowledged.append(one)
            elif one.doubtful:
                self._doubtful[one.key].add(one.over)

    def contains(self, key: str, stored: str | None) -> set[str]:
        """Return the ids of all writes that a user contains whose last write is `stored` (None: no user)."""
        found: set[str] = set()
        ahead = [stored] if stored else []
        while ahead:
            write = ahead.pop()
            if not write or write in found:
                continue
            found.add(write)
            over = self._over.get((key, write))
            ahead += self._doubtful.get(key, ()) if over is None else [over]
        return found

    def doubts(self, key: str) -> int:
        """Count the writes of a user of which it isn't known whether they were carried out."""
        return len(self._doubtful.get(key, ()))

    def absent(
        self, held: Iterable[dict[str, str]], among: Iterable[Request] | None = None
    ) -> Iterator[Request]:
        """Yield the acknowledged writes that none of the copies in `held` contains."""
        copies = list(held)
        known: dict[str, set[str]] = {}
        for one in self.acknowledged if among is None else among:
            if one.key not in known:
                known[one.key] = set().union(*(self.contains(one.key, copy.get(one.key)) for copy in copies))
            if one.write not in known[one.key]:
                yield one
