"""Start DynamoDB Local (Java 17 or newer) from its Maven package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import urllib3

from rehearsal.tethered import Tethered

VERSION = "2.6.1"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rehearsal</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
MAIN = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
READY_SECONDS = 30.0


class EngineError(Exception):
    """An engine that can't be had; the message says what to do."""


def libraries() -> Path:
    """Return DynamoDB Local's libraries: DYNAMODB_LOCAL_LIB, or a cache that Maven fills once (about 50 MB).

    Raises EngineError.
    """
    if given := os.environ.get("DYNAMODB_LOCAL_LIB"):
        if not any(Path(given).glob("DynamoDBLocal-*.jar")):
            raise EngineError(f"DYNAMODB_LOCAL_LIB={given}: there is no DynamoDBLocal-*.jar in it")
        return Path(given)
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / f"dynamodr/dynamodb-local-{VERSION}"
    )
    if any(cache.glob("lib/DynamoDBLocal-*.jar")):
        return cache / "lib"
    maven = shutil.which("mvn")
    if maven is None:
        raise EngineError(
            "DynamoDB Local needs Maven (mvn) to be fetched, or DYNAMODB_LOCAL_LIB to name its jars"
        )
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "pom.xml").write_text(POM)
    fetched = subprocess.run(  # noqa: S603  # Maven, by its path
        [maven, "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
        cwd=cache,
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        raise EngineError(f"Maven could not fetch DynamoDB Local {VERSION}: {fetched.stdout.strip()[-500:]}")
    return cache / "lib"


class LocalServer:
    """A DynamoDB Local of one's own, in memory, on a port that the system chose. Raises EngineError."""

    def __init__(self) -> None:
        java = shutil.which("java")
        if java is None:
            raise EngineError("DynamoDB Local needs Java 17 or newer (java) on the PATH")
        library = libraries()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        arguments = ["-inMemory", "-disableTelemetry", "-port", str(port)]
        self.url = f"http://127.0.0.1:{port}"
        command = [java, f"-Djava.library.path={library}", "-cp", f"{library}/*", MAIN, *arguments]
        self._java = Tethered(command, os.environ, subprocess.DEVNULL, subprocess.PIPE)
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if not self._java.running:
                errors = self._java.process.stderr
                said = (errors.read() if errors else b"").decode(errors="replace")
                raise EngineError(f"DynamoDB Local did not start: {said.strip()[-500:]}")
            try:
                urllib3.request("GET", self.url, retries=False, timeout=1.0)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise EngineError(f"DynamoDB Local was not ready within {READY_SECONDS:.0f} s")

    def close(self) -> None:
        """Stop it."""
        self._java.terminate()
        self._java.wait(10)
        self._java.kill()
        if self._java.process.stderr:
            self._java.process.stderr.close()

    def __enter__(self) -> Self:
        """Return it, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.close()
