"""Engines by name: moto, dynamodb-local, or the URL of a DynamoDB Local that runs already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.engine.local_engine import LocalEngine
from rehearsal.engine.local_server import EngineError, LocalServer
from rehearsal.engine.moto_engine import MotoEngine

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from rehearsal.engine.base import Engine

NAMES = ("moto", "dynamodb-local")


class OwnLocalEngine(LocalEngine):
    """An engine over a DynamoDB Local that starts and stops with it."""

    def __init__(self, regions: Sequence[str]) -> None:
        self._server = LocalServer()
        super().__init__(regions, self._server.url)

    def close(self) -> None:
        """Close the connections, and stop the server."""
        super().close()
        self._server.close()


def engine(name: str) -> Callable[[Sequence[str], str, threading.RLock], Engine]:
    """Return what makes an engine, for WorldConfig.engine. Raises EngineError for a name that is none."""
    if name == "moto":
        return MotoEngine
    if name == "dynamodb-local":
        return lambda regions, _account, _lock: OwnLocalEngine(regions)
    if name.startswith("http://"):
        return lambda regions, _account, _lock: LocalEngine(regions, name)
    raise EngineError(f"no engine {name!r}: there are {', '.join(NAMES)}, and http://HOST:PORT")
