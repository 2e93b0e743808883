"""IRSA for real: the cluster's tokens, keys that STS gives for them, and roles that may do so much."""

from collections.abc import Iterator

import pytest

from tests.e2e.account import Account, Refusal
from tests.e2e.cluster import Cluster, CommandError
from tests.e2e.release import (
    SERVICE_ACCOUNT,
    Release,
    annotated,
    make_namespace,
    new_release,
)
from tests.e2e.report import Step
from tests.unit.deploy.documents import HOME

pytestmark = pytest.mark.timeout(300, func_only=True)

SPACES = ("east", "west")
CREATE_TABLE = """
import boto3
client = boto3.client("dynamodb", endpoint_url="{endpoint}")
client.create_table(TableName="users", BillingMode="PAY_PER_REQUEST",
    KeySchema=[dict(AttributeName="username", KeyType="HASH")],
    AttributeDefinitions=[dict(AttributeName="username", AttributeType="S")])
"""
ANOTHERS_ROLE = """
import os, pathlib, boto3
token = pathlib.Path(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text()
sts = boto3.client("sts")
sts.assume_role_with_web_identity(RoleArn="{role}", RoleSessionName="another", WebIdentityToken=token)
"""


def refused(release: Release, program: str) -> str:
    """Run a program in a pod of the service; return how it ended, which must be badly."""
    with pytest.raises(CommandError) as caught:
        release.kubectl("exec", "deploy/dynamodr", "--", "python", "-c", program)
    return caught.value.said.splitlines()[-2 if "command terminated" in caught.value.said else -1]


def test_the_services_role_cannot_create_tables(east: Release, account: Account, step: Step) -> None:
    role = "service-east-dynamo-sa"
    assert account.assumed[role] >= 1
    assert any(who == role for who, _ in account.asked), account.asked
    said = refused(east, CREATE_TABLE.format(endpoint=account.endpoint))
    assert "AccessDenied" in said, said
    assert Refusal(role, "dynamodb:CreateTable", HOME) in account.refusals
    step.says(said[:160])


def test_the_hooks_role_can(east: Release, account: Account) -> None:
    role = "table-job-east-dynamo-sa-hook"
    assert account.assumed[role] >= 1
    # Whichever Region's hook came first.
    assert sum(account.asked[f"table-job-{space}-dynamo-sa-hook", "CreateTable"] for space in SPACES) >= 1
    assert role not in {each.role for each in account.refusals}, account.refusals
    assert not account.asked["service-east-dynamo-sa", "UpdateTable"]
    # And only the hook has it: the service's token does not open the hook's role.
    said = refused(east, ANOTHERS_ROLE.format(role=f"arn:aws:iam::123456789012:role/{role}"))
    assert "does not trust system:serviceaccount:east:dynamo-sa " in said, said


@pytest.fixture
def beforehand(
    cluster: Cluster, account: Account, images: tuple[str, str], east: Release
) -> Iterator[Release]:
    """A namespace in which the ServiceAccounts stand before the chart comes, as eksctl makes them."""
    make_namespace(cluster, HOME, "eksctl")
    release = new_release(
        cluster, account, HOME, images[0], scratch=east.scratch, helm=east.helm_program, namespace="eksctl"
    )
    for document, name in (("service", SERVICE_ACCOUNT), ("table-job", f"{SERVICE_ACCOUNT}-hook")):
        metadata = {"name": name, "namespace": "eksctl"}
        role = annotated(account.role(document, HOME, "eksctl", name))
        cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**metadata, **role}})
    bare = {"serviceAccount": {"create": False, "annotations": {}}}
    hook = {"tableJob": {"serviceAccount": {"name": f"{SERVICE_ACCOUNT}-hook", "annotations": {}}}}
    yield release.but({**bare, **hook})
    cluster.kubectl("delete", "namespace", "eksctl", "--wait=false")


def test_service_accounts_made_beforehand(beforehand: Release, account: Account) -> None:
    before = {each["metadata"]["uid"] for each in beforehand.get("serviceaccounts")}
    beforehand.install()
    beforehand.serves()
    assert beforehand.helm("test", "dynamodr").count("Succeeded")
    assert account.assumed["service-eksctl-dynamo-sa"]
    assert account.assumed["table-job-eksctl-dynamo-sa-hook"]
    beforehand.upgrade()
    beforehand.uninstall()
    # Not made by the chart, so neither made anew nor removed by it.
    assert {each["metadata"]["uid"] for each in beforehand.get("serviceaccounts")} == before


def test_a_pod_below_the_standard_is_refused(east: Release) -> None:
    """The namespaces do enforce what every pod of the chart has passed."""
    with pytest.raises(CommandError, match="violates PodSecurity"):
        east.kubectl("run", "careless", "--image", "dynamodr:e2e-1", "--restart", "Never")
