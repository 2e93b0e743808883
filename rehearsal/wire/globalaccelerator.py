"""Global Accelerator's API as a WSGI app: AWS JSON 1.1, in us-west-2 and nowhere else.

Requests are checked against botocore's own model of the service. An operation that isn't emulated is refused
by name, never answered with something made up.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.core.dials import AcceleratorError, Endpoint, PortOverride, invalid
from rehearsal.wire.accelerator_views import accelerator_view, group_view, listener_view
from rehearsal.wire.pages import page
from rehearsal.wire.shapes import fault, service_model

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rehearsal.accelerator import Accelerator

REGION = "us-west-2"
TARGET = "GlobalAccelerator_V20180706."
MAX_BODY = 1 << 20
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/globalaccelerator/aws4_request")

Input = Mapping[str, Any]
Output = dict[str, Any]
Refusal = tuple[int, str, str]
"""HTTP status, AWS's name of the error, and its message."""


class GlobalAcceleratorApi:
    """The WSGI app. `refuse` is asked before each operation, and may name the error to answer with."""

    def __init__(self, live: "Accelerator", refuse: Callable[[str], Refusal | None] | None = None) -> None:
        """Serve `live`. `refuse` gets an IAM action, such as globalaccelerator:UpdateEndpointGroup."""
        self.live = live
        self.refuse = refuse or (lambda _action: None)
        self._model = service_model("globalaccelerator")
        self._operations: dict[str, Callable[[Input], Output]] = {
            "CreateAccelerator": self._create_accelerator,
            "CreateEndpointGroup": self._create_endpoint_group,
            "CreateListener": self._create_listener,
            "DescribeAccelerator": self._describe_accelerator,
            "DescribeAcceleratorAttributes": self._describe_accelerator_attributes,
            "DescribeEndpointGroup": self._describe_endpoint_group,
            "DescribeListener": self._describe_listener,
            "ListAccelerators": self._list_accelerators,
            "ListEndpointGroups": self._list_endpoint_groups,
            "ListListeners": self._list_listeners,
            "ListTagsForResource": self._list_tags_for_resource,
            "UpdateEndpointGroup": self._update_endpoint_group,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, answer = 200, self._answer(environ)
        except AcceleratorError as error:
            status, answer = 400, {"__type": error.code, "Message": error.message}
        except _Refused as refused:
            status, answer = refused.status, {"__type": refused.code, "Message": str(refused)}
        body = json.dumps(answer).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ]
        if status != 200:
            headers.append(("x-amzn-ErrorType", answer["__type"]))
        start_response(f"{status} {'OK' if status == 200 else 'Error'}", headers)
        return [body]

    def _answer(self, environ: "WSGIEnvironment") -> Output:
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None:
            raise _Refused(400, "MissingAuthenticationTokenException", "Missing Authentication Token")
        if scope[1] != REGION:
            # AWS has no endpoint to connect to there; one answers here, so that it can say so.
            cure = f"Global Accelerator is in {REGION} only: set the client's Region to {REGION}."
            message = f"Credential should be scoped to a valid region, not '{scope[1]}'. {cure}"
            raise _Refused(400, "InvalidSignatureException", message)
        name = environ.get("HTTP_X_AMZ_TARGET", "").removeprefix(TARGET)
        operation = self._operations.get(name)
        if operation is None:
            emulated = ", ".join(sorted(self._operations))
            message = (
                f"The rehearsal does not emulate {name or 'a call without X-Amz-Target'}. It has: {emulated}."
            )
            raise _Refused(400, "UnknownOperationException", message)
        if refusal := self.refuse(f"globalaccelerator:{name}"):
            raise _Refused(*refusal)
        given = _body(environ)
        shape = self._model.operation_model(name).input_shape
        if shape is not None and (wrong := fault(shape, given)):
            raise invalid(wrong)
        with self.live.lock:
            return operation(given)

    def _create_accelerator(self, given: Input) -> Output:
        made = self.live.state.create_accelerator(
            self.live.clock(),
            given["Name"],
            given["IdempotencyToken"],
            ip_address_type=given.get("IpAddressType") or "IPV4",
            enabled=given.get("Enabled", True),
            tags={tag["Key"]: tag["Value"] for tag in given.get("Tags") or ()},
        )
        return {"Accelerator": accelerator_view(made, self.live.clock())}

    def _describe_accelerator(self, given: Input) -> Output:
        accelerator = self.live.state.accelerator(given["AcceleratorArn"])
        return {"Accelerator": accelerator_view(accelerator, self.live.clock())}

    def _describe_accelerator_attributes(self, given: Input) -> Output:
        self.live.state.accelerator(given["AcceleratorArn"])
        return {"AcceleratorAttributes": {"FlowLogsEnabled": False}}

    def _list_accelerators(self, given: Input) -> Output:
        now = self.live.clock()
        return page("Accelerators", [accelerator_view(one, now) for one in self.live.state.all], given)

    def _list_tags_for_resource(self, given: Input) -> Output:
        tags = self.live.state.accelerator(given["ResourceArn"]).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _create_listener(self, given: Input) -> Output:
        made = self.live.state.create_listener(
            self.live.clock(),
            given["AcceleratorArn"],
            [(ports.get("FromPort", 1), ports.get("ToPort", 65535)) for ports in given["PortRanges"]],
            given["IdempotencyToken"],
            protocol=given["Protocol"],
            client_affinity=given.get("ClientAffinity") or "NONE",
        )
        return {"Listener": listener_view(made)}

    def _describe_listener(self, given: Input) -> Output:
        return {"Listener": listener_view(self.live.state.listener(given["ListenerArn"]))}

    def _list_listeners(self, given: Input) -> Output:
        listeners = self.live.state.accelerator(given["AcceleratorArn"]).listeners
        return page("Listeners", [listener_view(one) for one in listeners], given)

    def _create_endpoint_group(self, given: Input) -> Output:
        made = self.live.state.create_endpoint_group(
            self.live.clock(),
            given["ListenerArn"],
            given["EndpointGroupRegion"],
            given["IdempotencyToken"],
            _changes(given),
        )
        return {"EndpointGroup": group_view(made, self.live.health)}

    def _describe_endpoint_group(self, given: Input) -> Output:
        group = self.live.state.endpoint_group(given["EndpointGroupArn"])
        return {"EndpointGroup": group_view(group, self.live.health)}

    def _list_endpoint_groups(self, given: Input) -> Output:
        groups = self.live.state.listener(given["ListenerArn"]).groups
        return page("EndpointGroups", [group_view(one, self.live.health) for one in groups], given)

    def _update_endpoint_group(self, given: Input) -> Output:
        arn = given["EndpointGroupArn"]
        group = self.live.state.update_endpoint_group(self.live.clock(), arn, _changes(given))
        return {"EndpointGroup": group_view(group, self.live.health)}


class _Refused(Exception):  # noqa: N818 - an answer on its way, not an error here
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def _body(environ: "WSGIEnvironment") -> Any:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise _Refused(413, "RequestEntityTooLarge", f"The body has {length} bytes; {MAX_BODY} are the most.")
    try:
        return json.loads(environ["wsgi.input"].read(length) or b"{}")
    except ValueError as error:
        raise _Refused(400, "SerializationException", f"The body is not JSON: {error}") from error


_PLAIN = {
    "TrafficDialPercentage": "dial",
    "HealthCheckPort": "health_check_port",
    "HealthCheckProtocol": "health_check_protocol",
    "HealthCheckPath": "health_check_path",
    "HealthCheckIntervalSeconds": "health_check_interval_seconds",
    "ThresholdCount": "threshold_count",
}


def _changes(given: Input) -> dict[str, Any]:
    """Keep what the caller sent: what is absent, or null, is left as it is."""
    changes = {field: given[name] for name, field in _PLAIN.items() if given.get(name) is not None}
    if given.get("EndpointConfigurations") is not None:
        changes["endpoints"] = tuple(_endpoint(one) for one in given["EndpointConfigurations"])
    if given.get("PortOverrides") is not None:
        changes["port_overrides"] = tuple(
            PortOverride(one.get("ListenerPort", 0), one.get("EndpointPort", 0))
            for one in given["PortOverrides"]
        )
    return changes


def _endpoint(given: Input) -> Endpoint:
    if not given.get("EndpointId"):
        raise invalid("EndpointConfigurations: EndpointId is missing")
    weight = given.get("Weight")
    preserved = given.get("ClientIPPreservationEnabled", True)
    return Endpoint(given["EndpointId"], 128 if weight is None else weight, preserved)
