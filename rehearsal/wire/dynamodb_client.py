"""A DynamoDB client without a socket: what boto3's client answers and raises, straight from the operations.

For simulations: a call costs a tenth of boto3's over HTTP. Answers are what boto3 gives (times as datetime,
binary as bytes is the one thing that stays base64); errors are botocore's ClientError with the client's own
exception classes, and its connection errors where a Region is down.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import request_id
from rehearsal.wire.app_scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.wire.dynamodb_calls import DynamoDB


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("dynamodb", "service-2"), "dynamodb")


@cache
def _exceptions() -> Any:
    return ClientExceptionsFactory().create_client_exceptions(_model())


@cache
def _operations() -> dict[str, str]:
    """Operation names by method name: get_item -> GetItem."""
    from botocore import xform_name  # noqa: PLC0415

    return {xform_name(name): name for name in _model().operation_names}


class DirectClient:
    """One Region's client. Its methods are boto3's, by keyword: client.get_item(TableName=..., Key=...)."""

    def __init__(self, dynamodb: DynamoDB, region: str, access_key: str = "AKIADIRECT") -> None:
        self._dynamodb = dynamodb
        self._scope = Scope(access_key, region, "dynamodb")
        self.exceptions = _exceptions()

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """A method for each operation of the service model."""
        operation = _operations().get(method)
        if operation is None:
            raise AttributeError(method)
        return partial(self._call, operation)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        request = copy.deepcopy(request)
        dynamodb = self._dynamodb
        try:
            decision = dynamodb.meet_faults(self._scope, operation, request)
            if decision is not None:
                dynamodb.pause(decision.delay)
                if decision.hang_up:
                    raise ConnectionClosedError(endpoint_url=f"direct://{self._scope.region}")
                if decision.error is not None:
                    raise decision.error
            answer: dict[str, Any] = _timed(dynamodb.call(self._scope.region, operation, request))
        except AwsError as error:
            raise self._raised(error, operation) from None
        answer["ResponseMetadata"] = _metadata(200)
        return answer

    def _raised(self, error: AwsError, operation: str) -> ClientError:
        kind: type[ClientError] = self.exceptions.from_code(error.code)
        response: Any = {
            "Error": {"Code": error.code, "Message": error.message},
            "ResponseMetadata": _metadata(error.status),
            "message": error.message,
            **error.members,
        }
        return kind(response, operation)


def _metadata(status: int) -> dict[str, Any]:
    return {"HTTPStatusCode": status, "RequestId": request_id(), "RetryAttempts": 0, "HTTPHeaders": {}}


def _timed(value: Any) -> Any:
    """Turn the times of a description into datetimes; attribute values are left as they are."""
    if isinstance(value, dict):
        return {name: _time(name, inner) for name, inner in value.items()}
    return [_timed(inner) for inner in value] if isinstance(value, list) else value


def _time(name: str, value: Any) -> Any:
    if name.endswith("DateTime") and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    return value if name in {"Item", "Items", "Attributes", "Responses"} else _timed(value)
