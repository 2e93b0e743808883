"""Which Region's STS is asked for a role's credentials. Nothing is sent."""

from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner
from dynamodr import aws
from dynamodr.failover.command import failover
from dynamodr.settings import load
from dynamodr.table.command import table

EAST, WEST = "us-east-1", "us-west-2"
ONCE = aws.Patience(connect=1.0, read=1.0, attempts=1)
ROLE = "arn:aws:iam::123456789012:role/dr"
PROFILE = f"""
[profile dr]
role_arn = {ROLE}
source_profile = keys
region = {EAST}
[profile keys]
aws_access_key_id = tests
aws_secret_access_key = tests
region = {EAST}
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host that anything would be sent to; nothing answers."""
    hosts: list[str] = []

    def send(_: object, request: Any) -> NoReturn:
        hosts.append(urlsplit(request.url).netloc)
        raise EndpointConnectionError(endpoint_url=request.url)

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    return hosts


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(PROFILE)
    (tmp_path / "token").write_text("a.projected.token")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("TABLE_REGIONS", f"{EAST},{WEST}")


@pytest.fixture(params=["web identity", "profile"])
def role(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """How a pod, and how an operator, comes by a role."""
    if request.param == "profile":
        monkeypatch.setenv("AWS_PROFILE", "dr")
        return
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize(
    ("region", "there"),
    [
        (WEST, "sts.us-west-2.amazonaws.com"),
        (EAST, "sts.us-east-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("af-south-1", "sts.af-south-1.amazonaws.com"),
    ],
)
@pytest.mark.parametrize(
    "odd",
    [{}, {"AWS_DEFAULT_REGION": "eu-west-1"}, {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}],
    ids=["", "another default", "legacy"],
)
def test_a_role_comes_from_the_clients_own_region(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], region: str, there: str, odd: dict[str, str]
) -> None:
    for name, value in (odd | {"AWS_REGION": region}).items():
        monkeypatch.setenv(name, value)
    client = aws.client("dynamodb", region, load({"AWS_REGION": region}), ONCE)
    with pytest.raises(EndpointConnectionError):
        client.list_tables()
    assert asked == [there]


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("own", [EAST, WEST])
def test_the_table_job_asks_the_sts_of_its_own_region_alone(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], own: str
) -> None:
    """Another Region's may be lost, or out of reach of a private cluster."""
    monkeypatch.setenv("AWS_REGION", own)
    CliRunner().invoke(table, ["status"])
    assert set(asked) == {f"sts.{own}.amazonaws.com"}


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("exported", [None, EAST, WEST])
def test_a_failover_asks_in_each_region_that_regions_sts(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], exported: str | None
) -> None:
    """Whatever the operator's shell says: for what is done in one Region, no other is needed."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    if exported:
        monkeypatch.setenv("AWS_REGION", exported)
    CliRunner().invoke(failover, ["status"])
    assert set(asked) == {f"sts.{region}.amazonaws.com" for region in (EAST, WEST)}
