"""The failover command as the custom action of an ARC Region switch plan: an AWS Lambda function.

ARC invokes it in the Region that is to become active, with the step's payload
(plans.yaml: {"mode": "planned"} or "forced") and what it knows of the execution. An error fails the step, and
ARC invokes it again: the command goes on from where it stopped. The settings are the command's own
(`dynamodr failover --help`).
"""

import json
import os
import subprocess
import sys
import threading
from typing import Any, Protocol

MODES = ("planned", "forced")
MARGIN = 20.0
"""Seconds before Lambda would kill everything: the command is told to stop, and says where it stood."""


class Context(Protocol):
    """What Lambda passes besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation."""


class FailoverError(Exception):
    """The command did not end with exit code 0."""


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Fail over to this Region; return the command's last line. Each line goes to the log as it comes."""
    mode = event.get("mode")
    if mode not in MODES:
        raise ValueError(f"the step's payload has mode {mode!r}: give one of {', '.join(MODES)}")
    reason = f"{event.get('InvokedBy', 'ARC')} {event.get('ExecutionId', '')}".strip()
    command = [sys.executable, "-m", "dynamodr", "failover", "to", os.environ["AWS_REGION"], f"--{mode}"]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    last = ""
    command += ["--output", "json", "--reason", reason]
    # No shell, and of the event only what was compared above, and a reason to be kept.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:  # noqa: S603
        seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
        clock = threading.Timer(max(0.0, seconds), process.terminate)
        clock.start()
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                last = line.strip() or last
        finally:
            clock.cancel()
    if process.returncode:
        raise FailoverError(f"exit code {process.returncode}: {last or 'see the log'}")
    result: dict[str, Any] = json.loads(last)
    return result
