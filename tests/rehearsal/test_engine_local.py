"""DynamoDB Local never outlives the rehearsal that started it: seen with a Java that only sleeps."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
import urllib3

from rehearsal import world
from rehearsal.engine import local_server
from rehearsal.engine.local_server import EngineError, LocalServer
from rehearsal.engine.moto_engine import MotoEngine
from rehearsal.world import World, WorldConfig
from tests.rehearsal.doors import eventually
from tests.rehearsal.processes import gone

KILLED = """
import os, signal
from pathlib import Path
from rehearsal import world
from rehearsal.engine import local_server

def kill(*_: object, **__: object) -> None:
    while not Path(os.environ["PID"]).exists():
        pass
    os.kill(os.getpid(), signal.SIGKILL)

local_server.urllib3.request = kill
local_server.LocalServer()
"""


@pytest.fixture
def pid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the number of the Java that is started will be."""
    java, told = tmp_path / "java", tmp_path / "pid"
    java.write_text('#!/bin/sh\necho $$ > "$PID.new"\nmv "$PID.new" "$PID"\nexec sleep 60\n')
    java.chmod(0o755)
    (tmp_path / "DynamoDBLocal-0.jar").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DYNAMODB_LOCAL_LIB", str(tmp_path))
    monkeypatch.setenv("PID", str(told))
    return told


def ended(pid: Path) -> bool:
    return gone(int(pid.read_text()))


def test_one_that_is_never_ready_is_stopped(pid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "READY_SECONDS", 0.5)
    with pytest.raises(EngineError, match="not ready within"):
        LocalServer()
    assert ended(pid)


def test_ctrl_c_while_it_starts_stops_it(pid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> NoReturn:
        eventually(pid.exists)
        raise KeyboardInterrupt

    monkeypatch.setattr(urllib3, "request", interrupt)
    with pytest.raises(KeyboardInterrupt):
        LocalServer()
    assert ended(pid)


def test_it_ends_with_a_rehearsal_that_is_killed(pid: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert died.returncode == -signal.SIGKILL
    eventually(lambda: ended(pid))


def test_a_world_that_can_not_stand_up_closes_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Seen(MotoEngine):
        def close(self) -> None:
            closed.append(True)
            super().close()

    def taken(*_: object) -> NoReturn:
        raise OSError("the port is in use")

    monkeypatch.setattr(world, "Server", taken)
    with pytest.raises(OSError, match=r"in use"):
        World(WorldConfig(port=0, engine=Seen))
    assert closed == [True]
