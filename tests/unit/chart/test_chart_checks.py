"""The checks of the chart find what is wrong: schemas that are strict, policies without stale exceptions."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from ci.chart.policies import EXCEPTIONS, Finding, judge
from ci.chart.schemas import OWN, custom, file_name, kinds
from tests.unit.chart.rendered import ROOT, one

POD: dict[str, dict[str, Any]] = {
    "io.k8s.api.core.v1.Pod": {
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "spec": {"$ref": "#/definitions/io.k8s.api.core.v1.PodSpec"},
        },
        "x-kubernetes-group-version-kind": [{"group": "", "kind": "Pod", "version": "v1"}],
    },
    "io.k8s.api.core.v1.PodSpec": {
        "description": "prose",
        "required": ["size"],
        "properties": {
            "size": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"},
            "default": {"type": "string", "default": "x"},
        },
    },
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
    "io.k8s.api.core.v1.Unused": {"properties": {}},
}


def accepts(schema: dict[str, Any], instance: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(schema).is_valid(instance))


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"spec": {"size": 1}}, True),
        ({"spec": {"size": "1", "default": "a"}}, True),
        ({"spec": {"size": "1", "sise": "2"}}, False),
        ({"spec": {}}, False),
        ({"kind": "Pot"}, False),
        ({"apiVersion": "v2"}, False),
        ({"apiVersion": None}, False),
    ],
)
def test_a_kind_is_strict(change: dict[str, Any], good: bool) -> None:
    made = kinds(POD)
    assert list(made) == ["pod-v1.json"]
    assert (
        accepts(made["pod-v1.json"], {"apiVersion": "v1", "kind": "Pod", "spec": {"size": "1Gi"}} | change)
        is good
    )
    assert "Unused" not in json.dumps(made)


def test_a_custom_kind_is_strict_but_where_it_says_otherwise() -> None:
    schema = {
        "properties": {
            "spec": {
                "properties": {
                    "port": {
                        "anyOf": [{"type": "integer"}, {"type": "string"}],
                        "x-kubernetes-int-or-string": True,
                    }
                }
            },
            "status": {"properties": {}, "x-kubernetes-preserve-unknown-fields": True},
        }
    }
    versions = [
        {"name": name, "served": name == "v1", "schema": {"openAPIV3Schema": schema}}
        for name in ("v1", "v1alpha1")
    ]
    made = custom({"spec": {"group": "example.com", "names": {"kind": "Thing"}, "versions": versions}})
    assert list(made) == ["thing-example-v1.json"]
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "spec": {"port": "http"}, "status": {"any": 1}}
    assert accepts(made["thing-example-v1.json"], thing)
    assert not accepts(made["thing-example-v1.json"], thing | {"spec": {"prot": 1}})


def test_files_are_named_as_kubeconform_looks_them_up() -> None:
    assert file_name("", "v1", "Service") == "service-v1.json"
    assert file_name("networking.k8s.io", "v1", "Ingress") == "ingress-networking-v1.json"
    assert file_name("aga.k8s.aws", "v1beta1", "GlobalAccelerator") == OWN.name


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("trafficDialPercentage", 101),
        ("trafficDial", 1),
        ("endpoints", [{"type": "EndpointID", "name": "x"}]),
        ("endpoints", [{"type": "Service"}]),
    ],
)
def test_an_accelerator_is_strict(where: str, value: Any) -> None:
    schema = json.loads(OWN.read_text())
    made = one("everything", "GlobalAccelerator")
    assert accepts(schema, made)
    made["spec"]["listeners"][0]["endpointGroups"][0][where] = value
    assert not accepts(schema, made)


def test_a_finding_needs_an_exception_and_an_exception_a_finding() -> None:
    for tool, excused in EXCEPTIONS.items():
        assert judge(tool, set(excused)) == []
        new = Finding("CKV_K8S_1", "Deployment")
        assert judge(tool, {*excused, new}) == [f"{tool}: Deployment: CKV_K8S_1, which no exception explains"]
        first = min(excused)
        assert judge(tool, set(excused) - {first}) == [
            f"{tool}: {first.kind}: {first.check} passes: its exception can go"
        ]


def test_the_values_schema_is_a_schema_and_closed_everywhere() -> None:
    schema = json.loads((ROOT / "chart" / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)

    def open_objects(part: Any, path: str) -> list[str]:
        if isinstance(part, list):
            return [each for item in part for each in open_objects(item, path)]
        if not isinstance(part, dict):
            return []
        found = [path] if "properties" in part and part.get("additionalProperties") is not False else []
        return found + [each for key, item in part.items() for each in open_objects(item, f"{path}/{key}")]

    assert open_objects(schema, "") == []


def test_the_dashboard_overlaps_nowhere() -> None:
    panels = json.loads((ROOT / "chart" / "files" / "dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_comparison_counts_what_there_is() -> None:
    row = next(
        line
        for line in (ROOT / "docs" / "chart.md").read_text().splitlines()
        if "unit tests / suites" in line
    )
    suites = sorted((ROOT / "chart" / "tests").glob("*_test.yaml"))
    tests = sum(len(yaml.safe_load(suite.read_text())["tests"]) for suite in suites)
    assert row.split("|")[2].strip() == f"{tests} / {len(suites)}"


def test_what_takes_over_the_replicas_of_a_live_release_owns_nothing_else() -> None:
    # Turned on there, the autoscaler finds one pod left: replicas have gone to their default.
    assert "replicas" not in one("everything", "Deployment")["spec"]
    assert (
        "docs/scale.md" in (ROOT / "chart" / "README.md").read_text().partition("autoscaling.enabled` |")[2]
    )
    command = re.search(r"echo '(.*)' \|\n +kubectl apply", (ROOT / "docs" / "scale.md").read_text())
    assert command
    manifest = yaml.safe_load(command[1])
    deployment = one("us-east-1", "Deployment")
    assert {manifest[key] for key in ("apiVersion", "kind")} == {
        deployment[key] for key in ("apiVersion", "kind")
    }
    assert manifest["metadata"] == {"name": deployment["metadata"]["name"], "namespace": "dynamodr"}
    assert manifest["spec"] == {"replicas": deployment["spec"]["replicas"]}
