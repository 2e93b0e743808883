"""The steps a failover can take, and the ways it can end: data, which `plan` chooses and `run` carries
out."""

from typing import Literal

import msgspec

from dynamodr.failover.checks import Check
from dynamodr.fence.record import Fence


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Store `fence` in the replica of `region`, over the epoch `over` (None: over nothing)."""

    name: Literal["fence", "lift", "return", "force", "affirm", "carry"]
    region: str
    fence: Fence
    over: int | None
    detail: str


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """Set the dial of each of `groups` (ARNs), all of them in `region`."""

    name: Literal["dial-up", "dial-down", "dial-back"]
    region: str
    groups: tuple[str, ...]
    percentage: int
    detail: str


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    """Stop moving: from here on, return the writes to the source."""

    detail: str
    name: str = "give-up"


class Prove(msgspec.Struct, frozen=True, kw_only=True):
    """Find out whether all that `source` holds has arrived in `target`."""

    name: Literal["compare", "markers"]
    source: str
    target: str
    epoch: int
    detail: str


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Wait, then look again. The same name again is the same wait going on."""

    name: str
    seconds: float
    detail: str


class End(msgspec.Struct, frozen=True, kw_only=True):
    """`done`: as asked. `stopped`: not yet, run it again. `refused`: nothing was changed."""

    name: Literal["done", "stopped", "refused"]
    detail: str
    checks: tuple[Check, ...] = ()

    @property
    def exit_code(self) -> int:
        """The command's."""
        return {"done": 0, "stopped": 1, "refused": 2}[self.name]


Step = Move | Dial | Prove | Pause | GiveUp | End


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """That every write of the source has arrived in the target, under the fence of `epoch`."""

    epoch: int
    compared: bool
    """False: it was waited for, and not proved."""
    detail: str
