"""The chart as it was last rendered: tests/chart/golden, which tests/chart holds against Helm."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "chart" / "golden"
RENDERS = ("us-east-1", "us-west-2", "everything")


def objects(name: str) -> list[dict[str, Any]]:
    """All objects of a render."""
    return [each for each in yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text()) if each]


def one(name: str, kind: str, suffix: str = "") -> Any:
    """The object of that kind, and of that end of its name."""
    found = [
        each
        for each in objects(name)
        if each["kind"] == kind and each["metadata"]["name"] == f"dynamodr{suffix}"
    ]
    assert len(found) == 1, f"{kind} dynamodr{suffix}"
    return found[0]


def container(name: str, kind: str, suffix: str = "") -> Any:
    """The one container of a Deployment or Job."""
    (made,) = one(name, kind, suffix)["spec"]["template"]["spec"]["containers"]
    return made


def environment(name: str, kind: str, suffix: str = "") -> dict[str, str]:
    """What the container's process would read: the ConfigMap's data, and over it the variables."""
    made = container(name, kind, suffix)
    data: dict[str, str] = one(name, "ConfigMap")["data"] if "envFrom" in made else {}
    return data | {each["name"]: each["value"] for each in made.get("env", [])}
