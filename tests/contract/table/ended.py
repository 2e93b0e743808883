"""A run of the job: how it ended and what it said; and the command as a process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EAST, WEST = "us-east-1", "us-west-2"


@dataclass
class Ended:
    """How a run ended. `lines` are its log."""

    code: int
    seconds: float
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]

    def said(self, event: str) -> list[str]:
        return [line["message"] for line in self.lines if line["event"] == event]


class Process:
    """`dynamodr …`, running."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, str]) -> None:
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dynamodr", *arguments],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> dict[str, Any]:
        """Wait for the next line of the log; empty at its end."""
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        return dict(json.loads(text)) if text else {}

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def finish(self) -> tuple[int, str]:
        """Wait for its end: exit code and standard output."""
        out, err = self._process.communicate(timeout=60)
        assert err == ""
        return self._process.returncode, out

    def end(self) -> Ended:
        """Wait for its end and read its log."""
        code, out = self.finish()
        return Ended(code, time.monotonic() - self._began, [json.loads(line) for line in out.splitlines()])
