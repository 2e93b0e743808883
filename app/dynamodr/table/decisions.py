"""What the job may decide. There is no decision that deletes, and no action that could carry one out."""

import msgspec


class CreateTable(msgspec.Struct, frozen=True):
    """Create the table in its home Region."""

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return "create the table"


class AddReplica(msgspec.Struct, frozen=True):
    """Add a replica in `region`, through the home Region."""

    region: str

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return f"add a replica in {self.region}"


class Protect(msgspec.Struct, frozen=True):
    """Turn deletion protection on, in the own Region."""

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return "turn deletion protection on"


class KeepBackups(msgspec.Struct, frozen=True):
    """Turn point-in-time recovery on, in the own Region."""

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return "turn point-in-time recovery on"


class Tag(msgspec.Struct, frozen=True):
    """Set the tags of the spec on the own Region's replica."""

    arn: str

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return "set the tags"


class Warm(msgspec.Struct, frozen=True):
    """Raise warm throughput to so many units a second, in every Region; neither below what there is."""

    read: int
    write: int

    @property
    def key(self) -> str:
        """Name the action, the same at each try."""
        return "raise warm throughput"


Action = CreateTable | AddReplica | Protect | KeepBackups | Tag | Warm


class Done(msgspec.Struct, frozen=True):
    """Converged, or as far as a lost Region lets it be: `warnings` say what is not as configured."""

    warnings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    """Regions whose replica could not be seen to serve. The own one does."""
    amiss: str = ""
    """Why the table is not at rest, though it serves in every Region that is not lost."""


class Act(msgspec.Struct, frozen=True):
    """Make this call now."""

    action: Action


class Wait(msgspec.Struct, frozen=True):
    """Look again, later. `until`: no earlier than this time on the loop's clock."""

    reason: str
    until: float = 0.0


class Stop(msgspec.Struct, frozen=True):
    """Give up: what is there, what was wanted, what a person should do."""

    there: str
    wanted: str
    cure: str
    final: bool = True
    """False: a later run may succeed with nothing changed."""

    @property
    def text(self) -> str:
        """Say it in sentences."""
        return f"{self.there}. Wanted: {self.wanted}. To do: {self.cure}."


class Suspect(msgspec.Struct, frozen=True):
    """`then` is to be believed once it is seen `looks` times running, for `seconds`; until then wait."""

    key: str
    then: "Decision"
    reason: str
    seconds: float = 0.0
    looks: int = 1


Decision = Done | Act | Wait | Stop
Finding = Decision | Suspect
