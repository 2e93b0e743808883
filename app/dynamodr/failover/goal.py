"""What the operator asks for, and how long each thing may take. Seconds throughout."""

from typing import Literal

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the command is."""

    settle: float = 5.5
    """From the fence's being stored until no pod can have a write under way any more: the age at which a
    pod's view of the fence expires, one attempt of a write, and a margin. `command` computes it from
    those."""
    prove: float = 60.0
    """For all writes to arrive in the target; then the writes go back to the source."""
    prove_items: int = 200_000
    """With more users than this, arrival is waited for and not proved."""
    deploy: float = 120.0
    """For Global Accelerator to report DEPLOYED."""
    confirm: float = 20.0
    """For a pod in the target to say that it takes writes."""
    reach: float = 20.0
    """For something that has stopped answering halfway to answer again."""
    look: float = 3.0
    """For one look at everything."""
    call: float = 3.0
    """For one call that changes something. Less than `settle`, see `dialing`."""
    lag: float = 30.0
    """More replication lag than this is too much to begin with."""
    poll: float = 1.0


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """Move traffic and writes to `target`."""

    target: str
    forced: bool = False
    regions: tuple[str, ...]
    """Where the table has replicas; the first is home."""
    write_mode: Literal["any", "active-region"]
    """What to assume where no pod says which one it runs with."""
    limits: Limits = Limits()
    reason: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """All Regions but the target."""
        return tuple(region for region in self.regions if region != self.target)
