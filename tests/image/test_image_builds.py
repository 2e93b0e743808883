"""What a build gives elsewhere: the same bytes again, and as much on the other architecture."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from tests.image.containers import ROOT, Image, output


def test_the_same_commit_gives_the_same_layers(image: Image) -> None:
    program = output(ROOT / "ci/image/engine").strip()
    if Path(program).name == "docker":
        pytest.skip("docker build keeps the files' own times; buildah and podman do not")
    again = f"{image.reference}-again"
    name, _, tag = again.rpartition(":")
    arguments = f"{os.environ.get('IMAGE_BUILD_ARGS', '')} --no-cache"
    environment = os.environ | {"IMAGE": name, "TAG": tag, "IMAGE_BUILD_ARGS": arguments}
    subprocess.run([ROOT / "ci/image/build"], env=environment, check=True, capture_output=True)
    try:
        assert image.engine.layers(again) == image.engine.layers(image.reference)
    finally:
        output(program, "rmi", again)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_library_has_a_wheel_for(machine: str, tmp_path: Path) -> None:
    """By hash, for the Python of the base, with nothing to compile."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)] + [f"manylinux2014_{machine}"]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += [
        "--only-binary=:all:",
        "--implementation=cp",
        "--python-version=3.11",
        "--abi=cp311",
        "--abi=abi3",
    ]
    command += ["--abi=none", *(f"--platform={tag}" for tag in tags), "--require-hashes"]
    output(*command, "-r", ROOT / "requirements.txt", "-d", tmp_path)
    wheels = [parse_wheel_filename(wheel.name) for wheel in tmp_path.iterdir()]
    native = {name for name, _, _, tags in wheels if all(tag.platform != "any" for tag in tags)}
    assert native == {"markupsafe", "msgspec"}
