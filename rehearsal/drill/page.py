"""drill.html."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.drill.report import Report


def page(report: "Report") -> str:
    """One file."""
    return f"<!doctype html><title>{report.scenario}</title>"
