"""A bounded load of ordinary HTTP clients that keeps a ledger of the writes that were acknowledged.

    python -m tests.e2e.load --address 127.0.0.1:8880 --host east.ingress.test --rate 150 ...

Half of its clients open a connection for each request, half keep theirs. One request in five makes a user;
the others read those made before. Nothing is ever tried again: what fails has failed. It ends when standard
input does, and then prints one JSON line: requests, failures (each with its time and what was wrong),
writes, and the slowest answer.
"""

import argparse
import itertools
import json
import subprocess
import sys
import threading
import time
import uuid
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from tests.e2e.cluster import ROOT, eventually

CLIENTS = 8
WRITE_EVERY = 5
SHOWN = 20


class Result(NamedTuple):
    """What a load has met. `acknowledged`: the user names whose creation was answered with 201."""

    requests: int
    failures: list[str]
    acknowledged: list[str]
    slowest: float
    seconds: float


class _Client:
    """One client, in a thread of its own."""

    def __init__(self, address: str, host: str, base: str, keep: bool) -> None:
        self._address, self._host, self._base, self._keep = address, host, base, keep
        self._connection: HTTPConnection | None = None
        self.made: list[str] = []

    def ask(self, turn: int) -> tuple[str, str]:
        """Send one request; return what was wrong, and the user name that was made (each empty if not)."""
        if turn % WRITE_EVERY == 0 or not self.made:
            name = f"load-{uuid.uuid4().hex}"
            user = {"username": name, "last_name": "Load", "name": "Load", "mail": f"{name}@example.com"}
            wrong = self._send("POST", "/users", 201, json.dumps(user))
            if not wrong:
                self.made.append(name)
            return wrong, "" if wrong else name
        name = self.made[turn % len(self.made)]
        tail = "/Load?consistent=true" if turn % 2 else ""
        return self._send("GET", f"/users/{name}{tail}", 200), ""

    def _send(self, method: str, path: str, wanted: int, body: str | None = None) -> str:
        connection = self._connection or HTTPConnection(self._address, timeout=10)
        headers = {"Host": self._host, "Content-Type": "application/json"}
        self._connection = None
        try:
            connection.request(method, self._base + path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if self._keep and not answer.will_close:
                self._connection = connection
        except (OSError, HTTPException) as error:
            connection.close()
            return f"{method} {'kept' if self._keep else 'new'}: {type(error).__name__}: {error}"
        if self._connection is None:
            connection.close()
        return "" if answer.status == wanted else f"{method}: {answer.status} {text[:160]!r}"


def generate(
    address: str, host: str, base: str, rate: float, *, stop: threading.Event, ledger: IO[str]
) -> Result:
    """Send `rate` requests a second until told to stop."""
    failures: list[str] = []
    acknowledged: list[str] = []
    slowest = 0.0
    count = itertools.count()
    lock = threading.Lock()
    began = time.monotonic()
    done = 0

    def work(number: int) -> None:
        nonlocal slowest, done
        client = _Client(address, host, base, keep=number % 2 == 0)
        for turn in itertools.count(number):
            due = began + next(count) / rate
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            sent = time.monotonic()
            wrong, name = client.ask(turn)
            with lock:
                done += 1
                slowest = max(slowest, time.monotonic() - sent)
                if wrong:
                    failures.append(f"{sent - began:.2f} s: {wrong}")
                if name:
                    acknowledged.append(name)
                if done % 50 == 0:
                    ledger.seek(0)
                    ledger.write(f"{done:10d} {len(failures):10d}")
                    ledger.flush()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Result(done, failures, acknowledged, slowest, time.monotonic() - began)


class Load:
    """The load as a process of its own, running from `with` to `stop`."""

    def __init__(
        self, address: str, host: str, scratch: Path, rate: float = 240.0, base: str = "/dynamodr"
    ) -> None:
        self._progress = scratch / f"load-{uuid.uuid4().hex[:6]}"
        self._progress.touch()
        command = [
            sys.executable,
            "-m",
            "tests.e2e.load",
            "--address",
            address,
            "--host",
            host,
            "--base",
            base,
        ]
        self._process = subprocess.Popen(
            [*command, "--rate", str(rate), "--progress", str(self._progress)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.result: Result | None = None

    def sent(self) -> tuple[int, int]:
        """Return how many requests were answered so far, and how many failed."""
        done, failed = (self._progress.read_text().split() or ["0", "0"])[:2]
        return int(done), int(failed)

    def reaches(self, requests: int, seconds: float = 150) -> None:
        """Wait until so many requests were answered."""
        eventually(lambda: self.sent()[0] >= requests, seconds, lambda: f"{requests} requests: {self.sent()}")

    def stop(self) -> Result:
        """End it, and say what it has met."""
        if self.result is None:
            text, _ = self._process.communicate(timeout=40)
            self.result = Result(**json.loads(text))
        return self.result

    def __enter__(self) -> Self:
        self.reaches(100)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def main() -> None:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser()
    for name in ("address", "host", "base", "progress"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rate", type=float, required=True)
    given: Any = parser.parse_args()
    stop = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with Path(given.progress).open("w") as ledger:
        result = generate(given.address, given.host, given.base, given.rate, stop=stop, ledger=ledger)
    print(json.dumps(result._asdict()))


if __name__ == "__main__":
    main()
