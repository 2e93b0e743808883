"""All that a run has found, as bench.json keeps it."""

from __future__ import annotations

import msgspec

from bench.figures import Figure, Sample, Spread  # noqa: TC001 - msgspec reads the annotations


class Machine(msgspec.Struct, frozen=True):
    """Where it ran, in words that name no host and no path."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    python: str
    engine: str
    busy: float
    """The load average of the minute before the run: other work on the machine."""


class Standing(msgspec.Struct, frozen=True):
    """What a server costs before it is asked for anything, and after."""

    peer: str
    first_ms: Spread
    """From the start of its process to its first 200, of a route that asks nobody."""
    user_ms: Spread | None
    """To its first user out of DynamoDB."""
    pss_mb: float
    """Of the whole process tree, after the load."""


class Scale(msgspec.Struct, frozen=True):
    """A page of the list in a table of so many users."""

    users: int
    page: Figure


class Export(msgspec.Struct, frozen=True):
    """The whole of a large table as NDJSON, against the bare paginator."""

    users: int
    cpu_us: Spread
    """A user."""
    floor_cpu_us: Spread
    seconds: float
    rise_mb: float
    """PSS at its highest during the export, less that before it."""
    smaller_users: int
    smaller_rise_mb: float
    """The same for a smaller table."""


class Report(msgspec.Struct, frozen=True):
    """A run."""

    at: str
    commit: str
    quick: bool
    machine: Machine
    clients: int
    rounds: int
    seconds: float
    """How long each sample was loaded."""
    users: int
    versions: dict[str, str]
    samples: list[Sample]
    figures: list[Figure]
    standing: list[Standing]
    scale: list[Scale]
    export: Export | None
    site_packages_mb: float | None

    def figure(self, peer: str, operation: str) -> Figure | None:
        """Find a figure."""
        return next((one for one in self.figures if (one.peer, one.operation) == (peer, operation)), None)

    def stood(self, peer: str) -> Standing | None:
        """Find what a peer costs at rest."""
        return next((one for one in self.standing if one.peer == peer), None)
