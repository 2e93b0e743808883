"""The operator: runs the real `dynamodr failover to`, and reads what it prints."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rehearsal.drill.record import Command, Step
from rehearsal.tethered import Tethered, dynamodr

PATIENCE_SECONDS = 240.0
STOP_SECONDS = 10.0
"""For a command that is told to stop to say where it left things: it ends at once, whatever it waits for."""
MOVED = ("force", "lift")
"""The steps by which the writes become the target's."""


def fail_over(
    arguments: Sequence[str],
    variables: Mapping[str, str],
    told: Callable[[Step], None],
    interrupted: Callable[[Command], None] = lambda _: None,
) -> Command:
    """Run it to its end; `told` gets each step as it is printed.

    Whatever breaks in on it (Ctrl-C) ends the command first; `interrupted` gets what that said last.
    """
    began, output = time.time(), _Output(told)
    process = Tethered(
        [dynamodr(), "failover", "to", *arguments, "--output", "json"], variables, subprocess.PIPE
    )

    def command() -> Command:
        code = process.exit_status
        return Command(
            arguments=("failover", "to", *arguments),
            began=began,
            ended=time.time(),
            exit_code=-1 if code is None else code,
            outcome=str(output.result.get("outcome", "ended early")),
            detail=str(output.result.get("detail", " ".join(output.rest[-3:]))),
            paused_seconds=output.result.get("paused_seconds"),
        )

    try:
        for raw in process.process.stdout or ():
            output.take(raw)
        process.wait(PATIENCE_SECONDS)
    except BaseException:
        try:
            _stop(process, output)
        finally:
            process.kill()
            interrupted(command())
        raise
    ended = command()
    process.kill()
    return ended


class _Output:
    """What the command has printed."""

    def __init__(self, told: Callable[[Step], None]) -> None:
        self.told = told
        self.result: dict[str, Any] = {}
        self.rest: list[str] = []

    def take(self, raw: bytes) -> None:
        text = raw.decode(errors="replace").strip()
        try:
            event = json.loads(text)
        except ValueError:
            self.rest.append(text)
            return
        if event.get("kind") == "result":
            self.result = event
        elif "at_ms" in event:
            self.told(
                Step(
                    at=event["at_ms"] / 1000,
                    kind=event["kind"],
                    name=event["name"],
                    detail=event["detail"],
                    ok=event.get("ok"),
                )
            )


def _stop(process: Tethered, output: _Output) -> None:
    """Let it stop by itself, and hear what it says of that."""
    output.told = lambda _: None
    process.terminate()
    late = threading.Timer(STOP_SECONDS, process.kill)
    late.start()
    with contextlib.suppress(ValueError, OSError):  # it was killed, and its output closed
        for raw in process.process.stdout or ():
            output.take(raw)
        process.wait(STOP_SECONDS)
    late.cancel()
