"""A control plane in virtual time, at AWS's own pace, to ask as a client asks."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.core.changes import update_table
from rehearsal.core.describe import describe
from rehearsal.core.errors import AwsError
from rehearsal.core.items import Key
from rehearsal.core.replicas import update_replicas
from rehearsal.core.timings import Timings
from tests.unit.core.virtual import VirtualTables

EAST, WEST, IRELAND, OHIO = "us-east-1", "us-west-2", "eu-west-1", "us-east-2"
ADA: Key = ("Sada",)


def users(**more: Any) -> dict[str, Any]:
    """A CreateTable request."""
    return {
        "TableName": "users",
        "KeySchema": [{"AttributeName": "username", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "username", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


class Plane(VirtualTables):
    """Tables in virtual time, asked with requests and answering with descriptions."""

    def __init__(self, *regions: str, seed: int = 1, factor: float = 1.0) -> None:
        super().__init__(regions or (EAST, WEST, IRELAND), seed, timings=Timings(factor=factor))

    def create(self, region: str = EAST, **more: Any) -> dict[str, Any]:
        """CreateTable."""
        return describe(self.core.control.create(region, users(**more), self.now), "123456789012")

    def table(self, *regions: str, **more: Any) -> None:
        """A table that is ACTIVE in all these Regions."""
        self.create_global(users(**more), *(regions or (EAST,)))

    def update(self, region: str, **asked: Any) -> dict[str, Any]:
        """UpdateTable."""
        change = update_replicas if asked.get("ReplicaUpdates") else update_table
        changed = change(self.core.control, region, {"TableName": "users", **asked}, self.now)
        return describe(changed, "123456789012")

    def replica(self, kind: str, target: str, at: str = EAST) -> dict[str, Any]:
        """UpdateTable with one replica action."""
        return self.update(at, ReplicaUpdates=[{kind: {"RegionName": target}}])

    def describe(self, region: str = EAST) -> dict[str, Any]:
        """DescribeTable."""
        return describe(self.core.control.table(region, "users"), "123456789012")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.run(self.now + seconds)

    def seen(self, region: str = EAST) -> tuple[str, dict[str, str]]:
        """TableStatus, and the status of each replica; or why there is none."""
        try:
            shown = self.describe(region)
        except AwsError as error:
            return error.code, {}
        return shown["TableStatus"], {r["RegionName"]: r["ReplicaStatus"] for r in shown.get("Replicas", [])}

    def timeline(self, region: str, seconds: float = 900.0) -> list[tuple[float, str, dict[str, str]]]:
        """What a poll in a Region sees change, and when."""
        start, changes = self.now, [(0.0, *self.seen(region))]
        while self.now < start + seconds:
            self.wait(0.1)
            seen = self.seen(region)
            if seen != changes[-1][1:]:
                changes.append((self.now - start, *seen))
        return changes


@contextlib.contextmanager
def refused(code: str, text: str) -> Iterator[None]:
    """Expect an AwsError of this code, whose message has this text."""
    with pytest.raises(AwsError) as caught:
        yield
    assert caught.value.code == code
    assert text in caught.value.message
