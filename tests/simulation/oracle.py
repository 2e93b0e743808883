"""A second opinion on last-writer-wins, from nothing but the order of the writes: no code of the world's."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.core.items import Key
    from rehearsal.core.versions import Stamp, WriteName


class Noted(NamedTuple):
    """A write to one item, and the one it was made on top of."""

    name: "WriteName"
    stamp: "Stamp"
    value: Any
    below: "Noted | None"


class Oracle:
    """Every write, by item."""

    def __init__(self) -> None:
        self._writes: dict[Key, list[Noted]] = {}
        self._shown: dict[tuple[str, Key], Noted] = {}

    def note(self, region: str, key: "Key", name: "WriteName", stamp: "Stamp", value: Any) -> None:
        """Note a write that a Region has just acknowledged."""
        noted = Noted(name, stamp, value, self._shown.get((region, key)))
        self._writes.setdefault(key, []).append(noted)
        self._shown[region, key] = noted

    def arrived(self, region: str, key: "Key", stamp: "Stamp") -> None:
        """Note that a Region now shows another Region's write."""
        self._shown[region, key] = next(one for one in self._writes[key] if one.stamp == stamp)

    def final(self) -> dict["Key", Any]:
        """What every Region must show in the end: the latest write of each item, deletes left out."""
        last = {key: max(writes, key=lambda one: one.stamp) for key, writes in self._writes.items()}
        return {key: one.value for key, one in last.items() if one.value is not None}

    def lost(self) -> set[tuple["Key", "WriteName"]]:
        """The writes that the latest one of their item was not made on top of."""
        found: set[tuple[Key, WriteName]] = set()
        for key, writes in self._writes.items():
            kept = {one.name for one in _below(max(writes, key=lambda each: each.stamp))}
            found |= {(key, each.name) for each in writes if each.name not in kept}
        return found

    def lacking(self, source: str, target: str) -> set[tuple["Key", "WriteName"]]:
        """The writes of users that `source` has made and `target` has nothing of yet."""
        found: set[tuple[Key, WriteName]] = set()
        for key in [key for key in self._writes if not key[0].startswith("S!")]:
            there = {one.name for one in _below(self._shown.get((target, key)))}
            here = [one.name for one in _below(self._shown.get((source, key)))]
            found |= {(key, name) for name in here if name not in there and name[0] == source}
        return found


def _below(noted: Noted | None) -> "Iterator[Noted]":
    while noted is not None:
        yield noted
        noted = noted.below
