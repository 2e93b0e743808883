"""Loads on releases, and what each must have met."""

import os
import time
from pathlib import Path

from tests.e2e.account import Account
from tests.e2e.load import Load, Result
from tests.e2e.release import Release
from tests.e2e.report import Step

LEAST = int(os.environ.get("E2E_REQUESTS") or 5000)
"""Requests that a row under load sends at least."""


class Loads:
    """Loads on releases, each counted in the step's line of the report."""

    def __init__(self, scratch: Path, step: Step, account: Account) -> None:
        self._scratch, self._step, self._account = scratch, step, account

    def on(self, release: Release, rate: float = 240.0) -> Load:
        return Load(release.cluster.ingress, release.host, self._scratch, rate)

    def ended(self, load: Load, release: Release) -> Result:
        """Let a load reach its least number of requests, end it, and find every acknowledged write."""
        load.reaches(LEAST)
        result = load.stop()
        self._step.met(result)
        self._step.says(f"slowest {result.slowest:.2f} s")
        there = self._account.items(release.region)
        lost = [name for name in result.acknowledged if name not in there]
        assert not lost, (
            f"{len(lost)} of {len(result.acknowledged)} acknowledged writes are not there: {lost[:3]}"
        )
        return result

    def unharmed(self, load: Load, release: Release) -> None:
        """End a load that must not have failed once."""
        began = time.monotonic()
        result = self.ended(load, release)
        assert not result.failures, (
            f"{len(result.failures)} of {result.requests} failed: {result.failures[:5]}"
        )
        assert result.requests >= LEAST, f"{result.requests} in {time.monotonic() - began:.0f} s"
