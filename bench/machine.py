"""The machine and the versions, in words that name no host and no path."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from bench.report import Machine
from rehearsal.engine.local_server import VERSION

OWN = ("boto3", "botocore", "flask", "gunicorn", "werkzeug")
FAST = ("aioboto3", "botocore", "fastapi", "uvicorn")


def machine(busy: float) -> Machine:
    """Describe it. `busy`: its load average before anything was started."""
    told = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", told)
    virtual = "hypervisor" in told
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    java = subprocess.run(["java", "-version"], check=True, capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', java)
    return Machine(
        f"{model[1].strip() if model else 'unknown'} ({platform.machine()}{', virtual' if virtual else ''})",
        os.cpu_count() or 0,
        round(memory / 1e9),
        f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"DynamoDB Local {VERSION} in memory, Java {version[1] if version else 'unknown'}",
        busy,
    )


def versions(libraries: str) -> dict[str, str]:
    """The libraries that matter; `libraries`: the Python of bench/requirements.txt."""
    script = f"from importlib.metadata import version\nfor name in {FAST}: print(version(name))"
    told = subprocess.run([libraries, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    others = dict(zip(FAST, told.stdout.split(), strict=True))
    return {
        **{name: importlib.metadata.version(name) for name in OWN},
        **{("its botocore" if name == "botocore" else name): found for name, found in others.items()},
    }


def commit() -> str:
    """The checkout's commit, or nothing where there is none."""
    root = Path(__file__).parents[1]
    told = subprocess.run(
        ["git", "-C", root, "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    )
    return told.stdout.strip()
