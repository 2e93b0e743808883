"""Stages for the failover command."""

from collections.abc import Iterator

import pytest

from tests.contract.failover.stage import EAST, WEST, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Both Regions run; the east writes, and has all the traffic. The world's threads end by themselves."""
    stage = Stage()
    stage.follow(EAST, WEST)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def standing() -> Iterator[Stage]:
    """The same, for tests that leave it as it was."""
    stage = Stage()
    stage.follow(EAST, WEST)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def bare() -> Stage:
    """A table and an accelerator, and no pod anywhere; for tests that leave it so."""
    return Stage()
