"""`pip install ./rehearsal` takes all of it along. Red: name the new package in rehearsal/pyproject.toml."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "rehearsal"
SETUPTOOLS = tomllib.loads((SOURCE / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_package_is_named() -> None:
    found = {
        ".".join(("rehearsal", *init.parent.relative_to(SOURCE).parts))
        for init in SOURCE.rglob("__init__.py")
    }
    assert found == set(SETUPTOOLS["packages"])
    for module in SOURCE.rglob("*.py"):
        assert (module.parent / "__init__.py").exists(), module


def test_every_file_beside_the_modules_is_taken_along() -> None:
    taken = SETUPTOOLS["package-data"]["*"]
    for file in SOURCE.rglob("*"):
        beside = (file.parent / "__init__.py").exists() and file.is_file() and file.suffix != ".py"
        if beside and file.name != "pyproject.toml" and "__pycache__" not in file.parts:
            assert any(fnmatch(file.name, pattern) for pattern in taken), file
