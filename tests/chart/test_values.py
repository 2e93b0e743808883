"""Values that are wrong are refused before anything reaches a cluster, by a message that names them."""

from pathlib import Path

import pytest
import yaml

from tests.chart.renders import CHART, ROOT, Run

WRONG = [
    ("replicas=3", "additional properties 'replicas' not allowed"),
    ("table.readCapacity=5", "at '/table': additional properties 'readCapacity' not allowed"),
    ("app.authToken.secret=x", "at '/app/authToken': additional properties 'secret' not allowed"),
    ("replicaCount=two", "at '/replicaCount': got string, want null or integer"),
    ("tests.enabled=maybe", "at '/tests/enabled': got string, want boolean"),
    ("region=virginia", "at '/region': 'virginia' does not match pattern"),
    ("table.regions={us-east-1,us-east-1}", "at '/table/regions': items at 0 and 1 are equal"),
    ("table.name=a b", "at '/table/name': 'a b' does not match pattern"),
    ("app.basePath=users", "at '/app/basePath': 'users' does not match pattern"),
    ("app.basePath=/healthz/users", "at '/app/basePath'"),
    ("app.writeMode=both", "at '/app/writeMode': value must be one of 'any', 'active-region'"),
    ("app.logLevel=trace", "at '/app/logLevel': value must be one of 'debug', 'info', 'warning', 'error'"),
    ("image.digest=sha256:abc", "at '/image/digest': 'sha256:abc' does not match pattern"),
    (
        "podDisruptionBudget.maxUnavailable=0",
        "at '/podDisruptionBudget/maxUnavailable': minimum: got 0, want 1",
    ),
    (
        "podDisruptionBudget.maxUnavailable=0%",
        "at '/podDisruptionBudget/maxUnavailable': '0%' does not match",
    ),
    ("podDisruptionBudget.minAvailable=1", "additional properties 'minAvailable' not allowed"),
    ("tableJob.backoffLimit=1", "at '/tableJob/backoffLimit': minimum: got 1, want 3"),
    ("table.tags.a=x\\,y", "at '/table/tags/a': 'x,y' does not match pattern"),
    ("extraEnv.A-B=x", "at '/extraEnv': additional properties 'A-B' not allowed"),
    (
        "globalAccelerator.otherRegions.oregon=x",
        "at '/globalAccelerator/otherRegions': additional properties 'oregon'",
    ),
    ("globalAccelerator.dial=101", "at '/globalAccelerator/dial': maximum: got 101, want 100"),
    ("globalAccelerator.ports=null", "at '/globalAccelerator': missing property 'ports'"),
    ("extraEnv.COUNT=3", "at '/extraEnv/COUNT': got number, want string or object"),
    ("service.type=ExternalName", "at '/service/type': value must be one of"),
    ("shutdown=null", "missing property 'shutdown'"),
]


@pytest.mark.parametrize(("values", "message"), WRONG, ids=[values for values, _ in WRONG])
def test_a_wrong_key_or_type_is_named(helm: Run, values: str, message: str) -> None:
    done = helm("template", "x", CHART, "-f", ROOT / "values-us-east-1.yaml", "--set", values)
    assert done.returncode
    assert message in done.stderr


def test_without_a_region_nothing_is_installed(helm: Run) -> None:
    done = helm("template", "x", CHART)
    assert done.returncode
    assert "- region is not set: name this release's Region, as values-us-east-1.yaml does" in done.stderr
    assert "- table.regions is empty" in done.stderr


def test_a_parent_chart_may_switch_it_off_and_share_values(helm: Run, tmp_path: Path) -> None:
    # cert-manager#7334: a closed schema refused the parent's `enabled`, and Helm itself adds `global`.
    parent = {
        "apiVersion": "v2",
        "name": "parent",
        "version": "1.0.0",
        "dependencies": [
            {
                "name": "dynamodr",
                "version": "*",
                "repository": f"file://{CHART}",
                "condition": "dynamodr.enabled",
            }
        ],
    }
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(parent))
    region = yaml.safe_load((ROOT / "values-us-east-1.yaml").read_text())
    values = {"global": {"imageRegistry": "registry.example"}, "dynamodr": {"enabled": True, **region}}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "dynamodr").symlink_to(CHART)
    on = helm("template", "parent", tmp_path)
    assert "kind: Deployment" in on.stdout, on.stderr
    off = helm("template", "parent", tmp_path, "--set", "dynamodr.enabled=false")
    assert not off.returncode, off.stderr
    assert "Deployment" not in off.stdout


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_a_region_file_stays_short(region: str) -> None:
    assert len((ROOT / f"values-{region}.yaml").read_text().splitlines()) < 15
