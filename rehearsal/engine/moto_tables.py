"""moto's tables, without what makes them slow when they hold thousands of items.

moto sorts every item of a table for each Query and Scan, with Python-level comparisons, and copies whole tables for a
transaction. Nothing that is answered changes here; tests compare both.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


def _plain(value: DynamoType) -> Any:
    return Decimal(value.value) if value.type == "N" else value.value


class QuickTable(Table):
    """A moto table that keeps its items' order between writes, and that a transaction copies cheaply."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sorted: list[Item] | None = None

    def changed(self) -> None:
        """Forget the order: an item came or went."""
        self._sorted = None

    def all_items(self) -> list[Item]:
        """Return the items in key order."""
        if self._sorted is None:
            if self.range_key_attr:
                items = [item for by_range in self.items.values() for item in by_range.values()]
                items.sort(key=lambda item: (_plain(item.hash_key), _plain(item.range_key)))
            else:
                items = list(self.items.values())
                items.sort(key=lambda item: _plain(item.hash_key))
            self._sorted = items
        return list(self._sorted)

    def put_item(self, *args: Any, **kwargs: Any) -> Item:
        """Store an item."""
        self.changed()
        item: Item = super().put_item(*args, **kwargs)
        return item

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        """Delete an item, if it is there."""
        self.changed()
        item: Item | None = super().delete_item(hash_key, range_key)
        return item

    def __deepcopy__(self, memo: dict[int, Any]) -> QuickTable:
        twin = copy.copy(self)
        twin.items = copy.deepcopy(self.items, memo)
        twin._sorted = None
        return twin
