"""A drill that is stopped in the middle of a failover says how it leaves the deployment."""

import sys
from pathlib import Path
from typing import NoReturn

import pytest

from rehearsal.drill import operator, run
from rehearsal.drill.failing import ByFis
from rehearsal.drill.operator import fail_over
from rehearsal.drill.record import Command, Step
from rehearsal.drill.scenario import Move
from tests.unit.drill.standing import Fis, drill

PAUSED = "interrupted. It may have paused the writes"
COMMAND = f"""#!{sys.executable}
import json, os, signal, sys

def stop(*_):
    print(json.dumps({{"kind": "result", "outcome": "stopped", "detail": {PAUSED!r}}}))
    sys.exit(1)

signal.signal(signal.SIGTERM, stop)
step = {{"kind": "step", "at_ms": os.getpid(), "name": "fence", "detail": "writes pause", "ok": True}}
print(json.dumps(step), flush=True)
while True:
    signal.pause()
"""


@pytest.fixture(autouse=True)
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failover that pauses the writes, and then waits until it is stopped."""
    file = tmp_path / "dynamodr"
    file.write_text(COMMAND)
    file.chmod(0o755)
    monkeypatch.setattr(operator, "dynamodr", lambda: str(file))
    monkeypatch.setattr(run, "refusal", lambda _: "")


def interrupt(_: Step) -> NoReturn:
    raise KeyboardInterrupt


def test_the_command_is_stopped_and_heard() -> None:
    heard: list[Command] = []
    with pytest.raises(KeyboardInterrupt):
        fail_over(["us-west-2", "--planned"], {}, interrupt, heard.append)
    assert [(one.exit_code, one.outcome, one.detail) for one in heard] == [(1, "stopped", PAUSED)]


def test_the_drill_tells_the_line_that_finishes_the_move(monkeypatch: pytest.MonkeyPatch) -> None:
    made, warned = drill(Move(), failing=ByFis("EXT1", Fis()))
    monkeypatch.setattr(made, "_told", interrupt)
    with pytest.raises(KeyboardInterrupt):
        made.run()
    line = "dynamodr failover to us-west-2 --planned --reason drill"
    of = "TABLE_NAME=users TABLE_REGIONS=us-east-1,us-west-2 ACCELERATOR_ARN=arn:x WRITE_MODE=active-region"
    assert warned == [
        f"The failover was interrupted (stopped): {PAUSED}",
        f"Finish the move: {of} {line}",
    ]
