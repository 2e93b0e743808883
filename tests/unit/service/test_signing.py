"""Our signer against botocore's own, which signs the same when given no other headers."""

import datetime
import time
from typing import Any

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from dynamodr import signing

NOW = datetime.datetime(2026, 11, 23, 9, 30, 5, tzinfo=datetime.UTC)

AWS = "https://dynamodb.us-east-1.amazonaws.com/"


def request(url: str = AWS, body: bytes = b'{"TableName": "users"}') -> AWSRequest:
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    return AWSRequest("POST", url, data=body, headers=headers)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: NOW)
    monkeypatch.setattr(time, "gmtime", lambda *_: NOW.timetuple())


@pytest.mark.parametrize("token", [None, "a-session-token"])
@pytest.mark.parametrize("body", [b"{}", '{"name": "Åsa"}'.encode()])
@pytest.mark.parametrize(
    "url",
    [
        "https://dynamodb.us-east-1.amazonaws.com/",
        "https://dynamodb.us-east-1.amazonaws.com:443/",
        "http://127.0.0.1:8000",
        "http://[::1]:8000/",
    ],
)
def test_it_signs_as_botocore_does(url: str, body: bytes, token: str | None) -> None:
    credentials = Credentials("AKIAEXAMPLE", "secret", token)
    ours, theirs = request(url, body), request(url, body)
    signing.DynamoDBAuth(credentials, "dynamodb", "us-east-1").add_auth(ours)
    botocore.auth.SigV4Auth(credentials, "dynamodb", "us-east-1").add_auth(theirs)
    assert dict(ours.headers) == dict(theirs.headers)


def test_another_attempt_is_signed_anew() -> None:
    signer = signing.DynamoDBAuth(Credentials("AKIAEXAMPLE", "secret", "token"), "dynamodb", "us-east-1")
    once, twice = request(), request()
    signer.add_auth(once)
    signer.add_auth(twice)
    signer.add_auth(twice)
    assert twice.headers.items() == once.headers.items()


def test_a_new_secret_or_region_is_another_key() -> None:
    signed = set()
    for secret, region in (("one", "us-east-1"), ("two", "us-east-1"), ("one", "us-west-2")):
        one = request()
        signing.DynamoDBAuth(Credentials("AKIAEXAMPLE", secret), "dynamodb", region).add_auth(one)
        signed.add(one.headers["Authorization"].rpartition("=")[2])
    assert len(signed) == 3


def test_without_credentials_nothing_is_signed() -> None:
    with pytest.raises(NoCredentialsError):
        signing.DynamoDBAuth(None, "dynamodb", "us-east-1").add_auth(request())


def test_a_client_signs_this_way_once_it_is_attached() -> None:
    session = botocore.session.Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    client: Any = session.create_client("dynamodb", region_name="us-east-1")
    signing.attach(client)
    sent = []

    def stop(request: AWSRequest, **_: object) -> None:
        sent.append(request.headers["Authorization"])
        raise InterruptedError

    client.meta.events.register("before-send.dynamodb", stop)
    with pytest.raises(InterruptedError):
        client.list_tables()
    (header,) = sent
    assert b"SignedHeaders=content-type;host;x-amz-date;x-amz-target," in header
