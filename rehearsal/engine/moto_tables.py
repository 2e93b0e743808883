"""moto's tables, without what makes them slow when they hold thousands of items.

For each Query and Scan moto sorts every item of a table, with Python-level comparisons, and compares each
with the page's start; a Scan copies each item and takes it to pieces for each name that is projected; for a
transaction moto copies whole tables. Nothing that is answered changes here; tests compare both.
"""

from __future__ import annotations

import bisect
import copy
from decimal import Decimal
from typing import Any

from moto.dynamodb.models import table as moto_table
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


def _plain(value: DynamoType) -> Any:
    return Decimal(value.value) if value.type == "N" else value.value


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _size(item: Item) -> int:
    """Return moto's count of an item's bytes."""
    return sum(
        _length(name) + (_length(value.value) if value.type == "S" else value.size())
        for name, value in item.attrs.items()
    )


def _projected(item: Item, paths: list[list[str]]) -> Item:
    """Return an item with these paths only; moto takes it to pieces for each, names of attributes too."""
    if any(len(path) > 1 or "[" in path[0] for path in paths):
        return item.project(paths)
    picked = Item(item.hash_key, item.range_key, {})
    for (name,) in paths:
        if name in item.attrs:
            dict.__setitem__(picked.attrs, name, item.attrs[name])
    return picked


class QuickTable(Table):
    """A moto table that keeps its items in key order. To be used under one lock."""

    items: Any  # moto's: Item by hash key, or by hash and range key

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: list[list[Any]] = []
        self._ordered: list[Item] = []
        self._partition: DynamoType | None = None
        self.in_transaction = False

    def all_items(self) -> list[Item]:
        """Return the items in key order: a partition's in a Query."""
        if self._partition is not None:
            found = self.items.get(self._partition)
            if not found:
                return []
            return list(found.values()) if self.range_key_attr else [found]
        return self._ordered

    def query(self, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
        """Query, looking at one partition only where it is the table that is queried."""
        index_name = args[6] if len(args) > 6 else kwargs.get("index_name")
        self._partition = hash_key if index_name is None else None
        try:
            return super().query(hash_key, *args, **kwargs)
        finally:
            self._partition = None

    def scan(  # noqa: PLR0917 - moto names it so
        self,
        filters: dict[str, Any],
        limit: int,
        exclusive_start_key: dict[str, Any],
        filter_expression: Any = None,
        index_name: str | None = None,
        consistent_read: bool = False,
        projection_expression: list[list[str]] | None = None,
        segments: tuple[None, None] | tuple[int, int] = (None, None),
    ) -> Any:
        """Scan: a table by ourselves, from the page's start and without copies; an index as moto does."""
        start = exclusive_start_key or {}
        usable = not start or all(name in start for name in self.table_key_attrs)
        if index_name is not None or filters or not usable:
            return super().scan(
                filters,
                limit,
                exclusive_start_key,
                filter_expression,
                index_name,
                consistent_read,
                projection_expression,
                segments,
            )
        page: list[Item] = []
        page_bytes, last = 0, None
        for item in self._following(start):
            if not item.is_within_segment(segments):
                continue
            item_bytes = _size(item)
            if len(page) == limit or page_bytes + item_bytes > moto_table.RESULT_SIZE_LIMIT:
                last = self._get_last_evaluated_key(page[-1], None)
                break
            page.append(item)
            page_bytes += item_bytes
        scanned = len(page)
        if filter_expression is not None:
            page = [item for item in page if filter_expression.expr(item)]
        if projection_expression:
            page = [_projected(item, projection_expression) for item in page]
        return page, scanned, last

    def _following(self, start: dict[str, Any]) -> list[Item]:
        if not start:
            return self._ordered
        place = [_plain(DynamoType(start[name])) for name in self.table_key_attrs]
        return self._ordered[bisect.bisect_right(self._places, place) :]

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
