"""The policies say the same in every form they come in, and hold what they promise."""

import json

import pytest

from tests.unit.deploy.documents import (
    ACCELERATOR,
    ACCOUNT,
    DEPLOY,
    HOME,
    REGIONS,
    REPLICA,
    VALUES,
    Template,
    policy,
)
from tests.unit.deploy.policy import Call, allows, listed

# It takes no resource: docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
QUOTAS = "dynamodb:DescribeLimits"
NAMES = ("service", "table-job", "failover")
ISSUER = "oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E"
ARN = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/{ACCELERATOR}"


def table(region: str) -> str:
    return f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/users"


def item(action: str, region: str, *keys: str) -> Call:
    return Call(f"dynamodb:{action}", table(region), {"dynamodb:LeadingKeys": keys})


@pytest.mark.parametrize("name", NAMES)
def test_no_action_is_a_pattern(name: str) -> None:
    for statement in policy(name, AWS_REGION=HOME)["Statement"]:
        assert not [each for each in listed(statement["Action"]) if "*" in each]
        if statement["Action"] != QUOTAS:
            assert "*" not in listed(statement["Resource"])


@pytest.mark.parametrize("name", NAMES)
def test_the_table_job_alone_may_see_the_quotas_where_a_replica_comes(name: str) -> None:
    for region in REGIONS:
        call = Call(QUOTAS, "*", {"aws:RequestedRegion": (region,)})
        assert allows(policy(name, AWS_REGION=HOME), call) is (name == "table-job")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    ("name", "resource"), [("service", "ServicePolicy"), ("table-job", "TableJobPolicy")]
)
def test_cloudformation_has_the_same_policies(name: str, resource: str, region: str) -> None:
    found = Template("cloudformation/roles.yaml", region).resource(resource)
    assert found["PolicyDocument"] == policy(name, AWS_REGION=region)


def test_cloudformation_has_the_same_failover_policy() -> None:
    found = Template("cloudformation/accelerator.yaml", REPLICA, Accelerator=ARN).resource("FailoverPolicy")
    assert found["PolicyDocument"] == policy("failover")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    ("role", "account"), [("ServiceRole", "dynamo-sa"), ("TableJobRole", "dynamo-sa-hook")]
)
@pytest.mark.parametrize("trust", ["irsa", "pod-identity"])
def test_cloudformation_has_the_same_trust(role: str, account: str, region: str, trust: str) -> None:
    template = Template("cloudformation/roles.yaml", region, Trust=trust, OidcProvider=ISSUER)
    found = template.resource(role)["AssumeRolePolicyDocument"]
    expected = policy(f"trust-{trust}", AWS_REGION=region, SERVICE_ACCOUNT=account, OIDC_PROVIDER=ISSUER)
    assert (json.loads(found) if isinstance(found, str) else found) == expected


@pytest.mark.parametrize("action", ["PutItem", "UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("key", ["!fence", "!marker-00"])
def test_the_service_cannot_move_the_fence(action: str, key: str) -> None:
    service = policy("service", AWS_REGION=HOME)
    assert allows(service, item("GetItem", HOME, key))
    assert not allows(service, item(action, HOME, key))
    assert not allows(service, item(action, HOME, "ada", key))  # nor among others, in a transaction
    assert allows(service, item(action, HOME, "ada"))
    assert allows(service, item(action, HOME, "!heartbeat"))


@pytest.mark.parametrize("action", ["GetItem", "PutItem", "Scan", "Query"])
def test_the_service_stays_in_its_region(action: str) -> None:
    service = policy("service", AWS_REGION=HOME)
    assert allows(service, item(action, HOME, "ada"))
    assert not allows(service, item(action, REPLICA, "ada"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("region", REGIONS)
def test_nobody_can_delete_a_table_or_a_replica(name: str, region: str) -> None:
    for action in ("DeleteTable", "DeleteTableReplica", "DeleteBackup", "UntagResource"):
        assert not allows(policy(name, AWS_REGION=region), Call(f"dynamodb:{action}", table(region)))


def test_the_service_and_the_operator_cannot_change_the_table() -> None:
    for action in ("CreateTable", "UpdateTable", "TagResource", "UpdateContinuousBackups"):
        for name in ("service", "failover"):
            assert not allows(policy(name, AWS_REGION=HOME), Call(f"dynamodb:{action}", table(HOME)))


def test_the_operator_reads_no_user_and_writes_none() -> None:
    failover = policy("failover")
    for action in ("GetItem", "PutItem", "Query"):
        assert not allows(failover, item(action, HOME, "ada"))
        assert not allows(failover, item(action, HOME, "!fence", "ada"))
    scan = Call("dynamodb:Scan", table(HOME))
    versions = {"dynamodb:Attributes": ("username", "version"), "dynamodb:Select": ("SPECIFIC_ATTRIBUTES",)}
    assert allows(failover, scan._replace(keys=versions))
    assert not allows(failover, scan._replace(keys={"dynamodb:Select": ("ALL_ATTRIBUTES",)}))
    assert not allows(failover, scan._replace(keys=versions | {"dynamodb:Attributes": ("username", "mail")}))


def test_the_operator_turns_the_dials_of_one_accelerator() -> None:
    failover = policy("failover")
    turn = Call("globalaccelerator:UpdateEndpointGroup", f"{ARN}/listener/1/endpoint-group/2")
    assert allows(failover, turn)
    assert not allows(failover, turn._replace(resource=turn.resource.replace("1234abcd", "5678abcd")))
    for action in ("DeleteEndpointGroup", "UpdateAccelerator", "RemoveEndpoints", "CreateEndpointGroup"):
        assert not allows(failover, turn._replace(action=f"globalaccelerator:{action}"))


def test_every_placeholder_is_told_in_the_readme() -> None:
    readme = (DEPLOY / "iam" / "README.md").read_text()
    used = {"AWS_REGION", "SERVICE_ACCOUNT", "OIDC_PROVIDER", *VALUES}
    assert {name for name in used if f"`{name}`" not in readme} == set()
