"""What the chart renders: the same as it was, each time, by every Helm, for every version of Kubernetes."""

import difflib
from typing import Any

import pytest
import yaml

from tests.chart.renders import CHART, HERE, RENDERS, Run, template

GOLDEN = HERE / "golden"


def lines(manifests: str) -> list[str]:
    """Without the blank ones: Helm 3 leaves some out that Helm 4 keeps."""
    return [line for line in manifests.splitlines() if line.strip()]


def objects(manifests: str) -> dict[tuple[str, str], Any]:
    """(kind, name) -> object; each is there once."""
    found = [each for each in yaml.safe_load_all(manifests) if each]
    named = {(each["kind"], each["metadata"]["name"]): each for each in found}
    assert len(named) == len(found)
    return named


@pytest.mark.parametrize("name", RENDERS)
def test_is_as_it_was(helm: Run, name: str) -> None:
    golden = GOLDEN / f"{name}.yaml"
    rendered = template(helm, name)
    change = difflib.unified_diff(
        lines(golden.read_text()), lines(rendered), golden.name, "rendered", lineterm=""
    )
    assert not list(change), "the render changed; if it was meant to: ci/chart/check --update"


@pytest.mark.parametrize("name", RENDERS)
def test_is_the_same_twice(helm: Run, name: str) -> None:
    assert template(helm, name) == template(helm, name)


@pytest.mark.parametrize("name", RENDERS)
def test_is_the_same_in_helm_3_and_helm_4(helm: Run, helm3: Run, name: str) -> None:
    assert lines(template(helm, name)) == lines(template(helm3, name))


@pytest.mark.parametrize("name", RENDERS)
def test_is_the_same_on_upgrade(helm: Run, name: str) -> None:
    # Argo CD renders every sync as an install.
    assert template(helm, name) == template(helm, name, "--is-upgrade")


@pytest.mark.parametrize("version", ["1.31.0", "1.34.2-eks-b3126f4", "1.33.5-gke.1080000", "1.36.1+k3s1"])
def test_is_let_into_clusters_whose_version_has_a_suffix(helm: Run, version: str) -> None:
    # eks-distro#512: ">= 1.31.0" refuses 1.34.2-eks-…, which SemVer calls a pre-release.
    assert template(helm, "us-east-1", "--kube-version", version) == template(helm, "us-east-1")


def test_is_refused_on_a_cluster_that_is_too_old(helm: Run) -> None:
    done = helm("template", "x", CHART, "-f", RENDERS["us-east-1"], "--kube-version", "1.30.9")
    assert "requires kubeVersion: >= 1.31.0-0" in done.stderr


def test_a_bump_of_the_chart_rolls_no_pod(helm: Run, tmp_path: Any) -> None:
    done = helm("package", CHART, "--version", "99.0.0", "--destination", tmp_path)
    assert not done.returncode, done.stderr
    bumped = helm(
        "template", "dynamodr", tmp_path / "dynamodr-99.0.0.tgz", "-n", "apps", "-f", RENDERS["everything"]
    )
    assert "dynamodr-99.0.0" in bumped.stdout
    key = ("Deployment", "dynamodr")
    before, after = objects(template(helm, "everything"))[key], objects(bumped.stdout)[key]
    assert before["spec"] == after["spec"]


def test_a_changed_table_changes_the_deployment_and_rolls_no_pod(helm: Run) -> None:
    # Argo CD syncs no change of a hook alone.
    key = ("Deployment", "dynamodr")
    before = objects(template(helm, "us-east-1"))[key]
    after = objects(template(helm, "us-east-1", "--set", "table.tags.team=dr"))[key]
    assert before["metadata"]["annotations"] != after["metadata"]["annotations"]
    assert before["spec"] == after["spec"]


def test_a_changed_setting_rolls_the_pods(helm: Run) -> None:
    key = ("Deployment", "dynamodr")
    before = objects(template(helm, "us-east-1"))[key]
    after = objects(template(helm, "us-east-1", "--set", "app.threads=3"))[key]
    assert before["spec"]["template"]["metadata"] != after["spec"]["template"]["metadata"]


def test_a_job_without_hooks_is_named_after_its_content(helm: Run) -> None:
    def names(*more: str) -> set[str]:
        manifests = template(helm, "us-east-1", "--set", "tableJob.hook=false", *more)
        return {name for kind, name in objects(manifests) if kind == "Job"}

    assert len(names()) == 1
    assert names() == names()
    assert names() != names("--set", "image.tag=v2")


@pytest.mark.parametrize("name", RENDERS)
def test_says_in_which_namespace(helm: Run, name: str) -> None:
    # `helm template | kubectl apply` without one would go wherever the context points.
    assert {each["metadata"]["namespace"] for each in objects(template(helm, name)).values()} == {"apps"}


def test_no_template_asks_for_what_differs_each_time() -> None:
    templates = CHART / "templates"
    banned = (
        "rand",
        "uuidv4",
        "| now",
        "(now",
        "genCA",
        "genSelfSigned",
        "genPrivateKey",
        "lookup",
        ".Capabilities",
        "htpasswd",
    )
    for file in templates.rglob("*.*"):
        text = file.read_text()
        assert not [word for word in banned if word in text], file
