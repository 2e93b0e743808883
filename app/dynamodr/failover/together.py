"""Several calls at once, and none waited for longer than it may take."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dynamodr.failover.ports import CallFailedError

T = TypeVar("T")


class SystemClock:
    """Real time."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def together(calls: Mapping[str, Callable[[], Any]], seconds: float) -> Mapping[str, Any]:
    """Make the calls on a thread each. What isn't done in time goes on unheard, and never holds up the
    exit."""
    found: dict[str, Any] = {}
    broken: list[BaseException] = []

    def make(name: str, call: Callable[[], Any]) -> None:
        try:
            found[name] = call()
        except CallFailedError as error:
            found[name] = error
        except BaseException as error:  # noqa: BLE001 - raised again below, where somebody sees it
            broken.append(error)

    threads = [threading.Thread(target=make, args=one, daemon=True) for one in calls.items()]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if broken:
        raise broken[0]
    return {name: found.get(name, CallFailedError(f"{name}: no answer in {seconds:g} s")) for name in calls}


def each(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make the calls on a thread each, and wait for all; raise CallFailedError if one fails."""
    found = together({str(number): call for number, call in enumerate(calls)}, threading.TIMEOUT_MAX / 2)
    for one in found.values():
        if isinstance(one, CallFailedError):
            raise one
    return list(found.values())
