"""What the image holds and what it does not."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.image.containers import ROOT, Image

MEGABYTE = 1_000_000


def test_runs_as_a_numbered_user_on_a_read_only_root(image: Image) -> None:
    code = """
import os, pathlib
pathlib.Path("/tmp/written").touch()
read_only = bool(os.statvfs("/").f_flag & os.ST_RDONLY)
print(os.getuid(), os.getgid(), pathlib.Path.home(), read_only)
"""
    assert image.python(code) == "65532 65532 /tmp True"
    assert image.engine.config()["User"] == "65532:65532"


def test_owns_nothing_of_itself(image: Image) -> None:
    """Even on a root that is not read-only, its user can change no code."""
    code = """
import os, pathlib
root = pathlib.Path("/opt/dynamodr")
print([str(path) for path in (root, *root.rglob("*")) if path.stat().st_uid or path.stat().st_mode & 0o022])
"""
    assert image.python(code) == "[]"


@pytest.mark.parametrize("interpreter", ["/opt/dynamodr/bin/python", "python3"])
@pytest.mark.parametrize(
    "absent",
    ["pip", "setuptools", "wheel", "ensurepip", "pkg_resources", "rehearsal", "moto", "pytest", "rich"],
)
def test_holds_no_installer_and_no_rehearsal(image: Image, interpreter: str, absent: str) -> None:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({absent!r}) is not None)"
    assert image.run("-c", code, entrypoint=interpreter).returncode == 0


def test_holds_no_compiler(image: Image) -> None:
    programs = ["cc", "gcc", "g++", "clang", "ld", "as", "make", "pip", "pip3", "wheel"]
    code = f"import shutil; print([name for name in {programs} if shutil.which(name)])"
    assert image.python(code) == "[]"


def test_is_labelled(image: Image) -> None:
    labels = image.engine.config()["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == image.python(
        "import dynamodr; print(dynamodr.__version__)"
    )
    assert len(labels["org.opencontainers.image.revision"]) == 40
    assert labels["org.opencontainers.image.base.name"]


def test_keeps_nothing_of_the_machine_that_built_it(image: Image) -> None:
    names = {pair.split("=")[0] for pair in image.engine.config()["Env"]}
    assert names - {"LANG", "GPG_KEY"} == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} | (
        names & {"PYTHON_VERSION", "PYTHON_SHA256"}  # the real base's own
    )


@pytest.fixture(scope="module")
def layers(image: Image, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The layers above the base as tar files, lowest first: one for each RUN and COPY of the last stage."""
    saved = tmp_path_factory.mktemp("saved") / "image.tar"
    image.engine.save(saved)
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2].splitlines()
    own = sum(line.startswith(("RUN ", "COPY ")) for line in last_stage)
    with tarfile.open(saved) as archive:

        def read(name: str) -> bytes:
            member = archive.extractfile(name)
            assert member is not None
            return member.read()

        return [read(layer) for layer in json.loads(read("manifest.json"))[0]["Layers"][-own:]]


def test_layers_touch_only_what_they_must(layers: list[bytes]) -> None:
    allowed = ("opt/dynamodr", "etc/passwd", "etc/group", "usr/")
    touched = []
    for layer in layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            touched += [member.name for member in archive if not member.isdir()]
    assert [name for name in touched if not name.startswith(allowed)] == []
    in_base = [Path(name) for name in touched if name.startswith("usr/")]
    assert [path for path in in_base if not path.name.startswith(".wh.") and path.suffix != ".pyc"] == []


def test_code_is_a_small_layer_of_its_own(layers: list[bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(layers[2])) as archive:
        files = [member for member in archive if member.isfile()]
    assert any(file.name.endswith("dynamodr/cli.py") for file in files)
    assert {Path(file.name).parts[5].split("-")[0] for file in files if "site-packages" in file.name} == {
        "dynamodr"
    }
    assert sum(file.size for file in files) < 2 * MEGABYTE


def test_is_small(image: Image, layers: list[bytes], measured: list[str]) -> None:
    code = """
import pathlib, sysconfig
files = pathlib.Path(sysconfig.get_path("purelib")).rglob("*")
print(sum(file.stat().st_size for file in files if file.is_file()))
"""
    installed = int(image.python(code)) / MEGABYTE
    compressed = [len(gzip.compress(layer, 6)) / MEGABYTE for layer in layers]
    measured.append(
        f"site-packages {installed:.1f} MB, bytecode included;"
        f" compressed above the base {sum(compressed):.1f} MB"
        f" (libraries {compressed[1]:.1f}, code {compressed[2]:.2f})"
    )
    assert installed <= 20
    assert sum(compressed) <= 10


def test_brings_the_bytecode_of_all_it_loads(image: Image) -> None:
    """A read-only root keeps no bytecode, so each start would compile what lacks it."""
    code = """
import os, sys
import botocore.session, faker, flask, gunicorn.app.base, gunicorn.workers.gthread, dynamodr.cli
botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
specs = {module.__name__: getattr(module, "__spec__", None) for module in list(sys.modules.values())}
caches = {name: spec.cached for name, spec in specs.items() if spec}
print(sorted(name for name, cached in caches.items() if cached and not os.path.exists(cached)))
"""
    assert image.python(code) == "[]"
