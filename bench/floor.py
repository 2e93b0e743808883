"""The floor: bare boto3 calls in processes of their own, as many at once as the servers get requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from bench import lineup
from bench.figures import Sample, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence


class Loop(NamedTuple):
    """A way to call: `processes` with `threads` each, through a client made with `settings`."""

    name: str
    settings: str
    processes: int
    threads: int


def loops(clients: int) -> tuple[Loop, ...]:
    """As the service runs: two workers, who share the clients' requests. And one loop alone, for its CPU."""
    each = max(1, clients // 2)
    return (
        Loop(lineup.BARE, "tuned", 2, each),
        Loop(lineup.BARE_DEFAULT, "default", 2, each),
        Loop(lineup.BARE_ONE, "tuned", 1, 1),
    )


def sample(
    loop: Loop,
    operation: str,
    seconds: float,
    *,
    endpoint: str,
    table: str,
    usernames: Sequence[str],
    page: int,
) -> Sample:
    """Call for a while; `page`: users in a page of a list, 0 for as many as DynamoDB gives."""
    env = {
        **lineup.environment(lineup.PEERS[0], 0, 0, endpoint, table),
        "PATH": os.environ["PATH"],
        "BENCH_USERNAMES": json.dumps(list(usernames[:1000])),
        "BENCH_PAGE": str(page),
    }
    command = [sys.executable, str(lineup.HERE / "peers/bare.py")]
    command += [operation, str(seconds), str(loop.threads), loop.settings]
    crowd = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(loop.processes)
    ]
    told = []
    for one in crowd:
        said, _ = one.communicate()
        if one.returncode:
            raise RuntimeError(f"the bare loop ended with {one.returncode}")
        told.append(json.loads(said))
    latencies = [value for one in told for value in one["latencies"]]
    return Sample(
        loop.name,
        operation,
        len(latencies),
        max(one["seconds"] for one in told),
        sum(one["cpu_seconds"] for one in told),
        percentile(latencies, 0.5) * 1000,
        percentile(latencies, 0.99) * 1000,
    )
