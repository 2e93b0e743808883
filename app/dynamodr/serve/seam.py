"""Where the fence and the heartbeats are joined to the service.

Two things can be attached, both made by `attach`, which runs once in each worker, after the fork:

- a `WriteGate`: asked before each write of a user, on the request's thread, so it must answer from memory;
- `Background` work: started before the worker's first request, stopped when the worker stops. It may start
  threads (the master never does: it forks) and may call DynamoDB through the same client, whose calls are
  then counted in the metrics but in no request's log line.

Gauges belong to whoever sets them: import `prometheus_client` in a function that runs after the fork, never
at a module's top level, because it reads PROMETHEUS_MULTIPROC_DIR when it is first imported.
"""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from dynamodr.fence.attach import follow, follower_client
from dynamodr.fence.core import Verdict

__all__ = [
    "Attachments",
    "Background",
    "OpenGate",
    "RegionNotActive",
    "WriteGate",
    "attach",
    "follower_client",
]

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from dynamodr.settings import Settings


class RegionNotActive(Exception):  # noqa: N818 - it is an answer, not a mistake
    """Writes are not taken here now: answered 503 `region-not-active`, naming the Region that takes them."""

    def __init__(self, active_region: str, detail: str = "") -> None:
        """Name the active Region, or "" while there is none or none is known. `detail`: why, for a person."""
        self.active_region = active_region
        self.detail = detail
        super().__init__(active_region or "none")


class WriteGate(Protocol):
    """Whether this Region takes writes now."""

    def check(self) -> None:
        """Return if it does; raise RegionNotActive if not."""

    def pending(self) -> str:
        """Say why this new worker should get no traffic yet; "" once it may."""

    def sends_away(self) -> bool:
        """Whether writers should come back on a new connection, which may lead to another Region."""


class Background(Protocol):
    """Work that a worker does besides answering."""

    def start(self) -> None:
        """Begin; return at once."""

    def stop(self) -> None:
        """End; return within a second."""


class OpenGate:
    """Takes every write: WRITE_MODE=any."""

    def check(self) -> None:
        """Let it pass."""

    def pending(self) -> str:
        """Nothing is waited for."""
        return ""

    def sends_away(self) -> bool:
        """Nobody need go."""
        return False


class Attachments(NamedTuple):
    """What a worker runs with."""

    gate: WriteGate
    background: tuple[Background, ...] = ()


def attach(settings: "Settings", dynamodb: "DynamoDBClient", following: "DynamoDBClient") -> Attachments:
    """Make this worker's gate and background work. `dynamodb` makes the users' calls."""

    def refuse(verdict: Verdict) -> RegionNotActive:
        return refusal(settings.aws_region, verdict)

    gate, follower = follow(settings, dynamodb, following, refuse)
    return Attachments(gate or OpenGate(), (follower,))


def refusal(region: str, verdict: Verdict) -> RegionNotActive:
    """Say who takes the writes, as far as it is known here."""
    match verdict.standing:
        case "standby":
            active = verdict.active_region
            return RegionNotActive(active, f"{active} takes the writes.")
        case "moving":
            detail = f"The writes are moving to {verdict.target}: try again in a few seconds."
            return RegionNotActive("", detail)
        case "unproven":
            detail = (
                f"The last that {region} knows is that it takes the writes; it must hear from another "
                f"Region, or from an operator (dynamodr failover to {region}), that this still holds."
            )
            return RegionNotActive("", detail)
        case "behind":
            return RegionNotActive("", f"The writes have moved, and {region} does not know yet where to.")
    return RegionNotActive("", f"{region} cannot read which Region takes the writes.")
