"""Print what the gate's steps came to, and last "N passed, N failed, N skipped". Exits 1 if any step failed.

Reads, in the directory it is given, `steps` (one line a step: name, exit status, seconds) and its JUnit XML.
A step that left no report counts as one; so does a failed step whose reports show no failure.
"""

import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree


class Count(NamedTuple):
    """Tests by outcome."""

    passed: int
    failed: int
    skipped: int


def read(report: Path) -> Count:
    """Count the tests of one JUnit XML file; a file that is not whole is one failure."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - our own tests wrote it
    except ElementTree.ParseError:
        return Count(0, 1, 0)
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Count(len(cases) - failed - skipped, failed, skipped)


def count(reports: list[Path], status: int) -> Count:
    """Count a step by its reports and its exit status."""
    read_all = [read(report) for report in reports]
    total = Count(*(sum(column) for column in zip(*read_all, strict=True))) if read_all else Count(0, 0, 0)
    if status and not total.failed:
        return total._replace(failed=1)
    return total if reports else Count(1, 0, 0)


def main(place: Path) -> int:
    """Print the table; return the exit status."""
    steps = [line.split() for line in (place / "steps").read_text().splitlines()]
    counts = {name: count(sorted((place / name).rglob("*.xml")), int(status)) for name, status, _ in steps}
    print(f"{'step':<12}{'result':<8}{'seconds':>8}{'passed':>8}{'failed':>8}{'skipped':>9}")
    for name, status, seconds in steps:
        result = "FAILED" if int(status) else "ok"
        passed, failed, skipped = counts[name]
        print(f"{name:<12}{result:<8}{seconds:>8}{passed:>8}{failed:>8}{skipped:>9}")
    total = Count(*(sum(column) for column in zip(*counts.values(), strict=True)))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return int(total.failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
