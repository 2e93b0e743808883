"""Processes that the rehearsal starts: none outlives it, and each sees this world and nothing else."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

TETHER = Path(__file__).with_name("tether.py")
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
# The same in every rehearsal, and worth nothing anywhere else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal"}


class NotInstalledError(Exception):
    """The command dynamodr can't be found."""


def environment(region: str, endpoint: str, regions: Sequence[str]) -> dict[str, str]:
    """The variables under which `dynamodr` finds this world and nothing else.

    Of the user's own only those that a program needs to run: no account, proxy or setting meant for others.
    """
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        **CREDENTIALS,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "DYNAMO_ENDPOINT": endpoint,
        "TABLE_REGIONS": ",".join(regions),
    }


def dynamodr() -> str:
    """The installed command: beside this Python first, then on PATH."""
    beside = shutil.which("dynamodr", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("dynamodr")
    if found is None:
        raise NotInstalledError("the command dynamodr is not installed: run make setup")
    return found


class Tethered:
    """A running command, in a process group of its own. A terminal's Ctrl-C is the rehearsal's to handle."""

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        out: int | IO[bytes],
        err: int | IO[bytes] = subprocess.STDOUT,
    ) -> None:
        theirs, self._leash = os.pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-I", "-S", str(TETHER), str(theirs), *command],
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=[theirs],
                start_new_session=True,
            )
        except BaseException:
            os.close(self._leash)
            raise
        finally:
            os.close(theirs)
        self._held = True

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """As a shell tells it; None while it runs."""
        return self.process.poll()

    def terminate(self) -> None:
        """SIGTERM to the command itself."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for its end, so many seconds at most; its exit status, or None when it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        if not self.running:
            self._release()
        return self.exit_status

    def kill(self) -> None:
        """SIGKILL the whole group, and wait until it is gone."""
        if self.running:  # once it is reaped, its number may be another's
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._release()

    def _release(self) -> None:
        if self._held:
            self._held = False
            os.close(self._leash)
        if self.process.stdout is not None:
            self.process.stdout.close()
