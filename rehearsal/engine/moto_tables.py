"""moto's tables, without what makes them slow when they hold thousands of items.

For each Query and Scan moto sorts every item of a table, with Python-level comparisons, and compares each
with the page's start; for a transaction it copies whole tables. Nothing that is answered changes here; tests
compare both.
"""

from __future__ import annotations

import bisect
import copy
from decimal import Decimal
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


def _plain(value: DynamoType) -> Any:
    return Decimal(value.value) if value.type == "N" else value.value


class QuickTable(Table):
    """A moto table that keeps its items in key order. To be used under one lock."""

    items: Any  # moto's: Item by hash key, or by hash and range key

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: list[list[Any]] = []
        self._ordered: list[Item] = []
        self._partition: DynamoType | None = None
        self._after: dict[str, Any] | None = None
        self.in_transaction = False

    def all_items(self) -> list[Item]:
        """Return the items in key order: a partition's in a Query, those after the start in a Scan."""
        if self._partition is not None:
            found = self.items.get(self._partition)
            if not found:
                return []
            return list(found.values()) if self.range_key_attr else [found]
        if self._after is None:
            return self._ordered
        start = [_plain(DynamoType(self._after[name])) for name in self.table_key_attrs]
        return self._ordered[bisect.bisect_right(self._places, start) :]

    def query(self, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
        """Query, looking at one partition only where it is the table that is queried."""
        index_name = args[6] if len(args) > 6 else kwargs.get("index_name")
        self._partition = hash_key if index_name is None else None
        try:
            return super().query(hash_key, *args, **kwargs)
        finally:
            self._partition = None

    def scan(
        self,
        filters: dict[str, Any],
        limit: int,
        exclusive_start_key: dict[str, Any],
        filter_expression: Any = None,
        index_name: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Scan, from the page's start where it is the table that is scanned."""
        start = exclusive_start_key or {}
        usable = index_name is None and all(name in start for name in self.table_key_attrs)
        self._after = start if usable else None
        try:
            return super().scan(
                filters, limit, exclusive_start_key, filter_expression, index_name, *args, **kwargs
            )
        finally:
            self._after = None

    def put_item(self, *args: Any, **kwargs: Any) -> Item:
        """Store an item."""
        item = super().put_item(*args, **kwargs)
        self._keep(item)
        return item

    def replace(self, key: tuple[DynamoType, DynamoType | None], image: dict[str, Any]) -> None:
        """Store an item that another Region has checked already: moto's checks are most of a put."""
        hash_key, range_key = key
        item = Item(hash_key, range_key, {})
        for name, value in image.items():
            dict.__setitem__(item.attrs, name, DynamoType(value))
        if range_key is None:
            self.items[hash_key] = item
        else:
            self.items[hash_key][range_key] = item
        self._keep(item)

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        """Delete an item, if it is there."""
        item = super().delete_item(hash_key, range_key)
        if item is not None:
            at = bisect.bisect_left(self._places, self._place(item))
            del self._places[at], self._ordered[at]
        return item

    def get_item(self, hash_key: DynamoType, range_key: DynamoType | None = None, *args: Any) -> Item | None:
        """Return an item; in a transaction a copy that takes its place, for moto changes items in place."""
        item = super().get_item(hash_key, range_key, *args)
        if not item or not self.in_transaction or any(args):
            return item
        item = copy.deepcopy(item)
        if range_key is None:
            self.items[hash_key] = item
        else:
            self.items[hash_key][range_key] = item
        self._keep(item)
        return item

    def __deepcopy__(self, memo: dict[int, Any]) -> QuickTable:
        """Return what moto goes back to when a transaction fails. Both share the items it left alone."""
        twin = copy.copy(self)
        twin.items = copy.copy(self.items)
        if self.range_key_attr:
            for hash_key, by_range in self.items.items():
                twin.items[hash_key] = dict(by_range)
        twin._places, twin._ordered = list(self._places), list(self._ordered)
        twin.in_transaction = False
        return twin

    def _keep(self, item: Item) -> None:
        place = self._place(item)
        at = bisect.bisect_left(self._places, place)
        if at < len(self._places) and self._places[at] == place:
            self._ordered[at] = item
        else:
            self._places.insert(at, place)
            self._ordered.insert(at, item)

    def _place(self, item: Item) -> list[Any]:
        keys = (item.hash_key,) if item.range_key is None else (item.hash_key, item.range_key)
        return [_plain(key) for key in keys]
