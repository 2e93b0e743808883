"""The compiled requirements agree with pyproject.toml. Red: run `make lock`."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


@dataclass(frozen=True)
class Pin:
    """One line of a lock, with what stands under it."""

    requirement: Requirement
    hashes: tuple[str, ...]
    direct: bool  # asked for by pyproject.toml itself

    @property
    def version(self) -> str:
        return next(iter(self.requirement.specifier)).version


def read(lock: str) -> dict[str, Pin]:
    """Return the pins of a lock by canonical name."""
    pins: dict[str, Pin] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip()):
        requirement = Requirement(block.split("\\")[0].strip())
        hashes = tuple(re.findall(r"--hash=(sha256:[0-9a-f]{64})\b", block))
        pins[canonicalize_name(requirement.name)] = Pin(requirement, hashes, "(pyproject.toml)" in block)
    return pins


def asked(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """Yield what pyproject.toml asks for itself; an extra that names another of its extras is followed."""
    for line in PROJECT["dependencies"] + [line for extra in extras for line in EXTRAS[extra]]:
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:
            yield from (Requirement(line) for extra in requirement.extras for line in EXTRAS[extra])
        else:
            yield requirement


def reachable(roots: Iterator[Requirement]) -> set[str]:
    """Return the names of all that the installed distributions need, here and on this Python."""
    environment = {name: str(value) for name, value in default_environment().items()}
    found: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        requirement = waiting.pop()
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) in found:
                continue
            found.add((requirement.name, extra))
            for line in requires(requirement.name) or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate(environment | {"extra": extra}):
                    waiting.append(needed)
    return {canonicalize_name(name) for name, _ in found}


LOCKS = pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.txt", ()), ("requirements-dev.txt", ("dev",))]
)


@LOCKS
def test_pins_what_pyproject_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    pins = read(lock)
    wanted = {canonicalize_name(requirement.name): requirement for requirement in asked(extras)}
    assert wanted.keys() == {name for name, pin in pins.items() if pin.direct}
    unmet = [
        name for name, requirement in wanted.items() if not requirement.specifier.contains(pins[name].version)
    ]
    assert unmet == []


@LOCKS
def test_pins_all_that_is_needed_and_no_more(lock: str, extras: tuple[str, ...]) -> None:
    pins = read(lock)
    here = {
        name
        for name, pin in pins.items()
        if pin.requirement.marker is None or pin.requirement.marker.evaluate()
    }
    assert here == reachable(asked(extras))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_hashed(lock: str) -> None:
    assert [name for name, pin in read(lock).items() if not pin.hashes] == []


def test_the_image_runs_the_versions_that_are_tested() -> None:
    tested = read("requirements-dev.txt")
    shipped = read("requirements.txt")
    assert {name: tested[name].hashes for name in shipped} == {
        name: pin.hashes for name, pin in shipped.items()
    }


def test_the_rehearsal_has_the_version_of_the_service() -> None:
    rehearsal = tomllib.loads((ROOT / "rehearsal/pyproject.toml").read_text())["project"]
    assert (rehearsal["version"], rehearsal["requires-python"]) == (
        PROJECT["version"],
        PROJECT["requires-python"],
    )
