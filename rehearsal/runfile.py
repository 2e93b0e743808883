"""Where the running rehearsal is, for the other commands: a small file in the user's cache."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USUAL_ENDPOINT = "http://127.0.0.1:8100"


def path() -> Path:
    """The file. It is there while a rehearsal runs, or after one was killed."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "dynamodr", "rehearsal.json")


@contextmanager
def announced(endpoint: str) -> Iterator[None]:
    """Let the other commands find the rehearsal of this process; the one that was started last is found."""
    file, text = path(), json.dumps({"pid": os.getpid(), "endpoint": endpoint})
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError:  # a home that can't be written: --endpoint still finds it
        yield
        return
    try:
        yield
    finally:
        if file.exists() and file.read_text() == text:
            file.unlink()


def find() -> str:
    """The endpoint of the running rehearsal; the usual one when none was announced."""
    try:
        told = json.loads(path().read_text())
        os.kill(told["pid"], 0)
        return str(told["endpoint"])
    except (OSError, ValueError, KeyError, TypeError):
        return USUAL_ENDPOINT
