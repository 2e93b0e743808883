"""What is stored: one fence for the table, one heartbeat for each Region.

Both are items of the users table, so that they travel as the users do. Their keys begin with "!".
"""

from typing import Literal

import msgspec

FENCE_KEY = ("!fence", "active")
HEARTBEATS = "!heartbeat"
"""The username of every heartbeat; its last_name is the Region."""

Standing = Literal["active", "standby", "moving", "unproven", "behind", "unknown"]
"""What a pod makes of the fence. Only `active` takes writes; `core` says what each means."""


class Site(msgspec.Struct, frozen=True):
    """Where this process is. `regions` are the table's; the first is home."""

    region: str
    regions: tuple[str, ...]

    @property
    def home(self) -> str:
        """The Region that writes while there is no fence."""
        return self.regions[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The table's other Regions."""
        return tuple(region for region in self.regions if region != self.region)


class Fence(msgspec.Struct, frozen=True, kw_only=True):
    """The Region that may write, as of an epoch. Every change of it takes a higher epoch."""

    active_region: str
    """"" while the writes are moving from `source` to `target`: then nobody may write."""
    epoch: int
    source: str = ""
    """The Region that could write before this change. While moving, its replica decides what comes next."""
    target: str = ""
    forced: bool = False
    """Whether it was decided without asking `source`, which was gone."""
    reason: str = ""
    at: int = 0
    """When it was decided: milliseconds since the Unix epoch, on the operator's clock. For people."""
    written_in: str = ""
    """The Region whose replica this was written to, rather than replicated into."""
    dials: dict[str, int] = {}
    """While moving: what the dials were before, by Region, so that an abort can put them back."""

    @property
    def moving(self) -> bool:
        """Whether the writes are on their way from one Region to another."""
        return self.active_region == ""

    @property
    def decision(self) -> tuple[str, int, str]:
        """What two copies of one change have in common, wherever they were written."""
        return self.active_region, self.epoch, self.target


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """One Region's sign of life. Only that Region's pods write it, each beat once."""

    region: str
    at: int
    """When it was written: milliseconds since the Unix epoch, on a pod's clock."""
    beat: int = 0
    """Counts up by one with each write, so that "later" needs no clock."""
    epoch: int = 0
    """The highest epoch that the writer knew of, its fence read after what `heard` says."""
    vouched: int = 0
    """The last beat whose writer knew that its view of the fence was the current one."""
    heard: dict[str, int] = {}
    """The last beat of each other Region that had been replicated to the writer."""
    lag: dict[str, int] = {}
    """By source Region, the longest that a beat took to be seen here in the last minutes: milliseconds."""
    standing: str = "unknown"
    mode: str = "active-region"
    """The writer's WRITE_MODE."""
    home: str = ""
    """The first of the writer's TABLE_REGIONS, which writes while there is no fence."""


def unfenced(home: str) -> Fence:
    """What holds while there is no fence item: the home Region writes."""
    return Fence(active_region=home, epoch=0, target=home)
