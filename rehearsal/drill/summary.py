"""What a drill comes to, as drill.json holds it."""

from typing import Any

import msgspec

from rehearsal.drill.expect import Claim
from rehearsal.drill.record import Command, Look, Mark, Sample, Step
from rehearsal.drill.timeline import Second
from rehearsal.drill.verdict import Verdict

FORMAT = 1


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What drill.json holds; drill.schema.json describes it."""

    format: int = FORMAT
    scenario: str
    says: str
    began: str
    """RFC 3339, UTC."""
    seconds: float
    source: str
    target: str
    place: str
    settings: dict[str, Any]
    passed: bool
    """Whether every claim holds."""
    claims: list[Claim]
    verdict: Verdict
    marks: list[Mark]
    steps: list[Step]
    commands: list[Command]
    samples: list[Sample]
    timeline: list[Second]
    moved_at: float | None
    look: Look | None
