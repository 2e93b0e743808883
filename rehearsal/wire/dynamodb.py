"""DynamoDB's JSON protocol: every Region behind one WSGI app."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from rehearsal.core.errors import AwsError, internal
from rehearsal.wire.app_answers import answer, hang_up

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rehearsal.wire.dynamodb_calls import DynamoDB

_decode = msgspec.json.Decoder().decode
TARGET = "DynamoDB_20120810."


class DynamoDBApp:
    """The WSGI app of DynamoDB. Expects environ["rehearsal.scope"]."""

    def __init__(self, dynamodb: DynamoDB) -> None:
        self._dynamodb = dynamodb

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        scope = environ["rehearsal.scope"]
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        try:
            if not target.startswith(TARGET):
                raise AwsError(
                    "UnknownOperationException",
                    f"The rehearsal answers {TARGET}<operation>, not {target or 'a call without X-Amz-Target'!r}.",
                )
            body = _decode(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
            if not isinstance(body, dict):
                raise AwsError(
                    "SerializationException", "Start of structure or map found where not expected."
                )
            operation = target[len(TARGET) :]
            decision = self._dynamodb.meet_faults(scope, operation, body)
            if decision is not None:
                if decision.delay:
                    time.sleep(decision.delay)
                if decision.hang_up:
                    return hang_up(environ, start_response)
                if decision.error is not None:
                    raise decision.error
            return answer(start_response, self._dynamodb.call(scope.region, operation, body))
        except msgspec.DecodeError:
            error = AwsError("SerializationException", "Unable to parse the request body as JSON.")
        except AwsError as raised:
            error = raised
        return answer(start_response, error.body(), error.status)


__all__ = ["DynamoDBApp", "internal"]
