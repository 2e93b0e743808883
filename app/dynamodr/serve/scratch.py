"""A directory for what the processes of one run share as files: the metrics, and the workers' heartbeats."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "dynamodr-"
_LOCK = "in-use"


@contextmanager
def scratch(base: Path | None = None) -> Iterator[Path]:
    """Make a private directory, and remove it in the end.

    First remove those that killed runs have left: /dev/shm is the pod's, it outlives a container that is
    restarted, and it is small. A directory is in use while its lock is held, by the run or a child of it.
    """
    base = base or memory()
    for left in base.glob(f"{PREFIX}*/{_LOCK}"):
        with suppress(OSError), left.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    owner = os.getpid()
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield directory
        finally:
            if os.getpid() == owner:  # a worker comes by here on its way out
                shutil.rmtree(directory, ignore_errors=True)


def memory() -> Path:
    """Find where to write: on a read-only root file system that is /dev/shm, or an emptyDir at TMPDIR."""
    shm = Path("/dev/shm")  # noqa: S108 - what is made in it is private
    return shm if os.access(shm, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
