"""Answers that take no thread and no application: to what is no HTTP, comes too slowly, or is too much."""

import logging
import random
import time
from functools import cache

from dynamodr.serve import problems
from dynamodr.serve.problems import Kind, Problem

log = logging.getLogger("dynamodr.serve")


def answer(kind: Kind, base_path: str, *, head: bool = False) -> bytes:
    """Write a whole answer, after which the connection is closed. `head`: the request was a HEAD."""
    # Spread out, so that clients turned away together do not come back together.
    later = random.randint(1, 3) if kind.status == 503 else 0  # noqa: S311 - no secret
    return _answer(kind, base_path, later, head)


@cache
def _answer(kind: Kind, base_path: str, later: int, head: bool) -> bytes:
    body = problems.body(Problem(kind), base_path)
    lines = (
        f"HTTP/1.1 {kind.status} {kind.title}",
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Type: {problems.CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        *((f"Retry-After: {later}",) if later else ()),
        "\r\n",
    )
    return "\r\n".join(lines).encode() + (b"" if head else body)


class Count:
    """Counts refusals in the metrics, and in the log with a line a second at most: a storm is no reason to
    write much.
    """

    def __init__(self) -> None:
        self._told = float("-inf")
        self._since: dict[str, int] = {}

    def add(self, kind: Kind, route: str) -> None:
        """Count one. `route`: `unreadable`, `slow` or `shed`."""
        from dynamodr.serve import metrics  # noqa: PLC0415 - not before its directory is known

        metrics.request("other", route, kind.status, 0.0)
        self._since[kind.slug] = self._since.get(kind.slug, 0) + 1
        now = time.monotonic()
        if now - self._told >= 1:
            self._told = now
            log.warning("refused", extra={"problems": self._since})
            self._since = {}
