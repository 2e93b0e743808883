"""What deploy/'s documents make of the chart, its values merged as Argo CD, Flux and READMEs have it."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.renders import CHART, ROOT, Run
from tests.unit.deploy.documents import DEPLOY, REGIONS, merged

WAYS = ("argocd", "flux", "flux/oci")


def loaded(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text()))


def objects(run: Run, *arguments: str | Path) -> list[Any]:
    done = run("template", "dynamodr", *arguments)
    assert not done.returncode, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def flux(run: Run, document: Path, place: Path) -> list[Any]:
    """The release as Flux makes it.

    source-controller merges valuesFiles, whose paths start at the source's root, and overwrites the chart's
    values.yaml with them (mergeFileValues and OverwriteChartDefaultValues in its internal/helm/chart).
    """
    source, release = loaded(document)
    spec = release["spec"]
    chart = CHART
    if "chart" in spec:
        wanted = spec["chart"]["spec"]
        fetched, chart = place / "source", place / "source" / wanted["chart"]
        kept = [line[2:] for line in source["spec"]["ignore"].split() if line.startswith("!")]
        fetched.mkdir()
        for name in kept:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, fetched / name)
        composed: dict[str, Any] = {}
        for name in wanted["valuesFiles"]:
            composed = merged(composed, loaded(fetched / name)[0])
        (chart / "values.yaml").write_text(yaml.safe_dump(composed))
    (place / "values.yaml").write_text(yaml.safe_dump(spec.get("values", {})))
    return objects(run, chart, "-n", release["metadata"]["namespace"], "-f", place / "values.yaml")


def argocd(run: Run, region: str, place: Path) -> list[Any]:
    """The Application as Argo CD renders it: valuesObject wins over valueFiles, which start at the chart."""
    [found] = loaded(DEPLOY / "argocd/applicationset.yaml")
    source = found["spec"]["template"]["spec"]["source"]
    files = [each.replace("{{.region}}", region) for each in source["helm"]["valueFiles"]]
    (place / "values.yaml").write_text(yaml.safe_dump(source["helm"].get("valuesObject", {})))
    paths = [ROOT / source["path"] / each for each in files] + [place / "values.yaml"]
    return objects(run, ROOT / source["path"], *(word for path in paths for word in ("-f", path)))


def readers(run: Run, region: str) -> list[Any]:
    """What the command in eksctl's README installs."""
    text = (DEPLOY / "eksctl/README.md").read_text().replace("\\\n", " ").replace("us-east-1", region)
    [command] = [line for line in text.splitlines() if line.startswith("    helm ")]
    start = ["helm", "upgrade", "--install", "dynamodr"]
    words = shlex.split(command)
    assert words[: len(start)] == start
    paths = [str(DEPLOY / "eksctl" / each) if each.startswith("../") else each for each in words]
    return objects(run, *paths[len(start) :])


@pytest.fixture(params=[(way, region) for way in (*WAYS, "eksctl") for region in REGIONS], ids="-".join)
def deployed(request: pytest.FixtureRequest, helm: Run, tmp_path: Path) -> tuple[str, str, list[Any]]:
    way, region = request.param
    if way == "argocd":
        return way, region, argocd(helm, region, tmp_path)
    if way == "eksctl":
        return way, region, readers(helm, region)
    return way, region, flux(helm, DEPLOY / way / f"{region}.yaml", tmp_path)


def spec_of(found: list[Any], kind: str) -> Any:
    [one] = [each for each in found if each["kind"] == kind]
    return one["spec"]["template"]["spec"]


def test_renders_with_the_regions_values(deployed: tuple[str, str, list[Any]]) -> None:
    _, region, found = deployed
    [settings] = [each["data"] for each in found if each["kind"] == "ConfigMap"]
    assert settings["AWS_REGION"] == region
    assert settings["TABLE_REGIONS"] == ",".join(REGIONS)


def test_leaves_the_accounts_that_eksctl_made_alone(deployed: tuple[str, str, list[Any]]) -> None:
    # As a hook's, the table job's account would be deleted, and the role that eksctl gave it would be gone.
    _, region, found = deployed
    assert not [each for each in found if each["kind"] == "ServiceAccount"]
    [cluster] = loaded(DEPLOY / f"eksctl/{region}.yaml")
    made = {each["metadata"]["name"] for each in cluster["iam"]["serviceAccounts"]}
    used = {spec_of(found, kind)["serviceAccountName"] for kind in ("Deployment", "Job")}
    assert used == {"dynamo-sa", "dynamo-sa-hook"} <= made


def test_names_an_image_in_a_registry(deployed: tuple[str, str, list[Any]]) -> None:
    way, _, found = deployed
    [chart] = loaded(CHART / "Chart.yaml")
    # ci/release/package pins the image in the released chart: nothing may override it.
    repository = "dynamodr" if way == "flux/oci" else "ghcr.io/example/dynamodr"
    for kind in ("Deployment", "Job"):
        [container] = spec_of(found, kind)["containers"]
        assert container["image"] == f"{repository}:{chart['appVersion']}"
