"""DynamoDB's JSON protocol: every Region behind one WSGI app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rehearsal.core.errors import AwsError
from rehearsal.wire.app_answers import answer, hang_up

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rehearsal.wire.app_permit import Gate
    from rehearsal.wire.app_scope import Scope
    from rehearsal.wire.dynamodb_calls import DynamoDB

_decode = msgspec.json.Decoder(dict[str, Any]).decode
TARGET = "DynamoDB_20120810."


class _HangUpError(Exception):
    """The connection is to be closed without an answer."""


class DynamoDBApp:
    """The WSGI app of DynamoDB. Expects environ["rehearsal.scope"]."""

    def __init__(self, dynamodb: DynamoDB, gate: Gate) -> None:
        self._dynamodb = dynamodb
        self._gate = gate

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        try:
            return answer(start_response, self._answer(environ["rehearsal.scope"], environ))
        except _HangUpError:
            return hang_up(environ, start_response)
        except AwsError as error:
            return answer(start_response, error.body(), error.status)

    def _answer(self, scope: Scope, environ: WSGIEnvironment) -> dict[str, Any]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith(TARGET):
            raise AwsError(
                "UnknownOperationException",
                f"The rehearsal answers {TARGET}<operation>, not {target or 'a call that names none'}.",
            )
        operation = target[len(TARGET) :]
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            request = _decode(raw or b"{}")
        except msgspec.ValidationError:
            raise AwsError(
                "SerializationException", "Start of structure or map found where not expected."
            ) from None
        except msgspec.DecodeError:
            raise AwsError("SerializationException", "Unable to parse the request body as JSON.") from None
        decision = self._dynamodb.meet_faults(scope, operation, request)
        if decision is not None:
            self._dynamodb.pause(decision.delay)
            if decision.hang_up:
                raise _HangUpError
            if decision.error is not None:
                raise decision.error
        self._gate.ask(scope, operation, request)
        return self._dynamodb.call(scope.region, operation, request)
