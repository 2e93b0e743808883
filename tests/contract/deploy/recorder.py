"""The world's AWS endpoint, remembering who asked it for what."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.unit.deploy.policy import Call

if TYPE_CHECKING:
    from rehearsal.wire.app_permit import Asked as Seen

ACCOUNT = "123456789012"


class Asked(NamedTuple):
    """A request. `who` is the access key, one for each role; `region` that of the signature."""

    who: str
    region: str
    call: Call


ASKED: list[Asked] = []


def record(asked: "Seen") -> None:
    """Add a call to ASKED, and deny nothing: a permit of the world's."""
    calls = of(asked.service, asked.region, asked.operation, asked.request)
    ASKED.extend(Asked(asked.access_key, asked.region, call) for call in calls)


def of(service: str, region: str, operation: str, request: Mapping[str, Any]) -> Iterator[Call]:
    """Yield what IAM is asked for a request: more than one question for some."""
    action = f"{service}:{operation}"
    if service == "globalaccelerator":
        arn = next((value for key, value in request.items() if key.endswith("Arn")), "*")
        yield Call(action, arn)
        return
    table = request.get("TableName") or request["ResourceArn"].rsplit("/", 1)[-1]
    resource = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}"
    yield Call(action, resource, dict(_keys(operation, request)))
    if operation == "CreateTable" and "Tags" in request:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.Operations.html
        yield Call("dynamodb:TagResource", resource)


def _keys(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield condition keys: developerguide/specifying-conditions.html."""
    if item := request.get("Key") or request.get("Item"):
        yield "dynamodb:LeadingKeys", (item["username"]["S"],)
    if operation == "Query":
        attribute, name = request["KeyConditionExpression"].split(" = ")
        assert attribute == "username", request
        yield "dynamodb:LeadingKeys", (request["ExpressionAttributeValues"][name]["S"],)
    if operation in ("GetItem", "Query", "Scan"):
        named = request.get("ExpressionAttributeNames", {})
        projected = [each.strip() for each in request.get("ProjectionExpression", "").split(",") if each]
        if projected:
            yield "dynamodb:Attributes", tuple(named.get(each, each) for each in projected)
        yield "dynamodb:Select", ("SPECIFIC_ATTRIBUTES" if projected else "ALL_ATTRIBUTES",)
