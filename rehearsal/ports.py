"""The ports of the world: the usual ones, others where those are taken, and who has taken them."""

import contextlib
import random
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HOST = "127.0.0.1"
# Below what Linux (32768) and macOS (49152) hand out by themselves: a port that was found free here isn't
# taken by somebody's outgoing connection before its server starts.
SEARCHED = range(20000, 32000)
_claims: list[socket.socket] = []


class Choice(StrEnum):
    """What to do about ports."""

    PREFER = "prefer"
    """The usual ones; others for those that are taken."""
    FIXED = "fixed"
    """The usual ones or none."""
    AUTO = "auto"
    """Any free ones."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port for `what`, usually `port`; `option` is how a user sets it, and `pinned` that the user did."""

    what: str
    port: int
    option: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """`what` is on `port` because `owner` has `wanted`: a process, or another part of the rehearsal."""

    what: str
    wanted: int
    port: int
    owner: str


class PortTakenError(Exception):
    """A port that was asked for is taken; the text says by whom, and what to do."""


def settle(wanted: Iterable[Wanted], choice: Choice) -> tuple[dict[str, int], list[Moved]]:
    """Find a port for each of `wanted`, by its `what`; and tell which had to move.

    Raises PortTakenError for a pinned or fixed port that is taken. Bind them soon: those that were looked for
    are kept from other rehearsals until this process settles anew, and from nobody else.
    """
    while _claims:
        _claims.pop().close()
    found: dict[str, int] = {}
    by: dict[int, Wanted] = {}
    moved: list[Moved] = []
    free = _free_ports(random.Random())  # noqa: S311 - where to look first
    for one in sorted(wanted, key=lambda each: not each.pinned):  # what a user asked for gives way to nothing
        other = by.get(one.port)
        if choice == Choice.AUTO and not one.pinned:
            found[one.what] = next(port for port in free if port not in by)
        elif other is None and is_free(one.port):
            found[one.what] = one.port
        elif other is not None and (one.pinned or choice == Choice.FIXED):
            raise PortTakenError(
                f"{one.what}: port {one.port} is that of {other.what}: give another with {one.option} or "
                f"{other.option}"
            )
        elif one.pinned or choice == Choice.FIXED:
            who = owner(one.port) or "another process"
            cure = f"stop it, or give another port with {one.option}, or let one be found with --ports auto"
            raise PortTakenError(f"{one.what}: port {one.port} is in use by {who}: {cure}")
        else:
            found[one.what] = next(port for port in free if port not in by)
            has = other.what if other else owner(one.port) or "another process"
            moved.append(Moved(one.what, one.port, found[one.what], has))
        by[found[one.what]] = one
    return found, moved


def is_free(port: int) -> bool:
    """Whether a server could listen there now, on 127.0.0.1 and on every address."""
    for host in (HOST, ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _claim(port: int) -> bool:
    """Take UDP's port of that number, which no server here wants, as a sign to other rehearsals."""
    claim = socket.socket(type=socket.SOCK_DGRAM)
    try:
        claim.bind((HOST, port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def owner(port: int) -> str | None:
    """The process that listens on `port`, such as "gunicorn (pid 4711)"; None when that can't be told."""
    if Path("/proc/net/tcp").exists():
        return _owner_by_proc(port)
    if shutil.which("lsof") is None:
        return None
    command = ["lsof", "-nP", "-Fpc", f"-iTCP:{port}", "-sTCP:LISTEN"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    return _from_lsof(answer.stdout)


def _from_lsof(text: str) -> str | None:
    """Read lines like p4711 and cgunicorn."""
    fields = {line[0]: line[1:] for line in reversed(text.splitlines()) if line}
    return f"{fields['c']} (pid {fields['p']})" if {"c", "p"} <= fields.keys() else None


def _owner_by_proc(port: int) -> str | None:
    """Linux: the listening socket's inode, and who has it open."""
    listening, sockets = "0A", set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == listening and int(local.rpartition(":")[2], 16) == port:
                    sockets.add(f"socket:[{rest[5]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(file.readlink()) in sockets for file in process.joinpath("fd").iterdir()):
                return f"{process.joinpath('comm').read_text().strip()} (pid {process.name})"
    return None


def _free_ports(rng: random.Random) -> Iterator[int]:
    start = rng.randrange(len(SEARCHED))
    for step in range(len(SEARCHED)):
        port = SEARCHED[(start + step) % len(SEARCHED)]
        if is_free(port) and _claim(port):
            yield port
    raise PortTakenError(f"no port is free between {SEARCHED.start} and {SEARCHED.stop}")
