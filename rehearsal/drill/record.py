"""What a drill saw: every request of its clients, the faults, the failover's steps, the state over time.

Times are seconds since the Unix epoch, durations seconds. A write is named by the write id that the service
gave it, a key is "username/last_name".
"""

from typing import Literal

import msgspec

Kind = Literal["read", "write"]


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request as its client saw it. `at`: when it was sent."""

    at: float
    seconds: float
    kind: Kind
    ok: bool
    """Whether the service answered as it should. 404, 409 and 412 are answers."""
    cause: str = ""
    """Why not; empty when ok."""
    region: str = ""
    """The Region that answered; empty when that isn't known."""
    key: str = ""
    write: str = ""
    """The id of the write that was acknowledged; of a doubtful create, the id that it would have."""
    over: str = ""
    """The id of the write that was replaced; empty for a create."""
    doubtful: bool = False
    """A write that failed, and may have been carried out all the same."""
    missing: bool = False
    """A read of an acknowledged user that found nobody."""
    conflict: bool = False
    """A write that was not made, because somebody else had written that user."""

    @property
    def end(self) -> float:
        """When its answer came, or the lack of one was clear."""
        return self.at + self.seconds

    @property
    def acknowledged(self) -> bool:
        """Whether it is a write that the client was promised."""
        return self.ok and bool(self.write)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the drill did. `what`: fault, on, heal, load.

    A fault is from before the drill let it begin until after it had ended; "on" is what lies surely inside.
    """

    at: float
    what: str
    name: str
    until: float | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of `dynamodr failover to`, as it printed it."""

    at: float
    kind: str
    name: str
    detail: str
    ok: bool | None = None


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A look from outside. What did not answer is absent."""

    at: float
    dials: dict[str, float] = {}
    health: dict[str, str] = {}
    lag: dict[str, float] = {}
    """By Region: the age of its last heartbeat as the other Region has it."""
    fence: dict[str, str] = {}
    """By Region: the Region that its replica says may write; "" while the writes move."""


class WorldWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A write in the world's own ledger."""

    key: str
    region: str
    at: float


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One run of `dynamodr failover`."""

    arguments: tuple[str, ...]
    began: float
    ended: float
    exit_code: int
    outcome: str
    detail: str
    paused_seconds: float | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The look at what the target held when the writes became its own."""

    since: float
    """Looked for were the users that the source had acknowledged from then on; older writes count as held."""
    ended: float
    """When all of them were read. What arrived until then counts as held."""
    users: int
    late: tuple[str, ...] = ()
    """Users of which the drill heard only after it had looked: not looked for, and not counted."""


class Evidence(msgspec.Struct, kw_only=True):
    """All that a verdict is made of."""

    scenario: str
    source: str
    target: str
    requests: list[Request]
    marks: list[Mark] = []
    steps: list[Step] = []
    commands: list[Command] = []
    samples: list[Sample] = []
    moved_at: float | None = None
    """When the writes were the target's: the fence that names it was stored. None: they never were."""
    at_move: dict[str, str] | None = None
    """What the target held at that moment: key to write id. None with `moved_at`: it could not be read."""
    look: Look | None = None
    after: dict[str, dict[str, str]] = {}
    """What each Region held in the end."""
    in_flight: list[WorldWrite] | None = None
    """The world's ledger at that moment: what had not reached the target. None: there is no such ledger."""
    lost: list[WorldWrite] | None = None
    """The world's ledger in the end: lost updates."""
    problems: list[str] = []
    """What kept the drill from being played to its end."""
