"""What `ps` tells of processes. A zombie counts as ended: reaping an orphan is for init to do."""

import subprocess
from collections.abc import Callable
from typing import NamedTuple


class Process(NamedTuple):
    pid: int
    parent: int
    group: int


def processes(wanted: Callable[[Process], bool]) -> list[int]:
    """The numbers of those that are wanted and have not ended."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=True)
    found = []
    for line in told.stdout.splitlines():
        pid, parent, group, state = line.split()
        process = Process(int(pid), int(parent), int(group))
        if not state.startswith("Z") and wanted(process):
            found.append(process.pid)
    return found


def gone(pid: int) -> bool:
    return not processes(lambda process: process.pid == pid)


def group_gone(group: int) -> bool:
    return not processes(lambda process: process.group == group)
