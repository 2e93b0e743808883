"""Helm 3 and Helm 4, and the chart as it comes from an OCI registry."""

from concurrent.futures import Future

import pytest

from tests.e2e.lives import TOOLS
from tests.e2e.report import Step

pytestmark = [pytest.mark.timeout(500, func_only=True), pytest.mark.needs("ingress")]


@pytest.mark.parametrize("tool", TOOLS)
def test_from_a_registry(tool: str, lives: dict[str, Future[Step]], step: Step) -> None:
    counted = lives[tool].result()
    step.requests, step.failures, step.writes = counted.requests, counted.failures, counted.writes
    step.says(counted.note)
