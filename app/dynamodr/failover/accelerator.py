"""Global Accelerator, by its API: implements `ports.AcceleratorCalls`.

The API is in us-west-2, whatever Regions the accelerator leads to.
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.replica import told
from dynamodr.failover.view import Accelerator, Group

if TYPE_CHECKING:
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient
    from mypy_boto3_globalaccelerator.type_defs import EndpointGroupTypeDef

REGION = "us-west-2"
WHERE = f"Global Accelerator's API in {REGION}"


class Dials:
    """One accelerator's. `arn`: which; or `name`; or neither, if the account has one only."""

    def __init__(
        self,
        client: "GlobalAcceleratorClient",
        turning: "GlobalAcceleratorClient",
        arn: str = "",
        name: str = "",
    ) -> None:
        """`turning` sets the dials; it must not retry, or a dial could be turned long after it was
        decided."""
        self._client = client
        self._turning = turning
        self._arn = arn
        self._name = name
        self._listeners: tuple[str, ...] = ()

    def look(self) -> Accelerator:
        """Read the accelerator and its endpoint groups."""
        with told(WHERE):
            self._arn = self._arn or self._find()
            found = self._client.describe_accelerator(AcceleratorArn=self._arn)["Accelerator"]
            # An accelerator gets its listeners once; asking again each time would be every third call.
            self._listeners = self._listeners or tuple(self._list_listeners())
            groups = tuple(group for listener in self._listeners for group in self._groups(listener))
        return Accelerator(
            arn=self._arn,
            name=found.get("Name", self._arn),
            deployed=found.get("Status") == "DEPLOYED",
            enabled=found.get("Enabled", True),
            groups=groups,
        )

    def dial(self, group: str, percentage: int) -> None:
        """Set one dial. Nothing else is ever sent: an empty list of endpoints would detach them."""
        with told(WHERE):
            self._turning.update_endpoint_group(EndpointGroupArn=group, TrafficDialPercentage=percentage)

    def _find(self) -> str:
        every = list(_pages(self._client.list_accelerators, "Accelerators"))
        named = [one for one in every if self._name in ("", one.get("Name"))]
        if len(named) == 1:
            arn: str = named[0]["AcceleratorArn"]
            return arn
        names = ", ".join(str(one.get("Name")) for one in every) or "none"
        wanted = f"{len(named)} are named {self._name}" if self._name else f"there are {len(every)}"
        cure = "say which by --accelerator-arn or ACCELERATOR_ARN"
        raise CallFailedError(f"no single accelerator: {wanted} ({names}); {cure}")

    def _list_listeners(self) -> Iterator[str]:
        for one in _pages(self._client.list_listeners, "Listeners", AcceleratorArn=self._arn):
            yield one["ListenerArn"]

    def _groups(self, listener: str) -> Iterator[Group]:
        for one in _pages(self._client.list_endpoint_groups, "EndpointGroups", ListenerArn=listener):
            yield _group(listener, one)


def _group(listener: str, found: "EndpointGroupTypeDef") -> Group:
    health: dict[str, str] = {
        one.get("EndpointId", "?"): one.get("HealthState", "INITIAL")
        for one in found.get("EndpointDescriptions", [])
        if one.get("Weight", 128) > 0  # an endpoint of weight 0 is never sent anything
    }
    return Group(
        arn=found.get("EndpointGroupArn", ""),
        region=found.get("EndpointGroupRegion", ""),
        listener=listener,
        dial=found.get("TrafficDialPercentage", 100.0),
        health=health,
    )


def _pages(method: Any, member: str, **arguments: Any) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = method(MaxResults=100, **arguments, **token)
        yield from page[member]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
