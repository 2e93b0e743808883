"""`dynamodr table ensure`, run as the chart's hook Job runs it, with its log lines read as they come."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from rehearsal.tethered import Tethered, dynamodr, environment


class TableJob:
    """One Region's job, running. Its log is JSON lines; `lines` are their messages."""

    def __init__(
        self,
        region: str,
        endpoint: str,
        regions: Sequence[str],
        settings: Mapping[str, str],
        said: Callable[[str, str], None] | None = None,
    ) -> None:
        """Start it. `said` gets the Region and each message, in a thread of the job's own."""
        self.region = region
        self.lines: list[str] = []
        self.seconds = 0.0
        self._said = said
        self._began = time.monotonic()
        variables = environment(region, endpoint, regions) | dict(settings)
        self._process = Tethered([dynamodr(), "table", "ensure"], variables, subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, name=f"table-job-{region}", daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; its exit code, or None when it was killed after so many seconds."""
        self._reader.join(seconds)
        if self._reader.is_alive():
            self._process.kill()
            return None
        code = self._process.wait(5)
        self._process.kill()
        return code

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()

    def _read(self) -> None:
        out = self._process.process.stdout
        if out is None:
            return
        for raw in out:
            text = raw.decode(errors="replace").strip()
            with contextlib.suppress(ValueError, KeyError, TypeError):  # no log line: as it is
                text = str(json.loads(text)["message"])
            self.lines.append(text)
            if self._said is not None:
                self._said(self.region, text)
        self.seconds = time.monotonic() - self._began
