"""The whole world in virtual time: the real core, engine and operations, with no thread, socket or clock."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from rehearsal.core.global_tables import GlobalTables
from rehearsal.engine.moto_engine import MotoEngine
from rehearsal.engine.shell import Shell
from rehearsal.wire.admin_views import ledger
from rehearsal.wire.dynamodb_calls import DynamoDB
from rehearsal.wire.dynamodb_client import DirectClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.core.faults import Fault
    from rehearsal.core.links import Lag
    from rehearsal.core.timings import Timings


class SimulatedWorld:
    """Two Regions or more in virtual time, asked by clients that are used like boto3's.

    `now` moves only in `advance` (or while a call waits), through everything that falls due on the way. One
    seed and the same calls make one history.
    """

    def __init__(
        self,
        regions: Sequence[str] = ("us-east-1", "us-west-2"),
        seed: int = 0,
        *,
        timings: Timings | None = None,
        lag: Lag | None = None,
        now: float = 1_800_000_000.0,
    ) -> None:
        self.now = now
        lock = threading.RLock()
        self.core = GlobalTables(regions, seed, timings=timings, lag=lag)
        self.engine = MotoEngine(regions, lock=lock)
        self.shell = Shell(self.core, self.engine, lambda: self.now, lock, self.advance)
        self.dynamodb = DynamoDB(self.shell)

    def client(self, region: str, access_key: str = "AKIASIMULATED") -> DirectClient:
        """A Region's client; faults may be meant for one access key."""
        return DirectClient(self.dynamodb, region, access_key)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        self.shell.step()
        while (due := self.core.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.shell.step()
        self.now = until
        self.shell.step()

    def inject(self, fault: Fault) -> str:
        """Let a fault begin; returns the id that undoes it."""
        return self.core.inject(fault, self.now)

    def undo(self, name: str) -> bool:
        """End a fault; False when it was not on."""
        return self.core.undo(name, self.now)

    def ledger(self, table: str | None = None, *, images: bool = False) -> dict[str, Any]:
        """Lost updates by name and writes in flight, as the running world shows them."""
        return ledger(self.core, self.now, table, images=images)
