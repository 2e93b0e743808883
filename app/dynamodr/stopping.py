"""SIGTERM, SIGINT and SIGHUP (a terminal that is gone), for the commands: told once, where they find us."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """One of them came."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Stopped, once, where the signal finds us: no call to a dead Region holds up the end."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    if before[signal.SIGHUP] == signal.SIG_IGN:
        del before[signal.SIGHUP]  # nohup: whoever started us has said that we go on without a terminal

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
