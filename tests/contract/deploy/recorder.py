"""The world's AWS endpoint, remembering who asked it for what."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.wire.app import Endpoint
from rehearsal.wire.app_scope import credential_scope
from tests.unit.deploy.policy import Call

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ACCOUNT = "123456789012"


class Asked(NamedTuple):
    """A request. `who` is the access key, one for each role; `region` that of the signature."""

    who: str
    region: str
    call: Call


ASKED: list[Asked] = []


class Recorder(Endpoint):
    """Stands in for the world's own, and adds every signed request to ASKED."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Remember, and pass on."""
        scope = credential_scope(environ)
        if scope is not None:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            operation = environ["HTTP_X_AMZ_TARGET"].rsplit(".", 1)[-1]
            calls = of(scope.service, scope.region, operation, json.loads(body))
            ASKED.extend(Asked(scope.access_key, scope.region, call) for call in calls)
        return super().__call__(environ, start_response)


def of(service: str, region: str, operation: str, request: dict[str, Any]) -> Iterator[Call]:
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


def _keys(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
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
