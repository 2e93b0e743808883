"""The scenarios, as data: what fails, when, and what the operator does about it."""

from typing import Any, TypeAlias

import msgspec


class Watch(msgspec.Struct, frozen=True):
    """Let the load go on for so many seconds."""

    seconds: float


class Inject(msgspec.Struct, frozen=True):
    """Let faults begin. {source} and {target} in them are the Regions."""

    name: str
    faults: tuple[dict[str, Any], ...]


class Move(msgspec.Struct, frozen=True):
    """Run `dynamodr failover to`."""

    to: str = "{target}"
    forced: bool = False
    options: tuple[str, ...] = ()


class Heal(msgspec.Struct, frozen=True):
    """End a fault by its name, or every one."""

    name: str = ""


class Ready(msgspec.Struct, frozen=True):
    """Wait until every Region is healthy and this one takes the writes."""

    writes_in: str


class Load(msgspec.Struct, frozen=True):
    """Start the load."""


Act: TypeAlias = Watch | Inject | Move | Heal | Ready | Load

BEFORE = Watch(4.0)
DECIDE = Watch(2.0)
"""From the fault until the operator has decided. On a real day: minutes, and the most of any RTO."""
AFTER = Watch(3.0)

NO_DIALS = "the accelerator's API is lost"
FIS_OUTAGE = "aws:network:disrupt-connectivity, or another that takes the Region out"
LOSE_SOURCE: dict[str, Any] = {"fault": "lose-region", "region": "{source}"}


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A disaster, or an exercise. The writes move from source to target."""

    name: str
    says: str
    acts: tuple[Act, ...]
    exit_codes: tuple[int, ...] = (0,)
    """What the failover commands must exit with, one after the other."""
    moves: bool = True
    """Whether the writes must be the target's at the end."""
    may_lose: bool = False
    """Whether acknowledged writes may be late, or lost. They are named, and the ledger names the same."""
    both_write: bool = False
    staying: int = 0
    """How many of the clients keep their connection."""
    back: bool = False
    """Whether the target is the home Region."""
    by_fis: str = ""
    """The FIS action that makes this fault on AWS; empty: none does."""

    @property
    def faulty(self) -> bool:
        """Whether something fails in it."""
        return any(isinstance(act, Inject) for act in self.acts)

    @property
    def outage(self) -> str:
        """The name of the fault that takes the source out, {source} in it; empty: none does."""
        losing = (act.name for act in self.acts if isinstance(act, Inject) and LOSE_SOURCE in act.faults)
        return next(losing, "")


SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            name="region-outage",
            says="A Region is gone, service and DynamoDB; --forced brings the writes to the other one.",
            acts=(
                Load(),
                BEFORE,
                Inject("{source} is lost", (LOSE_SOURCE,)),
                DECIDE,
                Move(forced=True),
                AFTER,
                Heal(),
                Ready("{target}"),
                AFTER,
            ),
            may_lose=True,
            by_fis=FIS_OUTAGE,
        ),
        Scenario(
            name="planned-failover",
            says="Both Regions work; --planned moves traffic and writes, and loses nothing.",
            acts=(Load(), BEFORE, Move(), AFTER),
        ),
        Scenario(
            name="failback",
            says="After an outage the writes are in the second Region; --planned brings them home.",
            acts=(
                Inject("{target} is lost", ({"fault": "lose-region", "region": "{target}"},)),
                Move(to="{source}", forced=True),
                Heal(),
                Ready("{source}"),
                Load(),
                BEFORE,
                Move(),
                AFTER,
            ),
            back=True,
            by_fis=FIS_OUTAGE,
        ),
        Scenario(
            name="replication-pause",
            says="Replication stands still; --planned can't prove that all arrived, and gives up.",
            acts=(
                Load(),
                BEFORE,
                Inject("replication is paused", ({"fault": "pause-replication"},)),
                DECIDE,
                Move(options=("--prove-seconds", "5")),
                AFTER,
                Heal(),
                AFTER,
            ),
            exit_codes=(1,),
            moves=False,
            by_fis="aws:dynamodb:global-table-pause-replication",
        ),
        Scenario(
            name="split-brain",
            says="Nothing replicates, the operator can't reach the old Region: both take writes.",
            acts=(
                Load(),
                BEFORE,
                Inject(
                    "the Regions are cut off from each other",
                    (
                        {"fault": "partition", "regions": ["{source}", "{target}"]},
                        {
                            "fault": "deny",
                            "action": "dynamodb:*",
                            "region": "{source}",
                            "access_key": "operator",
                        },
                    ),
                ),
                DECIDE,
                Move(forced=True),
                AFTER,
                Heal(),
                Ready("{target}"),
                Watch(6.0),
            ),
            may_lose=True,
            both_write=True,
            staying=6,
        ),
        Scenario(
            name="control-plane-loss",
            says="A Region is gone, no dial can be turned: health checks move the traffic.",
            acts=(
                Load(),
                BEFORE,
                Inject("{source} is lost", (LOSE_SOURCE,)),
                Inject(NO_DIALS, ({"fault": "service-outage", "service": "globalaccelerator"},)),
                DECIDE,
                Move(forced=True),
                AFTER,
                # While its dial is up, a Region that comes back gets traffic, and takes no writes.
                Heal(NO_DIALS),
                Move(forced=True),
                Heal(),
                Ready("{target}"),
                AFTER,
            ),
            exit_codes=(1, 0),
            may_lose=True,
        ),
    )
}


def filled(value: Any, source: str, target: str) -> Any:
    """Put the Regions' names in."""
    match value:
        case str():
            return value.replace("{source}", source).replace("{target}", target)
        case dict():
            return {name: filled(one, source, target) for name, one in value.items()}
        case list() | tuple():
            return [filled(one, source, target) for one in value]
    return value
