"""STS and who may do what, as ordinary AWS clients see it."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import boto3
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.core.errors import AwsError
from rehearsal.core.faults import ServiceOutage
from rehearsal.wire.app_permit import Asked
from rehearsal.world import World
from tests.rehearsal.worlds import ADA, EAST, KEY, OHIO, WEST, client, make_global, start

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

ROLE = "arn:aws:iam::123456789012:role/service"
PROOF: Any = {"RoleArn": ROLE, "RoleSessionName": "pod", "WebIdentityToken": "a.projected.token"}
POOL = urllib3.PoolManager(maxsize=32, retries=False)
ONCE: Any = {"retries": {"total_max_attempts": 1}}


class Account:
    """A permit: role/service may read, and STS takes one token."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> None:
        self.asked.append(asked)
        if not asked.access_key:
            if asked.request["WebIdentityToken"] != PROOF["WebIdentityToken"]:
                raise AwsError("InvalidIdentityToken", "No OpenIDConnect provider <found>")
        elif asked.role == ROLE and asked.operation != "GetItem":
            raise AwsError("AccessDeniedException", f"no policy allows dynamodb:{asked.operation}")


@pytest.fixture(scope="module")
def account() -> Account:
    return Account()


@pytest.fixture(scope="module")
def world(account: Account) -> Iterator[World]:
    with start(permit=account) as running:
        make_global(running)
        yield running


def sts(world: World, **config: Any) -> "STSClient":
    return boto3.client(
        "sts",
        region_name=WEST,
        endpoint_url=world.endpoint,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
        config=Config(**ONCE, **config),
    )


def test_the_port_that_the_system_chose_is_a_number(world: World) -> None:
    assert isinstance(world.port, int)


def test_sts_names_the_account(world: World) -> None:
    assert sts(world).get_caller_identity()["Account"] == "123456789012"


def test_a_web_identity_needs_no_signature_and_its_key_has_the_role(world: World, account: Account) -> None:
    given = sts(world, signature_version=UNSIGNED).assume_role_with_web_identity(**PROOF)["Credentials"]
    pod = client(world, key=given["AccessKeyId"])
    pod.get_item(TableName="users", Key=KEY)
    assert (account.asked[-1].role, account.asked[-1].region) == (ROLE, EAST)
    with pytest.raises(ClientError, match="no policy allows dynamodb:PutItem"):
        pod.put_item(TableName="users", Item=ADA)
    assert "Item" not in client(world).get_item(TableName="users", Key=KEY), "denied, and written"
    assert account.asked[-1].role == ""


def test_a_permit_denies_in_the_words_of_sts(world: World) -> None:
    with pytest.raises(ClientError) as denied:
        sts(world, signature_version=UNSIGNED).assume_role_with_web_identity(
            **{**PROOF, "WebIdentityToken": "a.forged.token"}
        )
    assert denied.value.response["Error"]["Code"] == "InvalidIdentityToken"
    assert denied.value.response["Error"]["Message"] == "No OpenIDConnect provider <found>"
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_everything_else_of_sts_needs_a_signature(world: World) -> None:
    with pytest.raises(ClientError, match="MissingAuthenticationToken") as denied:
        sts(world, signature_version=UNSIGNED).get_caller_identity()
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = urllib3.request("POST", world.endpoint, body=b"{}", headers=form)
    assert answer.json()["__type"].endswith("#MissingAuthenticationTokenException"), "no call of STS"


@pytest.mark.parametrize(("host", "region"), [("127.0.0.1", EAST), (f"sts.{OHIO}.amazonaws.com", OHIO)])
def test_an_unsigned_call_is_for_the_region_of_its_host_or_the_first(
    world: World, account: Account, host: str, region: str
) -> None:
    fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", **PROOF}
    answer = POOL.request(
        "POST", world.endpoint, fields=fields, encode_multipart=False, headers={"Host": host}
    )
    assert answer.status == 200, answer.data
    assert account.asked[-1].region == region
    assert account.asked[-1].operation == "AssumeRoleWithWebIdentity"


def test_an_outage_of_sts_is_told_in_xml(world: World) -> None:
    outage = world.inject(ServiceOutage(service="sts", mode="unavailable"))
    with pytest.raises(ClientError) as failed:
        sts(world, signature_version=UNSIGNED).assume_role_with_web_identity(**PROOF)
    world.undo(outage)
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    sts(world).get_caller_identity()


def test_the_first_calls_may_come_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in [name for name in sys.modules if name.startswith(("moto.sts", "moto.iam"))]:
        monkeypatch.delitem(sys.modules, loaded)  # the first call imports them
    often, pods = sys.getswitchinterval(), 24
    together = threading.Barrier(pods)

    def assume(number: int) -> tuple[str, str]:
        mine = {**PROOF, "RoleArn": f"{ROLE}-{number}"}
        fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", **mine}
        together.wait(10)
        answer = POOL.request("POST", fresh.endpoint, fields=fields, encode_multipart=False)
        assert answer.status == 200, answer.data
        return str(ET.fromstring(answer.data).findtext(".//{*}AccessKeyId")), mine["RoleArn"]

    account = Account()
    with start(permit=account) as fresh, ThreadPoolExecutor(pods) as at_once:
        sys.setswitchinterval(1e-6)
        try:
            given = dict(at_once.map(assume, range(pods)))
        finally:
            sys.setswitchinterval(often)
        assert len(given) == pods
        for key, role in given.items():
            with pytest.raises(ClientError):  # there is no table
                client(fresh, key=key).get_item(TableName="users", Key=KEY)
            assert account.asked[-1].role == role
