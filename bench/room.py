"""The image's libraries: installed, cut and compiled as the Dockerfile does, for the service as shipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def installed() -> Path:
    """Install requirements.txt and the project; return the environment's Python.

    The libraries are kept in a cache, made anew when the lock or what cuts them has changed; the project is
    copied each time.
    """
    made_of = [(ROOT / name).read_bytes() for name in ("requirements.txt", "ci/image/prune.py")]
    name = str(zlib.crc32(b"".join([sys.version.encode(), *made_of])))
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "dynamodr/shipped"
    place = cache / name
    if not (place / "bin/python").exists():
        scratch = cache / f"{name}.{os.getpid()}"
        _install(scratch)
        scratch.rename(place)  # whole, so that two at once can't spoil it
    site = _site(place)
    shutil.rmtree(site / "dynamodr", ignore_errors=True)
    shutil.copytree(ROOT / "app/dynamodr", site / "dynamodr", ignore=shutil.ignore_patterns("__pycache__"))
    _compile(place)
    return place / "bin/python"


def site_packages_mb(python: Path) -> float:
    """The size of an environment's site-packages, in MB (10^6 bytes)."""
    files = _site(python.parents[1]).rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _install(place: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(place / "bin/python")]
    options = ["--quiet", "--no-compile", "--only-binary", ":all:", "--require-hashes"]
    subprocess.run([*pip, "install", *options, "-r", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([place / "bin/python", "-B", ROOT / "ci/image/prune.py"], check=True)


def _compile(place: Path) -> None:
    options = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(_site(place))]
    subprocess.run([place / "bin/python", *options], check=True)


def _site(place: Path) -> Path:
    return next(place.glob("lib/python3*/site-packages"))
