"""The load, as a process of its own: `python -m rehearsal.drill.load SETTINGS`, until its input closes.

Prints each request as a line of JSON (rehearsal.drill.record.Request). Six in ten are reads; the others
create users, or replace those last read, over the very write that was read (If-Match), so that what
each write was made over is known.
"""

import queue
import random
import sys
import threading
import time
import uuid
from typing import Any

import msgspec

from rehearsal.drill.client import Answer, Client, bearer, seen
from rehearsal.drill.record import Request

LAST_NAME = "Drill"
READS = 0.6
CREATES = 0.5
HOT = 40
PROBES = 12
CONFLICTS = (409, 412)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the load is."""

    url: str
    base_path: str = "/dynamodr"
    rate: float = 100.0
    """Requests a second, of all clients together."""
    clients: int = 16
    staying: int = 0
    """How many of the clients keep their connection for as long as it lasts."""
    uses: int = 5
    """After how many requests the others take a new connection."""
    seed: int = 0
    run: str = ""
    """Begins the names of the users."""
    token: str = ""


class Users:
    """The users of the load that still may be written; shared by its clients."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: list[str] = []
        self._doubtful: set[str] = set()

    def add(self, key: str) -> None:
        """Note an acknowledged user."""
        with self._lock:
            self._keys.append(key)

    def leave(self, key: str) -> None:
        """Write a user no more: what became of its last write isn't known."""
        with self._lock:
            self._doubtful.add(key)

    def choose(self, draw: random.Random) -> str | None:
        """Choose one to read: every other time one of a few that are written again and again."""
        with self._lock:
            if not self._keys:
                return None
            return draw.choice(self._keys[:HOT] if draw.random() < 0.5 else self._keys)

    def writable(self, key: str) -> bool:
        """Whether a user may be written."""
        with self._lock:
            return key not in self._doubtful


class Person:
    """One client and what it does, a request at a time."""

    def __init__(self, number: int, settings: Settings, users: Users) -> None:
        uses = 0 if number < settings.staying else settings.uses
        self._client = Client(settings.url, uses, bearer(settings.token), settings.base_path)
        self._settings, self._users, self._number = settings, users, number
        self._draw = random.Random(f"{settings.seed}/{number}")  # noqa: S311 - a load, not a secret
        self._read: tuple[str, str] | None = None
        self._made = 0

    def act(self) -> Request:
        """Send one request."""
        key = self._users.choose(self._draw)
        if key is None or self._draw.random() > READS:
            read, self._read = self._read, None
            if (
                key is None
                or read is None
                or self._draw.random() < CREATES
                or not self._users.writable(read[0])
            ):
                return self._create()
            return self._replace(*read)
        answer = self._client.ask("GET", self._path(key))
        if answer.status == 200:
            self._read = key, answer.etag
        return seen(answer, "read", key=key, missing=answer.status == 404)

    def _create(self) -> Request:
        self._made += 1
        username = f"drill-{self._settings.run}-{self._number}-{self._made}"
        key = f"{username}/{LAST_NAME}"
        body = {"username": username, "last_name": LAST_NAME, **_content(username)}
        answer = self._client.ask("POST", f"{self._settings.base_path}/users", body)
        if answer.status == 201:
            self._users.add(key)
        return self._written(answer, key, "", answer.status == 201)

    def _replace(self, key: str, etag: str) -> Request:
        answer = self._client.ask("PUT", self._path(key), _content(key), {"If-Match": etag})
        return self._written(answer, key, _write_id(etag), answer.status in (200, 201))

    def _written(self, answer: Answer, key: str, over: str, done: bool) -> Request:
        conflict = answer.status in CONFLICTS
        doubtful = not done and answer.sent and _applied(answer) != "no"
        if doubtful:
            self._users.leave(key)
        if done:
            region = str(answer.body.get("written_in") or answer.region)
            told = seen(answer, "write", key=key, write=_write_id(answer.etag), over=over)
            return msgspec.structs.replace(told, region=region)
        told = seen(answer, "write", key=key, over=over, doubtful=doubtful, conflict=conflict)
        if told.ok and not conflict:
            return msgspec.structs.replace(told, ok=False, cause=f"{answer.status} to a write")
        return told

    def _path(self, key: str) -> str:
        return f"{self._settings.base_path}/users/{key}"


def takes_writes(settings: Settings) -> bool:
    """Whether every pod that new connections reach takes writes; writes nothing."""
    return not refusal(settings)


def refusal(settings: Settings) -> str:
    """What the first pod said that takes no writes, and where; empty: all take them."""
    client = Client(settings.url, 1, bearer(settings.token), settings.base_path)
    path = f"{settings.base_path}/users/drill-{settings.run}-probe/Nobody"
    # Nobody has that name, so If-Match refuses; a pod that takes no writes refuses before that.
    for _ in range(PROBES):
        answer = client.ask("PUT", path, _content("Nobody"), {"If-Match": "*"})
        if answer.status != 412:
            return f"PUT {settings.url}{path}: {answer.cause or answer.status}"
    return ""


def _content(name: str) -> dict[str, str]:
    return {"name": f"{name[:40]} {uuid.uuid4().hex[:8]}", "mail": "drill@example.org"}


def _write_id(etag: str) -> str:
    return etag.strip('"').partition("-")[2]


def _applied(answer: Answer) -> str:
    """Whether a write that was refused, or not answered, may have been made.

    A refusal by the fence may be of the second attempt, after a first that DynamoDB carried out and did not
    answer in time; a conflict too, where somebody has written over that first attempt since.
    """
    told = answer.body if isinstance(answer.body, dict) else {}
    return str(told.get("applied", "no" if answer.status in CONFLICTS else "unknown"))


def _run(
    person: Person, number: int, settings: Settings, out: queue.SimpleQueue[Any], ended: threading.Event
) -> None:
    pause = settings.clients / settings.rate
    due = time.monotonic() + pause * number / settings.clients
    while not ended.wait(max(0.0, due - time.monotonic())):
        due = max(due + pause, time.monotonic() - pause)
        out.put(person.act())


def main(settings: Settings) -> None:
    """Go on until standard input closes, then end the requests in flight."""
    out: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
    ended, users, encode = threading.Event(), Users(), msgspec.json.Encoder().encode

    def wait() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    persons = [
        threading.Thread(target=_run, args=(Person(n, settings, users), n, settings, out, ended))
        for n in range(settings.clients)
    ]

    def write() -> None:
        while (one := out.get()) is not None:
            sys.stdout.buffer.write(encode(one) + b"\n")
            if out.empty():
                sys.stdout.buffer.flush()
        sys.stdout.buffer.flush()

    writer = threading.Thread(target=write)
    for thread in (*persons, writer):
        thread.start()
    for thread in persons:
        thread.join()
    out.put(None)
    writer.join()


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Settings))
