"""Load from vegeta: some clients with a connection each, each asking anew as soon as it is answered.

vegeta is a Go program (ci/tools/vegeta): its cost a request is small beside a server's, and none of it is
counted as a server's. A closed loop finds the highest throughput; its p99 is that of a server kept busy.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Sample
from bench.lineup import EXPORTS, PAGE
from bench.server import PeerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.server import Server

ROOT = Path(__file__).parents[1]
MOST_CREATES = 3000
"""A second; more than any peer manages, so that nobody is created twice."""


def vegeta() -> str:
    """Build vegeta once; return its path. Raises CalledProcessError, whose reason is on stderr."""
    built = subprocess.run([ROOT / "ci/tools/build", "vegeta"], check=True, stdout=subprocess.PIPE, text=True)
    return built.stdout.strip()


def targets(operation: str, base: str, usernames: Sequence[str], seconds: float) -> Iterator[dict[str, Any]]:
    """Make what is asked in turn: vegeta's JSON targets."""
    if operation == "get":
        order = random.Random(7).sample(usernames, len(usernames))
        yield from ({"method": "GET", "url": f"{base}/users/{one}/Lovelace"} for one in order)
    elif operation == "create":
        for _ in range(int(MOST_CREATES * seconds)):
            username = uuid.uuid4().hex
            user = {
                "username": username,
                "last_name": "Lovelace",
                "name": "Ada Lovelace",
                "mail": f"{username}@example.org",
            }
            yield {
                "method": "POST",
                "url": f"{base}/users",
                "body": base64.b64encode(json.dumps(user).encode()).decode(),
                "header": {"Content-Type": ["application/json"]},
            }
    elif operation == "add":
        yield {"method": "GET", "url": f"{base}/add-user"}
    elif operation == "page":
        yield {"method": "GET", "url": f"{base}?limit={PAGE}"}
    else:
        yield {"method": "GET", "url": base, "header": {"Accept": ["application/x-ndjson"]}}


class Load:
    """Loads servers. `scratch`: a directory for vegeta's targets."""

    def __init__(self, clients: int, usernames: Sequence[str], scratch: Path) -> None:
        self._program = vegeta()
        self._clients = clients
        self._usernames = usernames
        self._targets = scratch / "targets.json"

    def sample(self, server: Server, operation: str, seconds: float, name: str = "") -> Sample:
        """Load a server for a while. Raises PeerError for any answer that is no success."""
        base = f"http://127.0.0.1:{server.port}/dynamodr"
        with self._targets.open("w") as lines:
            for target in targets(operation, base, self._usernames, seconds):
                # Else vegeta would ask for gzip, which one peer has and the others have not.
                headers = {"Accept-Encoding": ["identity"], **target.get("header", {})}
                lines.write(json.dumps({**target, "header": headers}) + "\n")
        before = server.cpu()
        found = self._attack(seconds, min(self._clients, EXPORTS) if operation == "all" else self._clients)
        spent = server.cpu() - before
        if found["success"] < 1:
            raise PeerError(
                f"{server.peer.title}: {operation} was answered {found['status_codes']},"
                f" {found['errors'][:3]}: {server.tail()}"
            )
        return Sample(
            name or server.peer.name,
            operation,
            found["requests"],
            (found["duration"] + found["wait"]) / 1e9,
            spent,
            found["latencies"]["50th"] / 1e6,
            found["latencies"]["99th"] / 1e6,
        )

    def _attack(self, seconds: float, clients: int) -> Any:
        crowd = [f"-{name}={clients}" for name in ("workers", "max-workers", "connections")]
        attack = [
            self._program, "attack", "-rate=0", f"-duration={seconds}s", *crowd, "-max-body=0",
            "-format=json", f"-targets={self._targets}",
        ]  # fmt: skip
        with subprocess.Popen(attack, stdout=subprocess.PIPE) as attacking:
            report = [self._program, "report", "-type=json"]
            told = subprocess.run(report, check=True, stdin=attacking.stdout, stdout=subprocess.PIPE)
        return json.loads(told.stdout)
