"""A run: everything started, loaded in turn, round after round, so that what disturbs one disturbs all."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import floor, lineup, machine, room
from bench.export import export
from bench.figures import Sample, figures, spread
from bench.fill import fill, username
from bench.load import ROOT, Load
from bench.report import Export, Report, Scale, Standing
from bench.server import Server
from rehearsal.engine.local_server import LocalServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = "users"
EXPORT_PAGE = 1000
"""Users in a page of the bare paginator over a large table: as many as the service asks for."""

EXPORTED = 100_000
"""Users in the largest table that is exported: further on, DynamoDB Local takes seconds for each page."""


class Plan(NamedTuple):
    """How much is measured."""

    quick: bool = False
    clients: int = 8
    rounds: int = 5
    seconds: float = 2.5
    starts: int = 7
    users: int = 1000
    scale: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    exports: int = 3


QUICK = Plan(quick=True, rounds=1, seconds=0.5, starts=1, scale=(1_000, 3_000), exports=1)


class Run:
    """One run. `say` is told of its progress."""

    def __init__(self, plan: Plan, say: Callable[[str], None], peers: tuple[lineup.Peer, ...] = lineup.PEERS):
        self._plan = plan
        self._say = say
        self._peers = peers
        self._starters = (*peers, *lineup.STARTERS[len(lineup.PEERS) :])
        self._usernames = [username(number) for number in range(plan.users)]

    def __call__(self) -> Report:
        """Measure everything. Raises EngineError, PeerError, CalledProcessError."""
        commit = machine.commit()
        busy, at = os.getloadavg()[0], datetime.now(UTC).isoformat(timespec="seconds")
        plan = self._plan
        self._libraries, self._shipped = libraries(), room.installed()
        with contextlib.ExitStack() as stack:
            self._scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self._load = Load(plan.clients, self._usernames, self._scratch)
            self._engine = LocalServer()
            stack.callback(self._engine.close)
            self._say(f"DynamoDB Local is up; {plan.users:,} users")
            fill(self._engine.url, TABLE, plan.users)
            starts = self._starts()
            samples, memory = self._compare(self._peers)
            scale, exported = self._scale()
        standing = [self._standing(name, found, memory) for name, found in starts.items()]
        return Report(
            at=at,
            commit=commit,
            quick=plan.quick,
            machine=machine.machine(busy),
            clients=plan.clients,
            rounds=plan.rounds,
            seconds=plan.seconds,
            users=plan.users,
            versions=machine.versions(self._libraries),
            samples=samples,
            figures=figures(samples),
            standing=standing,
            scale=scale,
            export=exported,
            site_packages_mb=room.site_packages_mb(self._shipped),
        )

    def _server(self, peer: lineup.Peer, table: str = TABLE) -> Server:
        python = lineup.python_of(peer, self._libraries, str(self._shipped))
        return Server(peer, python, self._engine.url, table, self._scratch / f"{peer.name}-{table}.log")

    def _starts(self) -> dict[str, list[tuple[float, float | None]]]:
        found: dict[str, list[tuple[float, float | None]]] = {}
        for turn in range(self._plan.starts + (not self._plan.quick)):
            self._say(f"starts {turn}/{self._plan.starts}")
            for peer in self._starters:
                with self._server(peer) as server:
                    user = f"/dynamodr/users/{self._usernames[0]}/Lovelace"
                    first = server.wait(user) if peer.operations else None
                    if turn or self._plan.quick:  # else the first brought the files into the page cache
                        found.setdefault(peer.name, []).append((server.first_ms, first))
        return found

    def _compare(self, peers: tuple[lineup.Peer, ...]) -> tuple[list[Sample], dict[str, float]]:
        samples: list[Sample] = []
        memory: dict[str, float] = {}
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(self._server(peer)) for peer in peers]
            # Those that write come last: the table that is listed is the same for all.
            for operation in ("get", "page", "all", "create", "add"):
                asked = [server for server in servers if operation in server.peer.operations]
                for server in asked:
                    self._load.sample(server, operation, max(0.3, self._plan.seconds / 5))
                for turn in range(self._plan.rounds):
                    self._say(f"{operation} {turn + 1}/{self._plan.rounds}")
                    samples += self._round(asked, operation)
                if operation == "page":
                    memory = {server.peer.name: server.pss() for server in servers}
        return samples, memory

    def _round(self, servers: list[Server], operation: str) -> Iterator[Sample]:
        for server in servers:
            yield self._load.sample(server, operation, self._plan.seconds)
        if operation in lineup.FLOOR:
            for loop in floor.loops(self._plan.clients)[: 1 if self._plan.quick else None]:
                page = lineup.PAGE if operation == "page" else 0
                yield self._floor(loop, operation, self._plan.seconds, TABLE, page)

    def _floor(self, loop: floor.Loop, operation: str, seconds: float, table: str, page: int) -> Sample:
        return floor.sample(
            loop,
            operation,
            seconds,
            endpoint=self._engine.url,
            table=table,
            usernames=self._usernames,
            page=page,
        )

    def _scale(self) -> tuple[list[Scale], Export | None]:
        plan, ours = self._plan, self._peers[0]
        with contextlib.ExitStack() as stack:
            servers = {}
            for users in plan.scale:
                self._say(f"a table of {users:,} users")
                fill(self._engine.url, f"users-{users}", users)
                servers[users] = stack.enter_context(self._server(ours, f"users-{users}"))
                self._load.sample(servers[users], "page", max(0.3, plan.seconds / 5))
            samples: list[Sample] = []
            for turn in range(plan.rounds):
                self._say(f"a page of each {turn + 1}/{plan.rounds}")
                for users, server in servers.items():
                    samples.append(self._load.sample(server, "page", plan.seconds, str(users)))
            pages = [Scale(int(one.peer), one) for one in figures(samples)]
            return pages, self._export(servers) if len(servers) > 1 else None

    def _export(self, servers: dict[int, Server]) -> Export:
        small, large = [users for users in sorted(servers) if users <= EXPORTED][-2:]
        self._say(f"{small:,} users as NDJSON")
        before = export(servers[small])
        tuned = floor.Loop(lineup.BARE_ONE, "tuned", 1, 1)
        ours, bare = [], []
        for turn in range(self._plan.exports):
            self._say(f"{large:,} users as NDJSON {turn + 1}/{self._plan.exports}")
            ours.append(export(servers[large]))
            sample = self._floor(tuned, "all", 0, f"users-{large}", EXPORT_PAGE)
            bare.append(sample.cpu_us / large)
        return Export(
            users=large,
            cpu_us=spread([one.cpu_us for one in ours]),
            floor_cpu_us=spread(bare),
            seconds=statistics.median(one.seconds for one in ours),
            rise_mb=max(one.rise_mb for one in ours),
            smaller_users=small,
            smaller_rise_mb=before.rise_mb,
        )

    def _standing(
        self, name: str, found: list[tuple[float, float | None]], memory: dict[str, float]
    ) -> Standing:
        users = [user for _, user in found if user is not None]
        return Standing(
            name,
            spread([first for first, _ in found]),
            spread(users) if users else None,
            memory.get(name, 0.0),
        )


def libraries() -> str:
    """Install what .venv lacks, once, into a cache; return the path of its Python."""
    made = subprocess.run(
        [ROOT / "ci/environment", ROOT / "bench/requirements.txt"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return made.stdout.strip()
