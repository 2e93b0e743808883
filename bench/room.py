"""How much room the libraries take in the image: installed, cut and compiled as the Dockerfile does."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def site_packages_mb() -> float:
    """Install requirements.txt into a directory that is then removed; return its site-packages' MB (10^6)."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "image"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        python = place / "bin/python"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
        options = ["--quiet", "--no-compile", "--only-binary", ":all:", "--require-hashes"]
        subprocess.run([*pip, "install", *options, "-r", str(ROOT / "requirements.txt")], check=True)
        subprocess.run([python, "-B", ROOT / "ci/image/prune.py"], check=True)
        shutil.copytree(
            ROOT / "app/dynamodr",
            (site := next(place.glob("lib/python3*/site-packages"))) / "dynamodr",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        compiled = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(site)]
        subprocess.run([python, *compiled], check=True)
        return sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) / 1e6
