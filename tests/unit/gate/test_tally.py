"""The gate's count: it never calls a failed step passed."""

from pathlib import Path

import pytest

from ci.tally import Count, count, main

MIXED = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase>
<testcase name="c"><skipped/></testcase><testcase name="d"><error/></testcase>
</testsuite></testsuites>"""
PASSED = '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>'


@pytest.mark.parametrize(
    ("reports", "status", "expected"),
    [
        ([], 0, Count(1, 0, 0)),
        ([], 2, Count(0, 1, 0)),
        ([PASSED], 0, Count(2, 0, 0)),
        ([PASSED, MIXED], 1, Count(3, 2, 1)),
        ([PASSED], 124, Count(2, 1, 0)),  # all tests passed, and yet it failed
        (["<testsuite><testca"], 0, Count(0, 1, 0)),  # a report cut short is no success
    ],
)
def test_counts_a_step(tmp_path: Path, reports: list[str], status: int, expected: Count) -> None:
    files = [tmp_path / f"{number}.xml" for number in range(len(reports))]
    for file, text in zip(files, reports, strict=True):
        file.write_text(text)
    assert count(files, status) == expected


@pytest.mark.parametrize(
    ("status", "exits", "last"), [(0, 0, "3 passed, 0 failed, 0"), (1, 1, "2 passed, 1 failed, 0")]
)
def test_last_line_and_exit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int, exits: int, last: str
) -> None:
    (tmp_path / "steps").write_text(f"test 0 61\ndemo {status} 14\n")
    (tmp_path / "test").mkdir()
    (tmp_path / "test/unit.xml").write_text(PASSED)
    assert main(tmp_path) == exits
    assert capsys.readouterr().out.splitlines()[-1] == f"{last} skipped"
