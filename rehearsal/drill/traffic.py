"""The load's process, seen from the drill."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable

import msgspec

from rehearsal.drill.load import Settings
from rehearsal.drill.record import Request

STOP_SECONDS = 15.0


class Traffic:
    """A running load. `requests` grows; it is whole once `stop` has returned."""

    def __init__(self, settings: Settings, saw: Callable[[Request], None]) -> None:
        """Start it; `saw` gets each request, in a thread of the traffic's own."""
        self.requests: list[Request] = []
        self._saw = saw
        command = [sys.executable, "-m", "rehearsal.drill.load", json.dumps(msgspec.to_builtins(settings))]
        # It ends when its input closes, so also when this process does, however that ends.
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._reader = threading.Thread(target=self._read, name="traffic", daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Let the requests in flight end, and with them the load."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._reader.join(STOP_SECONDS)
        if self._process.poll() is None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        decode = msgspec.json.Decoder(Request).decode
        if self._process.stdout is None:
            return
        for line in self._process.stdout:
            one = decode(line)
            self.requests.append(one)
            self._saw(one)
