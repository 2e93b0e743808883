"""The operator: runs the real `dynamodr failover to`, and reads what it prints."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rehearsal.drill.record import Command, Step
from rehearsal.tethered import Tethered, dynamodr

PATIENCE_SECONDS = 240.0
MOVED = ("force", "lift")
"""The steps by which the writes become the target's."""


def fail_over(
    arguments: Sequence[str], variables: Mapping[str, str], told: Callable[[Step], None]
) -> Command:
    """Run it to its end; `told` gets each step as it is printed."""
    began = time.time()
    line = [dynamodr(), "failover", "to", *arguments, "--output", "json"]
    process = Tethered(line, variables, subprocess.PIPE)
    result: dict[str, Any] = {}
    rest: list[str] = []
    out = process.process.stdout
    if out is None:
        raise OSError("the failover command has no output")
    for raw in out:
        text = raw.decode(errors="replace").strip()
        try:
            event = json.loads(text)
        except ValueError:
            rest.append(text)
            continue
        if event.get("kind") == "result":
            result = event
        elif "at_ms" in event:
            told(
                Step(
                    at=event["at_ms"] / 1000,
                    kind=event["kind"],
                    name=event["name"],
                    detail=event["detail"],
                    ok=event.get("ok"),
                )
            )
    code = process.wait(PATIENCE_SECONDS)
    process.kill()
    return Command(
        arguments=("failover", "to", *arguments),
        began=began,
        ended=time.time(),
        exit_code=-1 if code is None else code,
        outcome=str(result.get("outcome", "ended early")),
        detail=str(result.get("detail", " ".join(rest[-3:]))),
        paused_seconds=result.get("paused_seconds"),
    )
