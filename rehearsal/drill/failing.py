"""Who makes a drill's faults: the rehearsal's admin API, or AWS Fault Injection Service."""

import time
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import boto3

from rehearsal.drill.place import Eyes

if TYPE_CHECKING:
    from collections.abc import Sequence

FIS_START_SECONDS = 120.0
FIS_POLL_SECONDS = 2.0


class Failing(Protocol):
    """Begins and ends faults. Both raise OSError or botocore's errors when they can't."""

    def begin(self, name: str, faults: "Sequence[dict[str, Any]]") -> None:
        """Let them begin; return when they have."""

    def end(self, name: str) -> None:
        """End what this has begun by that name."""


class InRehearsal:
    """Faults of the world."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._on: dict[str, list[str]] = {}

    def begin(self, name: str, faults: "Sequence[dict[str, Any]]") -> None:
        """Let them begin, one right after the other."""
        on = self._on.setdefault(name, [])
        for fault in faults:
            on.append(self._eyes.admin("POST", "faults", fault)["id"])

    def end(self, name: str) -> None:
        """Undo them."""
        on = self._on.pop(name, [])
        while on:
            self._eyes.admin("DELETE", f"faults/{on.pop()}")


class ByFis:
    """An experiment of AWS FIS; its template says what fails. `client` is boto3's of fis."""

    def __init__(self, template: str, client: Any, poll: float = FIS_POLL_SECONDS) -> None:
        self._template, self._client, self._poll = template, client, poll
        self._experiment = ""

    @classmethod
    def of(cls, template: str, region: str) -> "ByFis":
        """Use the user's own credentials, in the Region of the template."""
        return cls(template, boto3.client("fis", region_name=region))

    def begin(self, name: str, faults: "Sequence[dict[str, Any]]") -> None:  # noqa: ARG002 - the template says
        """Start the experiment, and wait until it runs. OSError: it does not."""
        started = self._client.start_experiment(
            experimentTemplateId=self._template, clientToken=str(uuid.uuid4())
        )
        self._experiment = started["experiment"]["id"]
        deadline = time.monotonic() + FIS_START_SECONDS
        while (state := self._state()) in ("pending", "initiating"):
            if time.monotonic() > deadline:
                raise OSError(f"experiment {self._experiment} is still {state} after {FIS_START_SECONDS:g} s")
            time.sleep(self._poll)
        if state != "running":
            raise OSError(f"experiment {self._experiment} is {state}, not running")

    def end(self, name: str) -> None:  # noqa: ARG002 - there is one experiment
        """Stop the experiment, if it still runs, and wait until it has ended."""
        if not self._experiment:
            return
        if self._state() in ("pending", "initiating", "running"):
            self._client.stop_experiment(id=self._experiment)
        deadline = time.monotonic() + FIS_START_SECONDS
        while self._state() in ("pending", "initiating", "running", "stopping"):
            if time.monotonic() > deadline:
                raise OSError(f"experiment {self._experiment} has not stopped after {FIS_START_SECONDS:g} s")
            time.sleep(self._poll)
        self._experiment = ""

    def _state(self) -> str:
        told: str = self._client.get_experiment(id=self._experiment)["experiment"]["state"]["status"]
        return told
