"""What each step did: a table at the end, and the same as JSON in out/e2e."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.e2e.load import Result

NOT_RUN = "not run: "


@dataclass
class Step:
    """One step. Seconds are all that it took, its preparation included."""

    name: str
    outcome: str = "unfinished"
    """Also: passed, FAILED, not run."""
    seconds: float = 0.0
    requests: int = 0
    failures: int = 0
    writes: int = 0
    note: str = ""
    """What was measured, or why it failed or wasn't run."""

    def met(self, result: Result) -> None:
        """Count a load."""
        self.requests += result.requests
        self.failures += len(result.failures)
        self.writes += len(result.acknowledged)

    def says(self, note: str) -> None:
        """Add to what was measured."""
        self.note = "; ".join(filter(None, (self.note, note)))


def line(step: Step) -> str:
    """Return a step as a line of the table."""
    return (
        f"{step.name:<62} {step.outcome:<10} {step.seconds:>7.1f} {step.requests or '':>8} "
        f"{step.failures if step.requests else '':>6} {step.writes or '':>6}  {step.note}"
    ).rstrip()


def table(steps: list[Step]) -> str:
    """Return the steps as a table for people."""
    head = f"{'step':<62} {'outcome':<10} {'seconds':>7} {'requests':>8} {'failed':>6} {'writes':>6}  note"
    lines = [line(each) for each in steps]
    total = sum(each.seconds for each in steps)
    requests = sum(each.requests for each in steps)
    return "\n".join(
        [head, "-" * len(head), *lines, f"{len(steps)} steps, {total:.0f} s, {requests} requests"]
    )


def write(steps: list[Step], folder: Path) -> None:
    """Leave the table and the JSON in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.txt").write_text(table(steps) + "\n")
    (folder / "report.json").write_text(json.dumps([asdict(each) for each in steps], indent=2) + "\n")
