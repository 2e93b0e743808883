"""Global Accelerator's API, as boto3 sees it. Rows of the facts about failover are named."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.accelerator import Accelerator, AcceleratorConfig, load_balancer_arn
from rehearsal.wire.globalaccelerator import GlobalAcceleratorApi
from rehearsal.wire.shapes import fault, service_model

if TYPE_CHECKING:
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient

EAST, WEST = "us-east-1", "us-west-2"
MODEL = service_model("globalaccelerator")


@dataclass
class Api:
    live: Accelerator
    app: GlobalAcceleratorApi
    port: int
    now: float = 1000.0

    def client(self, region: str = WEST) -> "GlobalAcceleratorClient":
        """A real client, that checks each answer against AWS's model and leaves bad input to the service."""
        client = boto3.client(
            "globalaccelerator",
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("after-call.global-accelerator", holds)
        return client


def holds(model: Any, http_response: Any, **_: Any) -> None:
    """Fail unless a good answer has the operation's output shape and no field that AWS does not have."""
    if http_response.status_code == 200 and model.output_shape is not None:
        body = json.loads(http_response.content)
        assert fault(model.output_shape, body) is None
        assert unknown(model.output_shape, body) == []


def unknown(shape: Any, value: Any) -> list[str]:
    if shape.type_name == "list":
        return [name for one in value for name in unknown(shape.member, one)]
    if shape.type_name != "structure":
        return []
    extra = [name for name in value if name not in shape.members]
    return extra + [
        n for name in value if name not in extra for n in unknown(shape.members[name], value[name])
    ]


@pytest.fixture
def api() -> Iterator[Api]:
    """The API on a port, with a clock that stands still until a test moves it."""
    holder: list[Api] = []
    live = Accelerator(lambda: holder[0].now if holder else 1000.0, AcceleratorConfig(deploy_seconds=20))
    app = GlobalAcceleratorApi(live)
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        holder.append(Api(live, app, server.server_port))
        yield holder[0]
        server.shutdown()
        thread.join(5)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


def groups(client: "GlobalAcceleratorClient") -> dict[str, Any]:
    """Find the endpoint groups the way a failover does: accelerators, listeners, groups."""
    (accelerator,) = client.list_accelerators()["Accelerators"]
    (listener,) = client.list_listeners(AcceleratorArn=accelerator["AcceleratorArn"])["Listeners"]
    found = client.list_endpoint_groups(ListenerArn=listener["ListenerArn"])["EndpointGroups"]
    return {group["EndpointGroupRegion"]: group for group in found}


def refused(code: str, text: str) -> "pytest.RaisesExc[ClientError]":
    return pytest.raises(ClientError, match=text, check=lambda error: error.response["Error"]["Code"] == code)


def test_it_stands_deployed_with_a_group_a_region(api: Api) -> None:
    found = groups(api.client())
    assert {region: group["TrafficDialPercentage"] for region, group in found.items()} == {EAST: 100, WEST: 0}
    (endpoint,) = found[EAST]["EndpointDescriptions"]
    assert endpoint["EndpointId"] == load_balancer_arn(EAST)
    assert endpoint["Weight"] == 128
    (accelerator,) = api.client().list_accelerators()["Accelerators"]
    assert accelerator["Status"] == "DEPLOYED"
    assert accelerator["DnsName"].endswith(".awsglobalaccelerator.com")


def test_row_update_then_in_progress_to_deployed(api: Api) -> None:
    """Row: "Poll describe_accelerator IN_PROGRESS -> DEPLOYED"."""
    client = api.client()
    arn = groups(client)[EAST]["EndpointGroupArn"]
    answer = client.update_endpoint_group(EndpointGroupArn=arn, TrafficDialPercentage=12.5)
    assert answer["EndpointGroup"]["TrafficDialPercentage"] == 12.5
    assert (
        client.describe_endpoint_group(EndpointGroupArn=arn)["EndpointGroup"]["TrafficDialPercentage"] == 12.5
    )

    def status() -> str:
        described = client.describe_accelerator(AcceleratorArn=api.live.arn)["Accelerator"]
        assert described["LastModifiedTime"].timestamp() == 1000
        return described["Status"]

    assert status() == "IN_PROGRESS"
    assert api.live.dials()[EAST] == 100
    api.now += 20
    assert status() == "DEPLOYED"
    assert api.live.dials()[EAST] == 12.5


def test_row_an_empty_endpoint_list_detaches(api: Api) -> None:
    """Row: "ONLY that field (an empty endpoint list detaches)"."""
    client = api.client()
    arn = groups(client)[EAST]["EndpointGroupArn"]
    kept = client.update_endpoint_group(EndpointGroupArn=arn, TrafficDialPercentage=0)["EndpointGroup"]
    assert len(kept["EndpointDescriptions"]) == 1
    gone = client.update_endpoint_group(EndpointGroupArn=arn, EndpointConfigurations=[])["EndpointGroup"]
    assert gone["EndpointDescriptions"] == []
    assert gone["TrafficDialPercentage"] == 0


def test_it_tells_each_endpoints_health_and_why(api: Api) -> None:
    client = api.client()

    def health() -> tuple[str, str | None]:
        (endpoint,) = groups(client)[EAST]["EndpointDescriptions"]
        return endpoint["HealthState"], endpoint.get("HealthReason")

    assert health() == ("INITIAL", None)
    api.live.observe(load_balancer_arn(EAST), "")
    assert health() == ("HEALTHY", None)
    for _ in range(2):
        api.live.observe(load_balancer_arn(EAST), "Timeout: no answer within 5 s")
    assert health() == ("UNHEALTHY", "Timeout: no answer within 5 s")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"TrafficDialPercentage": 101}, "TrafficDialPercentage: must be at most 100"),
        ({"TrafficDialPercentage": -1}, "TrafficDialPercentage: must be at least 0"),
        ({"TrafficDialPercentage": True}, "TrafficDialPercentage: must be a float"),
        ({"HealthCheckPath": "no-slash"}, "HealthCheckPath: must match"),
        ({"HealthCheckProtocol": "UDP"}, "HealthCheckProtocol: must be one of TCP, HTTP, HTTPS"),
        (
            {"EndpointConfigurations": [{"EndpointId": "x"}] * 11},
            "EndpointConfigurations: must be at most 10",
        ),
        ({"EndpointConfigurations": [{"Weight": 1}]}, "EndpointId is missing"),
        (
            {"EndpointConfigurations": [{"EndpointId": "x", "Weight": 256}]},
            r"\[0\].Weight: must be at most 255",
        ),
        ({"EndpointConfigurations": [{"EndpointId": "x"}]}, "'x' is not a valid load balancer ARN"),
    ],
)
def test_bad_input_is_invalid_argument_and_changes_nothing(
    api: Api, changes: dict[str, Any], text: str
) -> None:
    client = api.client()
    before = groups(client)[EAST]
    with refused("InvalidArgumentException", text):
        client.update_endpoint_group(EndpointGroupArn=before["EndpointGroupArn"], **changes)
    assert groups(client)[EAST] == before


def test_a_missing_argument_is_named(api: Api) -> None:
    with refused("InvalidArgumentException", "EndpointGroupArn: missing"):
        api.client().update_endpoint_group(TrafficDialPercentage=0)  # type: ignore[call-arg]  # what is tested


def test_what_is_not_there_raises_aws_own_exceptions(api: Api) -> None:
    client = api.client()
    arn = groups(client)[EAST]["EndpointGroupArn"]
    with pytest.raises(client.exceptions.EndpointGroupNotFoundException):
        client.update_endpoint_group(EndpointGroupArn=f"{arn}0", TrafficDialPercentage=0)
    with pytest.raises(client.exceptions.ListenerNotFoundException):
        client.list_endpoint_groups(ListenerArn=arn.partition("/endpoint-group")[0] + "0")
    with pytest.raises(client.exceptions.AcceleratorNotFoundException):
        client.describe_accelerator(AcceleratorArn=api.live.arn + "0")


def test_row_the_client_is_in_us_west_2(api: Api) -> None:
    """Row: "globalaccelerator client in us-west-2". On AWS there is nothing to connect to elsewhere."""
    with refused("InvalidSignatureException", "not 'us-east-1'.* us-west-2 only: set the client's Region"):
        api.client(EAST).list_accelerators()


def test_what_is_not_emulated_says_so(api: Api) -> None:
    with refused(
        "UnknownOperationException", "does not emulate DeleteAccelerator. It has: .*UpdateEndpointGroup"
    ):
        api.client().delete_accelerator(AcceleratorArn=api.live.arn)


def test_an_operation_can_be_denied(api: Api) -> None:
    denied = (
        400,
        "AccessDeniedException",
        "User: x is not authorized to perform: globalaccelerator:UpdateEndpointGroup",
    )
    api.app.refuse = lambda action: denied if action == "globalaccelerator:UpdateEndpointGroup" else None
    client = api.client()
    arn = groups(client)[EAST]["EndpointGroupArn"]
    with pytest.raises(client.exceptions.AccessDeniedException, match="not authorized"):
        client.update_endpoint_group(EndpointGroupArn=arn, TrafficDialPercentage=0)
    assert groups(client)[EAST]["TrafficDialPercentage"] == 100


def test_an_accelerator_can_be_made_from_nothing(api: Api) -> None:
    client = api.client()
    made = client.create_accelerator(
        Name="second", Tags=[{"Key": "team", "Value": "users"}], IdempotencyToken="a"
    )
    arn = made["Accelerator"]["AcceleratorArn"]
    assert made["Accelerator"]["Status"] == "IN_PROGRESS"
    again = client.create_accelerator(Name="second", IdempotencyToken="a")
    assert again["Accelerator"]["AcceleratorArn"] == arn
    listener = client.create_listener(
        AcceleratorArn=arn,
        PortRanges=[{"FromPort": 443, "ToPort": 443}],
        Protocol="TCP",
        IdempotencyToken="l",
    )["Listener"]
    assert client.describe_listener(ListenerArn=listener["ListenerArn"])["Listener"] == listener
    group = client.create_endpoint_group(
        ListenerArn=listener["ListenerArn"],
        EndpointGroupRegion=EAST,
        EndpointConfigurations=[{"EndpointId": load_balancer_arn(EAST), "Weight": 10}],
        PortOverrides=[{"ListenerPort": 443, "EndpointPort": 8443}],
        HealthCheckPath="/healthz/region",
        IdempotencyToken="g",
    )["EndpointGroup"]
    assert group["EndpointDescriptions"][0]["Weight"] == 10
    assert group["PortOverrides"] == [{"ListenerPort": 443, "EndpointPort": 8443}]
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "users"}]
    attributes = client.describe_accelerator_attributes(AcceleratorArn=arn)["AcceleratorAttributes"]
    assert attributes["FlowLogsEnabled"] is False
    api.now += 20
    assert client.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"] == "DEPLOYED"


def test_lists_come_in_pages(api: Api) -> None:
    client = api.client()
    for n in range(4):
        client.create_accelerator(Name=f"a{n}", IdempotencyToken=f"t{n}")
    pages = list(client.get_paginator("list_accelerators").paginate(PaginationConfig={"PageSize": 2}))
    assert [[one["Name"] for one in page["Accelerators"]] for page in pages] == [
        ["dynamodr", "a0"],
        ["a1", "a2"],
        ["a3"],
    ]
    with pytest.raises(client.exceptions.InvalidNextTokenException):
        client.list_accelerators(NextToken="forged")
    other = client.list_accelerators(MaxResults=1)["NextToken"]
    with pytest.raises(client.exceptions.InvalidNextTokenException):
        client.list_listeners(AcceleratorArn=api.live.arn, NextToken=other)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"{}", "MissingAuthenticationTokenException"),
        ({"Authorization": "ok"}, b"{", "SerializationException"),
        ({"Authorization": "ok"}, b"[]", "InvalidArgumentException"),
        ({"Authorization": "ok"}, b'{"MaxResults": "2"}', "InvalidArgumentException"),
    ],
)
def test_what_no_sdk_sends(api: Api, headers: dict[str, str], body: bytes, code: str) -> None:
    if headers:
        scope = "20261123/us-west-2/globalaccelerator/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=0"
        }
    connection = HTTPConnection("127.0.0.1", api.port, timeout=10)
    target = {"X-Amz-Target": "GlobalAccelerator_V20180706.ListAccelerators"}
    connection.request("POST", "/", body, {**target, **headers})
    response = connection.getresponse()
    assert response.status == 400
    assert json.loads(response.read())["__type"] == response.headers["x-amzn-ErrorType"] == code
    connection.close()
