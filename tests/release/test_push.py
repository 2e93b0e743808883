"""What `make push` put into a registry is what was built and what is in the checkout."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release.conftest import ROOT, Pushed, run

DIGEST = r"sha256:[0-9a-f]{64}"
REGIONS = ["us-east-1", "us-west-2"]


def manifest(pushed: Pushed, what: str) -> dict[str, object]:
    repository, digest = pushed.references[what].removeprefix(f"{pushed.registry}/").split("@")
    request = urllib.request.Request(
        f"http://{pushed.registry}/v2/{repository}/manifests/{digest}",
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Docker-Content-Digest"] == digest
        read: dict[str, object] = json.load(answer)
    return read


def test_both_are_there_by_digest(pushed: Pushed) -> None:
    assert re.fullmatch(rf"{pushed.registry}/dynamodr@{DIGEST}", pushed.references["image"])
    assert re.fullmatch(rf"{pushed.registry}/charts/dynamodr@{DIGEST}", pushed.references["chart"])
    assert manifest(pushed, "image")["layers"]
    layers = manifest(pushed, "chart")["layers"]
    assert isinstance(layers, list)
    assert layers[0]["mediaType"] == "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


@pytest.mark.parametrize("region", REGIONS)
def test_the_pushed_chart_renders_as_the_local_one_with_the_image_pinned(
    pushed: Pushed, helm: str, region: str
) -> None:
    repository, digest = pushed.references["image"].split("@")
    common = ["--namespace", "dynamodr", "-f", f"values-{region}.yaml"]
    chart = f"oci://{pushed.references['chart']}"
    from_registry = run(helm, "template", "dynamodr", chart, "--plain-http", *common)
    pinned = ["--set", f"image.repository={repository}", "--set", f"image.digest={digest}"]
    local = run(helm, "template", "dynamodr", "chart", *common, *pinned)
    assert from_registry == local
    assert f"{repository}@{digest}" in from_registry


def test_the_image_is_pulled_by_digest(pushed: Pushed, tmp_path: Path) -> None:
    engine = run("ci/image/engine").strip()
    reference = pushed.references["image"]
    if engine == "docker":
        run("docker", "pull", "--quiet", reference)
        assert "dynamodr" in run("docker", "run", "--rm", reference, "--help")
        return
    own = [
        engine,
        "--root",
        str(tmp_path / "root"),
        "--runroot",
        str(tmp_path / "run"),
    ]
    pulled = run(*own, "pull", "--quiet", "--tls-verify=false", f"docker://{reference}").strip()
    inspected = json.loads(run(*own, "inspect", "--type", "image", pulled))
    config = inspected["OCIv1"]["config"] if engine == "buildah" else inspected[0]["Config"]
    assert config["Entrypoint"] == ["dynamodr"]


def test_a_second_push_of_the_same_changes_nothing(pushed: Pushed, push: Callable[[], Pushed]) -> None:
    again = push()
    assert again.references["image"] == pushed.references["image"]
    # Helm writes the time of the push into the manifest; what it wraps must be the same.
    assert manifest(pushed, "chart")["layers"] == manifest(again, "chart")["layers"]


def test_the_package_names_the_image_that_the_sbom_names(pushed: Pushed) -> None:
    [sbom] = (ROOT / "dist").glob("*-chart.cdx.json")
    [component] = json.loads(sbom.read_text())["components"]
    repository, digest = pushed.references["image"].split("@")
    assert component["version"] == digest
    assert component["purl"].endswith(f"repository_url={repository}")


@pytest.mark.parametrize("argument", [[], ["--help"], ["https://ghcr.io/you"]])
def test_what_is_no_registry_is_refused(argument: list[str]) -> None:
    done = subprocess.run(
        ["ci/release/push", *argument], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert "usage: ci/release/push REGISTRY" in done.stderr


def test_an_image_that_was_not_built_is_said_so(tmp_path: Path) -> None:
    done = subprocess.run(
        ["env", f"OUT={tmp_path}", "IMAGE=no-such-image", "ci/release/package", "image"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert "no image no-such-image:" in done.stderr
    assert "make image" in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_image_alone_and_under_another_tag(registry: str, tag: str) -> None:
    said = run("env", f"TAG={tag}", "PUSH_TAG=0.1.0-arch", "ci/release/push", registry, "image")
    assert re.fullmatch(rf"image {registry}/dynamodr@{DIGEST}\n", said)
    with urllib.request.urlopen(f"http://{registry}/v2/dynamodr/tags/list", timeout=10) as answer:
        assert "0.1.0-arch" in json.load(answer)["tags"]


def test_the_chart_alone_needs_the_image_to_pin() -> None:
    done = subprocess.run(
        ["ci/release/push", "127.0.0.1:1", "chart"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1
    assert "IMAGE_DIGEST" in done.stderr
