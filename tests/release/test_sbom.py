"""The SBOMs list what is there: each kind of thing that an image or a chart can hold, and nothing else."""

import io
import json
import subprocess
import tarfile
from typing import Any

import pytest

from tests.release.conftest import ROOT, run

STATUS = """\
Package: libssl3
Status: install ok installed
Architecture: arm64
Version: 3.0.17-1~deb12u2
Description: two lines
 of it

Package: gone
Status: deinstall ok config-files
Architecture: arm64
Version: 1

"""
IMAGE = {
    "./var/lib/dpkg/status": STATUS,
    "./usr/lib/os-release": 'NAME="Debian"\nVERSION_ID="12"\n',
    "./usr/local/include/python3.11/patchlevel.h": '/* PY_VERSION */\n#define PY_VERSION      "3.11.14"\n',
    "./usr/lib/x86_64-linux-gnu/perl/5.36.0/CORE/patchlevel.h": "#define PERL_VERSION 36\n",
    "./opt/dynamodr/lib/python3.11/site-packages/prometheus_client-0.26.0.dist-info/METADATA": (
        "Metadata-Version: 2.4\nName: prometheus_client\nVersion: 0.26.0\n"
        "License-Expression: Apache-2.0 AND BSD-2-Clause\n\nName: not-a-header\n"
    ),
}
POD = """\
apiVersion: v1
kind: Pod
spec:
  containers:
    - {name: a, image: "127.0.0.1:5000/x/dynamodr@sha256:%(digest)s"}
    - {name: b, image: "ghcr.io/x/busybox:1.37"}
---
apiVersion: v1
kind: ConfigMap
data: {image: ghcr.io/x/busybox:1.37}
---
"""


@pytest.fixture(scope="session")
def python() -> str:
    return run("ci/environment", "ci/release/requirements.txt").strip()


def archive(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def sbom(python: str, kind: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [python, "ci/release/sbom.py", kind, "dynamodr", "0.1.0"]
    return subprocess.run(command, input=content, capture_output=True, check=False, cwd=ROOT)


def purls(python: str, kind: str, content: bytes) -> tuple[set[str], dict[str, Any]]:
    done = sbom(python, kind, content)
    assert done.returncode == 0, done.stderr.decode()
    document = json.loads(done.stdout)
    return {each["purl"] for each in document["components"]}, document


def test_an_image_is_listed_whole(python: str) -> None:
    found, document = purls(python, "image", archive(IMAGE))
    assert found == {
        "pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=arm64&distro=debian-12",
        "pkg:generic/python@3.11.14",
        "pkg:pypi/prometheus-client@0.26.0",
    }
    [client] = [each for each in document["components"] if each["name"] == "prometheus-client"]
    assert client["licenses"] == [{"expression": "Apache-2.0 AND BSD-2-Clause"}]


def test_the_order_of_the_files_does_not_matter(python: str) -> None:
    backwards = dict(reversed(list(IMAGE.items())))
    assert sbom(python, "image", archive(IMAGE)).stdout == sbom(python, "image", archive(backwards)).stdout


def test_a_chart_is_what_its_pods_run(python: str) -> None:
    digest = "a" * 64
    found, _ = purls(python, "chart", (POD % {"digest": digest}).encode())
    assert found == {
        f"pkg:oci/dynamodr@sha256:{digest}?repository_url=127.0.0.1:5000/x/dynamodr",
        "pkg:oci/busybox?repository_url=ghcr.io/x/busybox&tag=1.37",
    }


@pytest.mark.parametrize(("kind", "content"), [("image", archive({"./etc/motd": "x"})), ("chart", b"a: 1")])
def test_an_empty_list_is_an_error(python: str, kind: str, content: bytes) -> None:
    done = sbom(python, kind, content)
    assert done.returncode != 0
    assert not done.stdout
    assert b"nothing of it could be listed" in done.stderr
