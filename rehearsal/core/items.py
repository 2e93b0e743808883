"""Items in DynamoDB JSON, and the key that names one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Attributes: TypeAlias = dict[str, Any]
"""An item or a key as DynamoDB JSON: {"username": {"S": "ada"}}."""

Key: TypeAlias = tuple[str, ...]
"""The key values in schema order, each a type letter and the value: ("Sada", "Slovelace")."""


class ItemName(NamedTuple):
    """One item of a global table, the same name in every Region."""

    table: str
    key: Key


def key_of(names: Sequence[str], attributes: Mapping[str, Any]) -> Key:
    """Return the key of an item (or of a Key member), given the table's key names in schema order.

    Raises KeyError when a key attribute is missing, ValueError when it is not one typed value.
    """
    parts: list[str] = []
    for name in names:
        ((kind, value),) = attributes[name].items()
        # 1 and 1.0 are one key to DynamoDB.
        parts.append(kind + (format(Decimal(value).normalize(), "f") if kind == "N" else str(value)))
    return tuple(parts)


def attributes_of(names: Sequence[str], key: Key) -> Attributes:
    """Return the key as DynamoDB JSON; the inverse of key_of."""
    return {name: {part[0]: part[1:]} for name, part in zip(names, key, strict=True)}
