"""Who makes a drill's faults: the rehearsal's admin API, or AWS Fault Injection Service."""

import time
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from urllib3.exceptions import HTTPError

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
        """End what this has begun by that name. When it raises, it can be called again."""

    def left(self, name: str) -> str:
        """What this has begun by that name and not seen end, and how to end it by hand; empty: nothing."""


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
        """Undo them, and go on with the others where one can't be undone."""
        on, failed = self._on.get(name, []), None
        for fault in reversed(tuple(on)):
            try:
                self._eyes.admin("DELETE", f"faults/{fault}")
                on.remove(fault)
            except (OSError, HTTPError) as error:
                failed = error
        if failed is not None:
            raise failed

    def left(self, name: str) -> str:
        """Its faults, and the call that ends them."""
        on, faults = self._on.get(name, []), f"{self._eyes.place.admin}/faults"
        return f"still on: {', '.join(on)}; undo them: curl -X DELETE {faults}" if on else ""


class ByFis:
    """Experiments of AWS FIS, one a fault; the template says what fails. `client` is boto3's of fis."""

    def __init__(self, template: str, client: Any, poll: float = FIS_POLL_SECONDS) -> None:
        self._template, self._client, self._poll = template, client, poll
        self._experiments: dict[str, str] = {}

    @classmethod
    def of(cls, template: str, region: str) -> "ByFis":
        """Use the user's own credentials, in the Region of the template."""
        return cls(template, boto3.client("fis", region_name=region))

    def begin(self, name: str, faults: "Sequence[dict[str, Any]]") -> None:  # noqa: ARG002 - the template says
        """Start an experiment, and wait until it runs. OSError: it does not."""
        started = self._client.start_experiment(
            experimentTemplateId=self._template, clientToken=str(uuid.uuid4())
        )
        experiment = self._experiments[name] = started["experiment"]["id"]
        deadline = time.monotonic() + FIS_START_SECONDS
        while (state := self._state(experiment)) in ("pending", "initiating"):
            if time.monotonic() > deadline:
                raise OSError(f"experiment {experiment} is still {state} after {FIS_START_SECONDS:g} s")
            time.sleep(self._poll)
        if state != "running":
            raise OSError(f"experiment {experiment} is {state}, not running")

    def end(self, name: str) -> None:
        """Stop the experiment, if it still runs, and wait until it has ended."""
        experiment = self._experiments.get(name)
        if experiment is None:
            return
        if self._state(experiment) in ("pending", "initiating", "running"):
            self._client.stop_experiment(id=experiment)
        deadline = time.monotonic() + FIS_START_SECONDS
        while self._state(experiment) in ("pending", "initiating", "running", "stopping"):
            if time.monotonic() > deadline:
                raise OSError(f"experiment {experiment} has not stopped after {FIS_START_SECONDS:g} s")
            time.sleep(self._poll)
        del self._experiments[name]

    def left(self, name: str) -> str:
        """The experiment, and the command that stops it."""
        experiment = self._experiments.get(name)
        if experiment is None:
            return ""
        stop = f"aws fis stop-experiment --id {experiment} --region {self._client.meta.region_name}"
        return f"AWS FIS experiment {experiment} may still run; stop it: {stop}"

    def _state(self, experiment: str) -> str:
        told: str = self._client.get_experiment(id=experiment)["experiment"]["state"]["status"]
        return told
