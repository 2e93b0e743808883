"""The token that writes need, when AUTH_TOKEN_FILE names one."""

import hmac
import os
import threading
from pathlib import Path

from dynamodr.serve import problems
from dynamodr.serve.problems import Problem
from dynamodr.settings import SettingsError


class TokenFile:
    """Checks bearer tokens against a file's lines, each of which is good: so that a rotation can overlap.

    The file is looked at with each check and read when it has changed (Kubernetes changes a mounted Secret by
    turning a symbolic link), so that a rotation needs no restart.
    """

    def __init__(self, path: str) -> None:
        """Read the file. Raises SettingsError when there is no token in it."""
        self._path = Path(path)
        self._reading = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[bytes, ...] = ()
        try:
            self._current()
        except (OSError, ValueError) as error:
            raise SettingsError("AUTH_TOKEN_FILE", f"is {path!r}: {error}; give a file of tokens") from None

    def check(self, authorization: str | None) -> None:
        """Return if the header holds a good token. Problems: unauthorized, token-unreadable."""
        try:
            tokens = self._current()
        except (OSError, ValueError):
            raise Problem(problems.TOKEN_UNREADABLE, headers={"Retry-After": "5"}) from None
        scheme, _, given = (authorization or "").partition(" ")
        sent = given.strip().encode()
        good = False
        for token in tokens:  # all of them, always: the time tells nothing
            good |= hmac.compare_digest(token, sent)
        if scheme.lower() != "bearer" or not good:
            challenge = 'Bearer realm="dynamodr"' + (', error="invalid_token"' if authorization else "")
            raise Problem(problems.UNAUTHORIZED, headers={"WWW-Authenticate": challenge})

    def _current(self) -> tuple[bytes, ...]:
        stat = os.stat(self._path)  # noqa: PTH116 - a third of Path.stat's time, on each write
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            with self._reading:
                tokens = tuple(line.strip() for line in self._path.read_bytes().splitlines() if line.strip())
                if not tokens:
                    raise ValueError("it holds no token")
                self._tokens, self._seen = tokens, seen
        return self._tokens
