"""Fixtures of the image's tests. `make image` comes first."""

from collections.abc import Iterator

import pytest

from tests.image.containers import Image, open_image

MEASURED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MEASURED] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[MEASURED]:
        terminalreporter.write_line(f"image: {line}")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with open_image(tmp_path_factory.mktemp("bundles")) as opened:
        yield opened


@pytest.fixture
def measured(pytestconfig: pytest.Config) -> list[str]:
    """Lines to print after the tests."""
    return pytestconfig.stash[MEASURED]
