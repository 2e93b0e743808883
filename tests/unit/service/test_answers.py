"""What our decoder gives for an answer is what botocore's parser gives."""

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from dynamodr.users import answers

ITEM = {
    "username": {"S": "ada"},
    "mail": {"S": "å\u2028@example.org"},
    "version": {"N": "12345678901234567890.5"},
    "tags": {"L": [{"S": "x"}, {"NULL": True}, {"M": {"deep": {"BOOL": False}}}, {"NS": ["1", "2"]}]},
}
KEY = {"username": {"S": "ada"}}
CALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "get_item": ({"Key": KEY}, {"Item": ITEM}),
    "query": ({}, {"Items": [ITEM, ITEM], "Count": 2, "ScannedCount": 3}),
    "scan": ({}, {"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": KEY}),
    "put_item": ({"Item": KEY}, {"Attributes": ITEM}),
}


class Body(io.BytesIO):
    """An answer's body, as botocore reads one."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.getvalue()


@pytest.fixture
def clients() -> Iterator[list[Any]]:
    """botocore's client, and one that decodes our way."""
    session = botocore.session.Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    both: list[Any] = [session.create_client("dynamodb", region_name="us-east-1") for _ in range(2)]
    answers.attach(both[1])
    yield both
    for client in both:
        client.close()


def answering(clients: list[Any], status: int, body: bytes) -> None:
    headers = {"x-amz-crc32": str(zlib.crc32(body)), "x-amzn-RequestId": "one"}

    def answer(**_: object) -> AWSResponse:
        return AWSResponse("https://example.org", status, headers, Body(body))  # type: ignore[arg-type]

    for client in clients:
        client.meta.events.register("before-send.dynamodb", answer)


@pytest.mark.parametrize("operation", CALLS)
def test_an_answer_is_what_botocore_makes_of_it(clients: list[Any], operation: str) -> None:
    request, answer = CALLS[operation]
    answering(clients, 200, json.dumps(answer).encode())
    theirs, ours = (getattr(client, operation)(TableName="users", **request) for client in clients)
    assert ours == theirs
    assert {**answer, "ResponseMetadata": ours["ResponseMetadata"]} == ours


def test_an_error_is_botocores(clients: list[Any]) -> None:
    answering(clients, 400, b'{"__type": "com.amazonaws#ValidationException", "message": "no"}')
    seen = []
    for client in clients:
        with pytest.raises(ClientError) as caught:
            client.scan(TableName="users")
        seen.append(caught.value.response)
    assert seen[0] == seen[1]
    assert seen[1]["Error"]["Code"] == "ValidationException"


def test_what_is_no_json_is_left_to_botocore(clients: list[Any]) -> None:
    answering(clients, 200, b"<html>")
    theirs, ours = (client.scan(TableName="users") for client in clients)
    assert ours == theirs
