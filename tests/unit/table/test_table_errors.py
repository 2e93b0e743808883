"""Each literal AWS error means what the job does about it."""

import pytest
from botocore import exceptions as boto
from dynamodr.table.errors import sort_error, sort_look
from dynamodr.table.observed import Absent, Fault, Kind

from tests.unit.table.aws_errors import ALL, SAID, Said, refuse
from tests.unit.table.fake_aws import no_route


@pytest.mark.parametrize("said", ALL, ids=lambda said: said.name)
def test_said(said: Said) -> None:
    fault = sort_error(said.operation, said.error())
    assert fault.kind is Kind[said.kind]
    assert (fault.action, fault.resource) == (said.action, said.resource)
    assert said.text in fault.text


def test_every_kind_is_said() -> None:
    assert {said.kind for said in ALL} == {kind.name for kind in Kind}


def test_quotation_marks_do_not_matter() -> None:
    text = SAID["occupied"].text.replace("‘", "'").replace("’", "'")
    assert sort_error("UpdateTable", refuse("ValidationException", text)).kind is Kind.OCCUPIED


def test_a_server_error_of_any_name_is_no_answer() -> None:
    assert sort_error("UpdateTable", refuse("SomethingNew", "?", status=503)).kind is Kind.UNREACHABLE


@pytest.mark.parametrize(
    "error",
    [
        no_route("us-east-1"),
        boto.ConnectTimeoutError(endpoint_url="https://x"),
        boto.ReadTimeoutError(endpoint_url="https://x"),
        boto.ConnectionClosedError(endpoint_url="https://x"),
        boto.ProxyConnectionError(proxy_url="https://x", error=OSError()),
        boto.SSLError(endpoint_url="https://x", error=OSError()),
    ],
    ids=lambda error: type(error).__name__,
)
def test_silence(error: boto.BotoCoreError) -> None:
    assert sort_error("DescribeTable", error).kind is Kind.UNREACHABLE


@pytest.mark.parametrize(
    "error",
    [
        boto.NoCredentialsError(),
        boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        boto.CredentialRetrievalError(provider="web-identity", error_msg="?"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_credentials(error: boto.BotoCoreError) -> None:
    assert sort_error("DescribeTable", error).kind is Kind.CREDENTIALS


def test_a_table_that_is_not_found_is_absent() -> None:
    assert sort_look(SAID["no table"].error()) == Absent()
    assert isinstance(sort_look(SAID["rate exceeded"].error()), Fault)
