"""What the world asks of whatever stores the items of each Region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from rehearsal.core.items import Attributes, ItemName, Key
    from rehearsal.core.tables import Request


class Store(Protocol):
    """Items by Region, table and key; all that replication needs."""

    def get(self, region: str, table: str, key: Key) -> Attributes | None:
        """Return an item, or None."""

    def put(self, region: str, table: str, key: Key, image: Attributes) -> None:
        """Store an item whole."""

    def delete(self, region: str, table: str, key: Key) -> None:
        """Delete an item, if it is there."""


class Engine(Store, Protocol):
    """A DynamoDB that knows Regions but no replicas. Raises AwsError for what DynamoDB would refuse."""

    aliases_requests: bool
    """Whether it keeps, and later changes, the items that requests give it."""
    leaves_halves: bool
    """Whether it may carry out in part what it refuses; see rehearsal.wire.dynamodb_data."""

    def create_table(self, region: str, request: Request) -> None:
        """Make an empty table from a CreateTable request."""

    def update_indexes(self, region: str, request: Request) -> None:
        """Add or delete global secondary indexes, from an UpdateTable request."""

    def drop_table(self, region: str, table: str) -> None:
        """Drop a table and its items."""

    def count(self, region: str, table: str) -> tuple[int, int]:
        """Return how many items a table has, and their bytes (0 where not known)."""

    def execute(self, region: str, operation: str, request: Request) -> Request:
        """Answer one data-plane call. Raises AwsError."""

    def guard(self, region: str, items: Iterable[ItemName]) -> AbstractContextManager[object]:
        """Keep writers of these items apart: a write, its image and its recording are one step."""

    def close(self) -> None:
        """Give back what the engine holds."""
