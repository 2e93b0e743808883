"""What a process and all below it have used: CPU and memory, as Linux counts them.

CPU is user and system time of /proc/PID/stat, with that of the children that have ended and were waited
for, so that a worker that was replaced stays counted. Memory is PSS (/proc/PID/smaps_rollup): a page that
n processes share counts 1/n in each.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

TICK = 1.0 / os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


class Process(NamedTuple):
    """A line of /proc/PID/stat, as far as it matters here (proc_pid_stat(5))."""

    pid: int
    parent: int
    ticks: int
    """User and system, its own and its ended children's."""


def parse(stat: str) -> Process:
    """Read a /proc/PID/stat; a program's name may have spaces and parentheses in it."""
    before, _, after = stat.rpartition(")")
    fields = after.split()
    return Process(int(before.split(" ", 1)[0]), int(fields[1]), sum(map(int, fields[11:15])))


def family(processes: Iterable[Process], root: int) -> list[Process]:
    """Pick a process and all below it."""
    children: dict[int, list[Process]] = {}
    found: list[Process] = []
    for one in processes:
        children.setdefault(one.parent, []).append(one)
        if one.pid == root:
            found.append(one)
    for one in found:  # grows meanwhile
        found += children.get(one.pid, [])
    return found


def _processes() -> list[Process]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append(parse(stat.read_text()))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since
    return found


def cpu(root: int) -> float:
    """Return the CPU seconds that a process tree has used so far."""
    return sum(one.ticks for one in family(_processes(), root)) * TICK


def pss(root: int) -> float:
    """Return the memory of a process tree, in MB (10^6 bytes)."""
    total = 0
    for one in family(_processes(), root):
        try:
            found = _PSS.search(Path(f"/proc/{one.pid}/smaps_rollup").read_text())
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(found[1]) if found else 0
    return total * 1024 / 1e6
