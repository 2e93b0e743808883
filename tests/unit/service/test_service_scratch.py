"""The shared directory: private, removed in the end, and swept when somebody could not."""

import fcntl
import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from dynamodr.serve.scratch import PREFIX, memory, scratch


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch(tmp_path) as directory:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        (directory / "counter_1.db").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    (left / "in-use").touch()
    (tmp_path / "others").mkdir()
    with scratch(tmp_path) as first:
        assert not left.exists()
        with scratch(tmp_path):
            assert first.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["others"]


def test_a_child_does_not_remove_what_its_parent_uses(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    shared = scratch(tmp_path)
    directory = shared.__enter__()
    child = fork.Process(target=shared.__exit__, args=(None, None, None))  # as a worker ends
    child.start()
    child.join(10)
    assert child.exitcode == 0
    assert directory.exists()
    shared.__exit__(None, None, None)
    assert not directory.exists()


def test_memory_is_found_also_without_shm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert memory() == tmp_path


def test_the_lock_is_held_for_as_long_as_it_is_used(tmp_path: Path) -> None:
    with (
        scratch(tmp_path) as directory,
        (directory / "in-use").open() as lock,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
