"""A tag releases what chart, project and changelog call by that version, or nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.documents import ROOT

FILES = {
    "chart/Chart.yaml": "name: dynamodr\nversion: 1.2.3\nappVersion: 1.2.3\n",
    "pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "app/dynamodr/__init__.py": '__version__ = "1.2.3"\n',
    "CHANGELOG.md": "## Unreleased\n\n- soon\n\n## 1.2.3 - 2026-11-23\n\n- a fix\n\n## 1.2.30\n\n- no\n",
}


def notes(tmp_path: Path, tag: str, **changed: str) -> subprocess.CompletedProcess[str]:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(name.rsplit("/", 1)[-1].split(".")[0].strip("_"), text))
    script = tmp_path / "ci" / "release" / "notes"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "release" / "notes", script)
    return subprocess.run([script, tag], capture_output=True, text=True, check=False)


def test_the_section_of_the_version_and_no_other(tmp_path: Path) -> None:
    done = notes(tmp_path, "v1.2.3")
    assert (done.returncode, done.stdout.strip()) == (0, "- a fix"), done.stderr


@pytest.mark.parametrize(
    ("tag", "changed", "why"),
    [
        ("v1.2.4", {}, "Chart.yaml has version 1.2.3, not 1.2.4"),
        ("v1.2.3", {"pyproject": 'version = "1.2.4"\n'}, "pyproject.toml has version 1.2.4"),
        ("v1.2.3", {"init": '__version__ = "1.2.2"\n'}, "__init__.py has version 1.2.2"),
        ("v1.2.3", {"Chart": "version: 1.2.3\nappVersion: 1.0.0\n"}, "appVersion 1.0.0"),
        ("v1.2.3", {"CHANGELOG": "## 1.2.30\n\n- no\n"}, "no section"),
        ("v1.2.3", {"CHANGELOG": "## 1.2.3\n\n## 1.2.2\n\n- old\n"}, "an empty one"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, tag: str, changed: dict[str, str], why: str) -> None:
    done = notes(tmp_path, tag, **changed)
    assert done.returncode == 1
    assert not done.stdout
    assert why in done.stderr


def test_what_is_no_tag_is_refused(tmp_path: Path) -> None:
    assert notes(tmp_path, "1.2.3").returncode == 2
