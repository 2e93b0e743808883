"""What the command refuses to be told, and what ends it."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from dynamodr.failover.command import failover

OPTIONS = ("--max-lag", "--prove-seconds", "--deploy-seconds", "--confirm-seconds")
GO_ON = """
import os, signal, sys
from dynamodr.stopping import Stopped, stoppable
number, before = int(sys.argv[1]), sys.argv[2]
usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
signal.signal(number, signal.SIG_IGN if before == "ignored" else usual)  # whatever these tests run under
try:
    with stoppable():
        os.kill(os.getpid(), number)
        print("went on")
except Stopped:
    print("stopped")
"""


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "901"])
def test_seconds_that_no_run_can_wait(option: str, seconds: str) -> None:
    found = CliRunner().invoke(failover, ["to", "us-west-2", "--planned", option, seconds])
    assert found.exit_code == 2
    assert option in found.output


@pytest.mark.parametrize(
    ("number", "before", "then"),
    [
        (signal.SIGTERM, "", "stopped"),
        (signal.SIGINT, "", "stopped"),
        (signal.SIGHUP, "", "stopped"),
        (signal.SIGHUP, "ignored", "went on"),  # nohup
    ],
)
def test_a_signal(number: int, before: str, then: str) -> None:
    command = [sys.executable, "-c", GO_ON, str(number), before]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == then
