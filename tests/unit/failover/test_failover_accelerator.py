"""What Global Accelerator's API answers, and what a look makes of it."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber
from dynamodr import aws
from dynamodr.failover.accelerator import REGION, Dials
from dynamodr.settings import load

if TYPE_CHECKING:
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient

EAST, WEST = "us-east-1", "us-west-2"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "GlobalAcceleratorClient":
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return aws.client("globalaccelerator", REGION, load({"AWS_REGION": EAST}))


def group(region: str, **endpoints: tuple[str, int]) -> dict[str, Any]:
    described = [
        {"EndpointId": name, "HealthState": state, "Weight": weight}
        for name, (state, weight) in endpoints.items()
    ]
    return {"EndpointGroupRegion": region, "EndpointDescriptions": described}


def test_every_page_is_read(client: "GlobalAcceleratorClient") -> None:
    """A Region that was overlooked could be the last that is on."""
    listeners = [[{"ListenerArn": "80"}], [{"ListenerArn": "443"}]]
    groups = [[group(EAST)], [group(WEST)], [group(EAST)]]
    more = {"NextToken": "more"}
    with Stubber(client) as stub:
        stub.add_response("describe_accelerator", {"Accelerator": {"Status": "DEPLOYED"}})
        stub.add_response("list_listeners", {"Listeners": listeners[0], **more})
        stub.add_response("list_listeners", {"Listeners": listeners[1]})
        stub.add_response("list_endpoint_groups", {"EndpointGroups": groups[0], **more})
        stub.add_response(
            "list_endpoint_groups",
            {"EndpointGroups": groups[1]},
            {"MaxResults": 100, "ListenerArn": "80", **more},
        )
        stub.add_response("list_endpoint_groups", {"EndpointGroups": groups[2]})
        seen = Dials(client, client, "arn").look()
    assert [(one.listener, one.region) for one in seen.groups] == [("80", EAST), ("80", WEST), ("443", EAST)]


def test_what_is_never_sent_anything_makes_no_region_healthy(client: "GlobalAcceleratorClient") -> None:
    answered = group(EAST, idle=("HEALTHY", 0), used=("UNHEALTHY", 128))
    with Stubber(client) as stub:
        stub.add_response("describe_accelerator", {"Accelerator": {}})
        stub.add_response("list_listeners", {"Listeners": [{"ListenerArn": "80"}]})
        stub.add_response("list_endpoint_groups", {"EndpointGroups": [answered]})
        seen = Dials(client, client, "arn").look()
    assert not seen.healthy(EAST)
