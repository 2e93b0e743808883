"""What stands around the chart agrees with the chart, with the service, and with itself."""

from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from tests.unit.deploy.documents import (
    DEPLOY,
    HOME,
    REGIONS,
    REPLICA,
    ROOT,
    VALUES,
    Template,
    manifests,
    policy,
)
from tests.unit.deploy.policy import listed

CHART = yaml.safe_load((ROOT / "chart" / "Chart.yaml").read_text())
CHART_VALUES = yaml.safe_load((ROOT / "chart" / "values.yaml").read_text())


def region_values(region: str) -> Any:
    return yaml.safe_load((ROOT / f"values-{region}.yaml").read_text())


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


@pytest.mark.parametrize("region", REGIONS)
def test_eksctl_makes_the_accounts_that_the_values_name(region: str) -> None:
    [cluster] = manifests(f"eksctl/{region}.yaml")
    assert cluster["metadata"]["region"] == region
    account = region_values(region)["serviceAccount"]["name"]
    made = {each["metadata"]["name"]: each for each in cluster["iam"]["serviceAccounts"]}
    names = Template("cloudformation/roles.yaml", region)
    for name, resource in ((account, "ServicePolicy"), (f"{account}-hook", "TableJobPolicy")):
        wanted = f"arn:aws:iam::${{ACCOUNT_ID}}:policy/{names.resource(resource)['ManagedPolicyName']}"
        assert made[name]["attachPolicyARNs"] == [wanted]
        assert made[name]["metadata"]["namespace"] == VALUES["NAMESPACE"]


@pytest.mark.parametrize("region", REGIONS)
def test_pod_identity_binds_the_same_accounts_to_the_stacks_roles(region: str) -> None:
    [cluster] = manifests(f"eksctl/{region}.yaml")
    [alternative] = manifests(f"eksctl/pod-identity/{region}.yaml")
    assert alternative["metadata"] == {key: cluster["metadata"][key] for key in ("name", "region")}
    template = Template("cloudformation/roles.yaml", region)
    assert template.names["Cluster"] == cluster["metadata"]["name"]
    found = {each["serviceAccountName"]: each for each in alternative["iam"]["podIdentityAssociations"]}
    for parameter, resource in (
        ("ServiceAccount", "ServiceRole"),
        ("TableJobServiceAccount", "TableJobRole"),
    ):
        one = found.pop(template.names[parameter])
        assert one["namespace"] == template.names["Namespace"]
        assert one["createServiceAccount"] is True
        assert (
            one["roleARN"] == f"arn:aws:iam::${{ACCOUNT_ID}}:role/{template.resource(resource)['RoleName']}"
        )
    assert not found


def test_both_clusters_are_alike() -> None:
    home, replica = (manifests(f"eksctl/{region}.yaml")[0] for region in REGIONS)
    assert str(home).replace(HOME, REPLICA) == str(replica)


def test_argo_cd_takes_each_region_by_its_values_file() -> None:
    [found] = manifests("argocd/applicationset.yaml")
    [generator] = found["spec"]["generators"]
    elements = generator["list"]["elements"]
    assert [each["region"] for each in elements] == list(REGIONS)
    source = found["spec"]["template"]["spec"]["source"]
    [values] = source["helm"]["valueFiles"]
    for element in elements:
        path = PurePosixPath(source["path"]) / values.replace("{{.region}}", element["region"])
        assert (ROOT / path).resolve() == ROOT / f"values-{element['region']}.yaml"
        assert element["revision"] == f"v{CHART['version']}"
    sync = found["spec"]["template"]["spec"]["syncPolicy"]
    assert sync["retry"]["refresh"] is True
    assert found["spec"]["syncPolicy"]["preserveResourcesOnDeletion"] is True


@pytest.mark.parametrize("region", REGIONS)
def test_flux_takes_its_region_by_its_values_file(region: str) -> None:
    source, release = manifests(f"flux/{region}.yaml")
    chart = release["spec"]["chart"]["spec"]
    # source-controller puts them in the place of the chart's values.yaml: named, or gone.
    assert chart["valuesFiles"] == ["chart/values.yaml", f"values-{region}.yaml"]
    assert (ROOT / chart["chart"] / "Chart.yaml").exists()
    assert all((ROOT / each).exists() for each in chart["valuesFiles"])
    assert chart["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
    assert source["spec"]["ref"] == {"tag": f"v{CHART['version']}"}
    kept = {line.removeprefix("!/") for line in source["spec"]["ignore"].split() if line.startswith("!")}
    assert kept == {"chart", f"values-{region}.yaml"}


@pytest.mark.parametrize("region", REGIONS)
def test_flux_takes_the_signed_chart_with_the_same_values(region: str) -> None:
    source, release = manifests(f"flux/oci/{region}.yaml")
    values = region_values(region)
    values["serviceAccount"]["create"] = False
    assert release["spec"]["values"] == values | {"tableJob": {"serviceAccount": {"name": "dynamo-sa-hook"}}}
    assert release["spec"]["chartRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
    assert source["spec"]["ref"] == {"tag": CHART["version"]}
    [identity] = source["spec"]["verify"]["matchOIDCIdentity"]
    workflow = (ROOT / ".github" / "workflows" / "release.yml").relative_to(ROOT).as_posix()
    assert (ROOT / workflow).exists()
    assert f"/{workflow}@refs/tags/v" in identity["subject"].replace("\\", "")


@pytest.mark.parametrize("path", [f"flux/{kind}{region}.yaml" for kind in ("", "oci/") for region in REGIONS])
def test_flux_waits_longer_than_the_table_job_may_take(path: str) -> None:
    _, release = manifests(path)
    spec = release["spec"]
    assert seconds(spec["timeout"]) > CHART_VALUES["tableJob"]["activeDeadlineSeconds"]
    for action in ("install", "upgrade"):
        assert spec[action]["strategy"]["name"] == "RetryOnFailure"


def test_the_stack_leaves_the_dials_and_the_health_check_to_their_owners() -> None:
    resources = Template("cloudformation/accelerator.yaml", REPLICA).document["Resources"]
    groups = [each for each in resources.values() if each["Type"] == "AWS::GlobalAccelerator::EndpointGroup"]
    assert len(groups) == len(REGIONS)
    for group in groups:
        assert not {"TrafficDialPercentage", "HealthCheckPath"} & set(group["Properties"])


def test_dynamodb_errors_are_watched_for_every_call_that_the_service_makes() -> None:
    alarm = Template("cloudformation/alarms.yaml", HOME).resource("DynamoDBErrors")
    watched = {
        dimension["Value"]
        for metric in alarm["Metrics"]
        if "MetricStat" in metric
        for dimension in metric["MetricStat"]["Metric"]["Dimensions"]
        if dimension["Name"] == "Operation"
    }
    statements = policy("service", AWS_REGION=HOME)["Statement"]
    called = {action.removeprefix("dynamodb:") for each in statements for action in listed(each["Action"])}
    assert watched == called


@pytest.mark.parametrize(
    ("alarm", "missing", "comparison", "threshold"),
    [
        ("ReplicationLag", "notBreaching", "GreaterThanThreshold", 180_000),
        ("ReplicationStopped", "breaching", "LessThanOrEqualToThreshold", 0),
    ],
)
def test_replication_is_watched_when_it_is_late_and_when_it_is_silent(
    alarm: str, missing: str, comparison: str, threshold: int
) -> None:
    found = Template("cloudformation/alarms.yaml", HOME, PeerRegion=REPLICA).resource(alarm)
    assert found["MetricName"] == "ReplicationLatency"
    assert {"Name": "ReceivingRegion", "Value": REPLICA} in found["Dimensions"]
    assert found["TreatMissingData"] == missing
    assert (found["ComparisonOperator"], found["Threshold"]) == (comparison, threshold)
    assert found["Period"] == 300  # DynamoDB aggregates it no finer


def test_every_alarm_tells_the_topic_that_is_given() -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:page"
    for path, region in (("cloudformation/alarms.yaml", HOME), ("cloudformation/accelerator.yaml", REPLICA)):
        template = Template(path, region, AlarmTopic=topic)
        resources = template.document["Resources"]
        alarms = [name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"]
        assert alarms
        for name in alarms:
            assert template.resource(name)["AlarmActions"] == [topic], name


@pytest.mark.parametrize("folder", sorted(each.name for each in DEPLOY.iterdir() if each.is_dir()))
def test_every_folder_says_how_to_apply_it(folder: str) -> None:
    assert (DEPLOY / folder / "README.md").read_text().count("\n") >= 5
    assert f"]({folder}/" in (DEPLOY / "README.md").read_text()
