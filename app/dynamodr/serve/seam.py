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

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from dynamodr.settings import Settings


class RegionNotActive(Exception):  # noqa: N818 - it is an answer, not a mistake
    """Writes are not taken here now: answered 503 `region-not-active`, naming the Region that takes them."""

    def __init__(self, active_region: str) -> None:
        """Name the active Region, or "" while the writes are moving from one to another."""
        self.active_region = active_region
        super().__init__(active_region or "moving")


class WriteGate(Protocol):
    """Whether this Region takes writes now."""

    def check(self) -> None:
        """Return if it does; raise RegionNotActive if not."""


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


class Attachments(NamedTuple):
    """What a worker runs with."""

    gate: WriteGate
    background: tuple[Background, ...] = ()


def attach(settings: "Settings", dynamodb: "DynamoDBClient") -> Attachments:  # noqa: ARG001
    """Make this worker's gate and background work."""
    if settings.write_mode != "any":
        raise NotImplementedError(f"WRITE_MODE={settings.write_mode}")  # fails closed
    return Attachments(OpenGate())
