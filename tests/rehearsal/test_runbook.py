"""The runbook, followed to the letter on the bad day: every command of it, in its order."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from rehearsal.ports import Choice, settle
from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports
from rehearsal.tethered import environment

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
STEP = re.compile(r"((?:<!-- \w+: [^>]* -->\n)*)```sh\n(.*?)```", re.DOTALL)
MARK = re.compile(r"<!-- (\w+): ([^>]*) -->")


class Step(NamedTuple):
    """A block of commands, what happens before it, and how it must end."""

    commands: str
    marks: dict[str, str]


def steps() -> list[Step]:
    text = RUNBOOK.read_text(encoding="utf-8")
    return [Step(commands, dict(MARK.findall(marks))) for marks, commands in STEP.findall(text)]


def test_every_block_says_how_it_ends() -> None:
    assert len(steps()) >= 8
    assert len(steps()) == RUNBOOK.read_text(encoding="utf-8").count("```sh")
    for step in steps():
        assert step.commands.startswith("export ") or {"exits", "until"} & step.marks.keys(), step


@pytest.mark.timeout(180)
def test_the_runbook_brings_the_service_through_the_loss_of_a_region() -> None:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(ports, time_factor=0.02, service_settings={"WRITE_MODE": "active-region"})
    with Rehearsal(config) as rehearsal:
        assert [job.wait(60) for job in rehearsal.table_jobs()] == [0, 0]
        rehearsal.services.start()
        rehearsal.services.wait_ready()
        shell = Shell(rehearsal)
        shell.until("dynamodr failover status", 0)
        for step in steps():
            if event := step.marks.get("happens"):
                happen(rehearsal, event, shell)
            if until := step.marks.get("until"):
                shell.until(step.commands, int(until))
            else:
                code, said = shell.run(step.commands)
                assert code == int(step.marks.get("exits", 0)), f"{step.commands}\n{said}"


def happen(rehearsal: Rehearsal, event: str, shell: "Shell") -> None:
    """What a night brings, between the commands."""
    if event == "heal":
        assert shell.run(f"rehearsal fault undo --all --endpoint {rehearsal.endpoint}")[0] == 0
        return
    assert shell.run(f"rehearsal fault {event} --endpoint {rehearsal.endpoint}")[0] == 0
    lost = event.rsplit(maxsplit=1)[-1]
    shell.said_until("dynamodr failover status", re.compile(rf"{lost} +no answer .* UNHEALTHY "))


class Shell:
    """A person's shell: exports last, and the names in the runbook lead to this world."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._door = rehearsal.url
        self._exports = ""
        self._variables = environment("us-west-2", rehearsal.endpoint, rehearsal.config.regions)
        self._variables["PATH"] = f"{Path(sys.executable).parent}:{self._variables['PATH']}"

    def run(self, commands: str) -> tuple[int, str]:
        if commands.startswith("export "):
            self._exports += commands
        here = self._exports + commands.replace("http://users.example.com", self._door)
        done = subprocess.run(
            ["sh", "-ec", here], env=self._variables, capture_output=True, text=True, timeout=90, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def until(self, commands: str, code: int) -> None:
        deadline = time.monotonic() + 60
        while (ended := self.run(commands))[0] != code:
            assert time.monotonic() < deadline, f"{commands}: {ended}"
            time.sleep(0.25)  # a person would not ask any faster, and each asking starts a process

    def said_until(self, commands: str, pattern: re.Pattern[str]) -> None:
        deadline = time.monotonic() + 60
        while not pattern.search((ended := self.run(commands))[1]):
            assert time.monotonic() < deadline, f"{commands}: {ended}"
            time.sleep(0.25)  # a person would not ask any faster, and each asking starts a process
