"""The report of a drill: drill.json, drill.html, and the words for a terminal."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rehearsal.drill.expect import claims
from rehearsal.drill.figures import figures
from rehearsal.drill.page import page
from rehearsal.drill.place import Place
from rehearsal.drill.record import Evidence
from rehearsal.drill.scenario import Scenario
from rehearsal.drill.summary import Report
from rehearsal.drill.timeline import seconds
from rehearsal.drill.verdict import judge

__all__ = ["Report", "make", "save", "schema", "show"]


def schema() -> dict[str, Any]:
    """The JSON Schema of drill.json: what drill.schema.json holds."""
    told = msgspec.json.schema(Report)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "drill.json: what a drill saw, and what it cost",
        "description": "Times are seconds since the Unix epoch, durations are seconds.",
        **told,
    }


def make(
    scenario: Scenario, evidence: Evidence, place: Place, settings: dict[str, Any], began: float
) -> Report:
    """Judge what was seen."""
    verdict = judge(evidence)
    made = claims(scenario, evidence, verdict)
    ended = max((one.end for one in evidence.requests), default=began)
    return Report(
        scenario=scenario.name,
        says=scenario.says,
        began=datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        seconds=round(ended - began, 3),
        source=evidence.source,
        target=evidence.target,
        place="a rehearsal on one machine" if place.admin else place.url,
        settings=settings,
        passed=all(claim.holds for claim in made),
        claims=made,
        verdict=verdict,
        marks=evidence.marks,
        steps=evidence.steps,
        commands=evidence.commands,
        samples=evidence.samples,
        timeline=seconds(evidence.requests),
        moved_at=evidence.moved_at,
        look=evidence.look,
    )


def save(report: Report, evidence: Evidence, out: Path) -> Path:
    """Write drill.json, drill.html and requests.ndjson into `out`; return the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    (out / "drill.json").write_bytes(msgspec.json.format(encode(report), indent=1) + b"\n")
    (out / "requests.ndjson").write_bytes(b"".join(encode(one) + b"\n" for one in evidence.requests))
    found = out / "drill.html"
    found.write_text(page(report), encoding="utf-8")
    return found


def show(console: Console, report: Report, where: Path) -> None:
    """Print the verdict."""
    verdict = report.verdict
    console.print()
    for claim in report.claims:
        mark = ("✓", "green") if claim.holds else ("✗", "bold red")
        console.print(Text.assemble("   ", mark, f" {claim.text}", (f"  {claim.found}", "dim")))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in figures(verdict):
        table.add_row(name, value)
    console.print()
    console.print(table)
    console.print()
    passed = ("passed", "bold green") if report.passed else ("failed", "bold red")
    console.print(Text.assemble(f"{report.scenario} ", passed, f"  {where}"), soft_wrap=True)
