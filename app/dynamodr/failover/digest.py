"""Whether two replicas hold the same users, in constant memory and in any order.

Replication keeps the order of one item's writes only, so no marker proves that another item has arrived;
what both replicas hold does. Each item gives a hash of its key and of the write that made it (`version`,
`write_id`); a replica's digest is the sum of its items' hashes, in buckets by key. Sums don't depend on the
order of a scan. Sums that are equal mean sets that are equal, but for a chance of about 2^-128; buckets
that differ bound from below how many items do. The memory: 1024 buckets of two integers, whatever the
table's size.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

BUCKETS = 1024
_BITS = (1 << 128) - 1


class Written(NamedTuple):
    """A user's key, and what tells its last write from any other. None: the item has no such attribute."""

    username: str
    last_name: str
    version: str | None
    write_id: str | None


class Digest(msgspec.Struct, frozen=True):
    """What a replica holds. `plain` items carry no write id: of those, no more than the key is compared."""

    items: int
    plain: int
    buckets: tuple[tuple[int, int], ...]
    """(count, sum of hashes) each."""

    def differs(self, other: "Digest") -> int:
        """At least how many items one holds and the other doesn't, or holds another write of; 0: the same."""
        pairs = zip(self.buckets, other.buckets, strict=True)
        return sum(one != two for one, two in pairs)


class Digesting:
    """Adds items up; several may be merged."""

    def __init__(self) -> None:
        self.items = 0
        self._plain = 0
        self._buckets = [[0, 0] for _ in range(BUCKETS)]

    def add(self, item: Written) -> None:
        """Add one item, once."""
        key = _hash(item.username, item.last_name)
        bucket = self._buckets[key % BUCKETS]
        bucket[0] += 1
        bucket[1] = (bucket[1] + _hash(*item)) & _BITS
        self.items += 1
        self._plain += item.write_id is None

    def merge(self, other: "Digesting") -> None:
        """Add what another has added."""
        self.items += other.items
        self._plain += other._plain
        for mine, theirs in zip(self._buckets, other._buckets, strict=True):
            mine[0] += theirs[0]
            mine[1] = (mine[1] + theirs[1]) & _BITS

    def done(self) -> Digest:
        """Return the digest."""
        return Digest(self.items, self._plain, tuple((count, total) for count, total in self._buckets))


def digest(items: Iterable[Written]) -> Digest:
    """Digest all items at once."""
    digesting = Digesting()
    for item in items:
        digesting.add(item)
    return digesting.done()


def _hash(*parts: str | None) -> int:
    # Lengths in front, so that no two lists of parts read the same; -1 is no length.
    hashed = blake2b(digest_size=16)
    for part in parts:
        data = (part or "").encode()
        hashed.update((-1 if part is None else len(data)).to_bytes(4, "big", signed=True) + data)
    return int.from_bytes(hashed.digest(), "big")
