"""The SDK's client: where it goes, how long it waits, how it tries again. Nothing is sent."""

import time
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from click.testing import CliRunner
from dynamodr import aws
from dynamodr.failover.command import SETTLE, _world, failover
from dynamodr.failover.goal import Limits
from dynamodr.settings import load
from dynamodr.users.calls import Calls

HERE = {"AWS_REGION": "us-east-1"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_the_endpoint_is_the_settings_the_sdks_or_the_regions_own(monkeypatch: pytest.MonkeyPatch) -> None:
    named = load(HERE | {"DYNAMO_ENDPOINT": "http://db-{region}:8000"})
    assert aws.client("dynamodb", "us-west-2", named).meta.endpoint_url == "http://db-us-west-2:8000"
    assert aws.client("sts", "us-west-2", named).meta.endpoint_url == "https://sts.us-west-2.amazonaws.com"
    own = aws.client("dynamodb", "us-west-2", load(HERE))
    assert own.meta.endpoint_url == "https://dynamodb.us-west-2.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://sdk:1")
    assert aws.client("dynamodb", "us-west-2", load(HERE)).meta.endpoint_url == "http://sdk:1"


@pytest.mark.parametrize("endpoint", ["foo", "http://:8000", "http://host:notaport", "http://host:99999"])
@pytest.mark.parametrize("service", ["dynamodb", "globalaccelerator", "sts"])
def test_a_mistake_in_what_the_sdk_reads_is_named(
    monkeypatch: pytest.MonkeyPatch, service: Any, endpoint: str
) -> None:
    name = {"globalaccelerator": "GLOBAL_ACCELERATOR"}.get(service, service.upper())
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", endpoint)
    with pytest.raises(BotoCoreError, match=f"AWS_ENDPOINT_URL_{name}.* as http://host:port"):
        aws.client(service, "us-west-2", load(HERE))


def test_a_failover_refuses_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_REGIONS", "us-east-1,us-west-2")
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR", "foo")
    ended = CliRunner().invoke(failover, ["status"])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR" in ended.stderr


def test_patience_is_pinned_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "50")
    config: Any = aws.client("dynamodb", "us-east-1", load(HERE), pool=7).meta.config
    assert (config.connect_timeout, config.read_timeout) == (aws.SERVING.connect, aws.SERVING.read)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.max_pool_connections == 7
    control: Any = aws.client("dynamodb", "us-east-1", load(HERE), aws.CONTROL).meta.config
    assert control.retries["total_max_attempts"] == aws.CONTROL.attempts


def test_a_dial_is_turned_at_once_or_not_at_all() -> None:
    """A failover reckons with no call of another's that lasts longer."""
    dials: Any = _world(load(HERE), "arn", "").accelerator
    config = dials._turning.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout <= Limits().call < SETTLE


class Answer:
    """What botocore hands to those who decide about retries."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = headers or {}


@pytest.mark.parametrize(
    ("answer", "code", "attempts", "left", "verdict"),
    [
        (Answer(200), "", 1, 2.0, None),
        (Answer(500), "InternalServerError", 1, 2.0, None),
        (Answer(500), "InternalServerError", 2, 2.0, None),
        (Answer(500), "InternalServerError", 1, -0.1, False),
        (Answer(400), "ThrottlingException", 1, 2.0, None),
        (Answer(400), "ThrottlingException", 2, 2.0, False),
        (Answer(400, {"x-amz-retry-after": "5000"}), "ThrottlingException", 1, 2.0, False),
        (Answer(400), "ConditionalCheckFailedException", 1, 2.0, None),
    ],
)
def test_when_no_further_attempt_is_made(
    answer: Answer, code: str, attempts: int, left: float, verdict: bool | None
) -> None:
    calls = Calls(aws.client("dynamodb", "us-east-1", load(HERE)), lambda *_: None)
    calls.tally.deadline = time.perf_counter() + left
    assert calls._judge((answer, {"Error": {"Code": code}}), None, attempts) is verdict
    assert calls.tally.applied == ("unknown" if answer.status_code >= 500 else "no")
