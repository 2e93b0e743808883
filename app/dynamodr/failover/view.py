"""What can be seen of the world at one moment: two or more Regions, and the accelerator in front of them."""

import msgspec

from dynamodr.fence.record import Fence, Heartbeat, unfenced

HEALTHY = "HEALTHY"
MODES = ("any", "active-region")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint group: one Region behind one listener."""

    arn: str
    region: str
    listener: str
    dial: float
    """TrafficDialPercentage, as last asked for; obeyed once the accelerator is deployed."""
    health: dict[str, str] = {}
    """Endpoint id: INITIAL, HEALTHY or UNHEALTHY."""


class Accelerator(msgspec.Struct, frozen=True, kw_only=True):
    """An accelerator and all its endpoint groups."""

    arn: str
    name: str
    deployed: bool
    enabled: bool = True
    groups: tuple[Group, ...] = ()

    def of(self, region: str) -> tuple[Group, ...]:
        """The Region's endpoint groups, one for each listener that leads there."""
        return tuple(group for group in self.groups if group.region == region)

    def led(self, region: str) -> frozenset[str]:
        """The listeners that lead to the Region, by a dial that is not 0."""
        return frozenset(group.listener for group in self.of(region) if group.dial > 0)

    def listeners_without(self, region: str) -> frozenset[str]:
        """The listeners that have no endpoint group in the Region."""
        return frozenset(group.listener for group in self.groups) - {g.listener for g in self.of(region)}

    def healthy(self, region: str) -> bool:
        """Whether each of the Region's endpoint groups has a healthy endpoint."""
        groups = self.of(region)
        return bool(groups) and all(HEALTHY in group.health.values() for group in groups)

    def dial(self, region: str) -> float:
        """The Region's highest dial; 0 if it has no endpoint group."""
        return max((group.dial for group in self.of(region)), default=0.0)

    def below(self, region: str, percentage: float) -> tuple[str, ...]:
        """The ARNs of the Region's endpoint groups whose dial is less."""
        return tuple(group.arn for group in self.of(region) if group.dial < percentage)

    def above(self, region: str, percentage: float) -> tuple[str, ...]:
        """The ARNs of the Region's endpoint groups whose dial is more."""
        return tuple(group.arn for group in self.of(region) if group.dial > percentage)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every Region with an endpoint group."""
        return tuple(dict.fromkeys(group.region for group in self.groups))


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What a replica is known to bear at once, in units a second; 0 where AWS doesn't say."""

    billing: str = ""
    reads: int = 0
    writes: int = 0


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """One Region's replica of the table, as asked there."""

    region: str
    error: str = ""
    """Why it did not answer; then nothing below is known."""
    status: str = ""
    replicas: dict[str, str] = {}
    """The other Regions' replica status, as this Region says."""
    items: int = 0
    """Some hours old on AWS."""
    capacity: Capacity = Capacity()
    fence: Fence | None = None
    heartbeats: dict[str, Heartbeat] = {}

    @property
    def answers(self) -> bool:
        """Whether anything is known."""
        return not self.error

    @property
    def epoch(self) -> int:
        """The epoch of the fence here; 0 while there is none."""
        return self.fence.epoch if self.fence else 0


class View(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `now`: seconds, monotonic; `wall_ms`: milliseconds since the Unix epoch."""

    now: float
    wall_ms: int
    first: str
    """The first of this command's TABLE_REGIONS."""
    replicas: dict[str, Replica]
    accelerator: Accelerator | None
    accelerator_error: str = ""

    @property
    def homes(self) -> frozenset[str]:
        """The Regions that pods take for home; more than one, and none of them writes without a fence."""
        return frozenset(beat.home for beat in self.newest_beats().values() if beat.home)

    @property
    def home(self) -> str:
        """Who writes while there is no fence: as all pods say, else by this command's TABLE_REGIONS."""
        return next(iter(self.homes)) if len(self.homes) == 1 else self.first

    @property
    def fence(self) -> Fence:
        """The newest fence that any Region shows; what holds without one, if none does."""
        found = [one.fence for one in self.replicas.values() if one.fence]
        return max(found, key=lambda fence: fence.epoch, default=unfenced(self.home))

    @property
    def obeyed(self) -> bool | None:
        """Whether pods obey the fence, by their newest heartbeats; None: none is seen."""
        modes = {beat.mode for beat in self.newest_beats().values() if beat.mode in MODES}
        return "active-region" in modes if modes else None

    @property
    def conflict(self) -> bool:
        """Whether two Regions show different decisions of the newest epoch."""
        newest = self.fence.epoch
        shown = [one.fence for one in self.replicas.values() if one.fence]
        return len({fence.decision for fence in shown if fence.epoch == newest}) > 1

    @property
    def highest(self) -> int:
        """The highest epoch that anything mentions."""
        beats = [beat for one in self.replicas.values() for beat in one.heartbeats.values()]
        return max([self.fence.epoch, *(beat.epoch for beat in beats)])

    def newest_beats(self) -> dict[str, Heartbeat]:
        """Each Region's last heartbeat, wherever it is seen."""
        newest: dict[str, Heartbeat] = {}
        for one in self.replicas.values():
            for region, beat in one.heartbeats.items():
                if region not in newest or beat.beat > newest[region].beat:
                    newest[region] = beat
        return newest

    def lag(self, source: str, target: str) -> float | None:
        """Bound the replication lag: the age, in seconds, of the newest heartbeat of `source` in `target`."""
        beat = self.replicas[target].heartbeats.get(source) if target in self.replicas else None
        return max(0.0, (self.wall_ms - beat.at) / 1000) if beat else None
