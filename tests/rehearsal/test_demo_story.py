"""The demo, as a newcomer runs it; and that it does not tell as true what did not come true."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import urllib3
from rich.console import Console

from rehearsal.accelerator import AcceleratorConfig
from rehearsal.core.faults import PauseReplication
from rehearsal.core.links import Lag
from rehearsal.demo import disaster
from rehearsal.demo import story as telling_of
from rehearsal.demo.clients import ADD_USER, visit
from rehearsal.demo.story import Story
from rehearsal.demo.telling import Telling
from rehearsal.drill import run
from rehearsal.drill.scenario import Ready
from rehearsal.ports import Choice, settle
from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports
from tests.rehearsal.doors import EAST, WEST, eventually, two_regions
from tests.rehearsal.processes import group_gone, processes

QUICK = 0.005
REHEARSAL = str(Path(sys.executable).with_name("rehearsal"))


def test_the_story_comes_true(tmp_path: Path) -> None:
    """The whole of it in a pipe, as in CI: exit 0, every claim, 80 columns, nothing left running."""
    began = time.monotonic()
    arguments = ["demo", "--ports", "auto", "--time-factor", str(QUICK), "--logs", str(tmp_path)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(
        [REHEARSAL, *arguments], capture_output=True, text=True, env=environment, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 90
    assert re.search(
        r"All 17 came true, in \d+ s\.\nThe drill's page: out/demo/drill.html$", done.stdout.strip()
    )
    assert (tmp_path / "out/demo/drill.html").stat().st_size > 5000
    claims = [line for line in done.stdout.splitlines() if line.startswith("✓")]
    assert len(claims) == 17
    assert "✗ " not in done.stdout.replace("✗ failed", "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    letters = re.sub(r"\n +(?=[EW✗‹›])", "", done.stdout)
    assert re.search(r"E{10,}‹[E✗]*✗[W✗]*›[W✗]*W{5,}", letters)
    assert "\x1b" not in done.stdout
    assert sorted(path.name for path in tmp_path.glob("*.log")) == ["us-east-1.log", "us-west-2.log"]
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left


def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("w") as file:
        demo = subprocess.Popen(
            [REHEARSAL, "demo", "--ports", "auto", "--time-factor", "1", "--logs", str(tmp_path)],
            stdout=file,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        )
    try:
        eventually(lambda: len(children(demo.pid)) == 2, 30)  # the table jobs, which wait for a table
        jobs = children(demo.pid)
    finally:
        demo.send_signal(signal.SIGTERM)
    assert demo.wait(30) == 130
    assert out.read_text().endswith("Stopped.\n")
    eventually(lambda: all(group_gone(job) for job in jobs))


def children(parent: int) -> list[int]:
    return processes(lambda process: process.parent == parent)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(
        ports,
        time_factor=QUICK,
        lag=Lag(0.02),
        seed=1,
        service_settings={"WRITE_MODE": "active-region"},
        logs=tmp_path_factory.mktemp("logs"),
    )
    with Rehearsal(config) as standing:
        yield standing


def test_what_breaks_is_not_told_as_true(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The dials can't be seen; then nothing is replicated: each time the claims that depend on it fail."""
    for wait in ("BEFORE_SECONDS", "AFTER_SECONDS"):
        monkeypatch.setattr(telling_of, wait, 0.5)
    rehearsal.api.refuse = lambda _: (400, "AccessDeniedException", "no dials today")
    failed = told(rehearsal, tmp_path)
    assert failed.pop("The failover command is done").startswith("refused, exit 2")
    assert set(failed) == {"From then on, us-west-2 answers", "An open connection stays, and is fenced"}

    rehearsal.world.inject(PauseReplication())
    monkeypatch.setattr(telling_of, "ARRIVAL_SECONDS", 0.5)  # before: as long as a busy machine takes
    failed = told(rehearsal, tmp_path)
    assert failed["Each user is in us-west-2, unchanged"] == "0 of 5"
    assert "Both Regions hold the same users" in failed

    rehearsal.api.refuse = lambda _: None
    monkeypatch.setattr(disaster, "DISASTER", msgspec.structs.replace(disaster.DISASTER, acts=NEVER_READY))
    monkeypatch.setattr(run, "READY_SECONDS", 0.2)
    failed = told(rehearsal, tmp_path, -1)
    assert "NotReadyError" in failed["The drill passes"]

    shown_of = urllib3.request("GET", f"{rehearsal.endpoint}/_rehearsal/connections?limit=3").json()
    assert len(shown_of["connections"]) == 3
    assert shown_of["count"] == len(rehearsal.door.connections()) == sum(shown_of["by_outcome"].values())
    assert set(shown_of["by_region"]) == {"us-east-1"}
    bad = urllib3.request("GET", f"{rehearsal.endpoint}/_rehearsal/connections?limit=many")
    assert bad.status == 400


# The writes are in us-east-1, and nothing brings them to the other Region.
NEVER_READY = (Ready("us-west-2"),)


def test_what_no_fence_refused_is_named_as_client_and_door_saw_it() -> None:
    with two_regions(AcceleratorConfig(dials={EAST: 0, WEST: 0})) as two:
        answer = visit(two.door.url, ADD_USER)
        standing: Any = SimpleNamespace(config=SimpleNamespace(regions=(EAST, WEST)), door=two.door)
        story = Story(standing, Telling(Console(file=io.StringIO()), (EAST, WEST)), Path())
        named = story._otherwise(0.0, [answer])
    # Reset as soon as it was accepted, which reaches some clients while they still connect.
    assert re.search("besides (ProtocolError|NewConnectionError).* after ", named)
    assert "(the door: no Region: refused, no endpoint group takes traffic)" in named


def told(rehearsal: Rehearsal, out: Path, *only: int) -> dict[str, str]:
    """Tell the story, without its drill or one chapter of it; return what did not come true."""
    shown = io.StringIO()
    story = Story(rehearsal, Telling(Console(file=shown, width=80), rehearsal.config.regions), out)
    story.chapters = [story.chapters[n] for n in only] or story.chapters[:-1]
    story.tell()
    assert not story.claims.hold
    return {claim.text: claim.found for claim in story.claims.all if not claim.holds}
