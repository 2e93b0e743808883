"""What tests want to be read, and not only to pass."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each `record_property("said", ...)`, also of tests that ran in other processes."""
    said = [
        text
        for report in terminalreporter.stats.get("passed", ())
        for name, text in getattr(report, "user_properties", ())
        if name == "said" and report.when == "call"
    ]
    for text in sorted(said):
        terminalreporter.write_line(text)
