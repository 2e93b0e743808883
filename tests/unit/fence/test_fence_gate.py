"""No write leaves while the fence is closed: neither a request's, nor a later attempt of its call."""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, get_args

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from dynamodr import aws
from dynamodr.failover.command import SETTLE
from dynamodr.fence import attach
from dynamodr.fence.core import MAX_AGE, POLL_SECONDS, Verdict
from dynamodr.fence.follower import RETRY_SECONDS
from dynamodr.fence.gate import ATTEMPT_SECONDS, PENDING_SECONDS, FenceGate, boottime, guard
from dynamodr.fence.record import Standing
from dynamodr.settings import load
from dynamodr.users.calls import Calls
from dynamodr.users.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

USER = {"username": {"S": "jane"}, "last_name": {"S": "Doe"}}
OWN = {"username": {"S": "!health"}, "last_name": {"S": "us-east-1"}}


class ClosedError(Exception):
    pass


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> "DynamoDBClient":
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return aws.client("dynamodb", "us-east-1", load({"AWS_REGION": "us-east-1"}))


class Ticking:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(dynamodb: "DynamoDBClient", attempts: Iterator[AWSResponse | Exception]) -> list[str]:
    """Answer each attempt without a network; return the names of the operations that were sent."""
    sent: list[str] = []

    def send(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.headers["X-Amz-Target"].decode().partition(".")[2])
        found = next(attempts)
        if isinstance(found, Exception):
            raise found
        return found

    hook: Any = send  # the stub denies hooks their answer
    dynamodb.meta.events.register("before-send.dynamodb", hook)
    return sent


def ok() -> AWSResponse:
    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield b"{}"

    return AWSResponse("https://dynamodb", 200, HTTPHeaders(), Raw())


def lost() -> Exception:
    return ConnectionClosedError(endpoint_url="https://dynamodb")


def closing(after: int) -> Callable[[], None]:
    asked = iter(range(100))

    def check() -> None:
        if next(asked) >= after:
            raise ClosedError

    return check


def test_a_users_write_passes_while_the_fence_is_open(dynamodb: "DynamoDBClient") -> None:
    sent = answer(dynamodb, iter([ok(), ok(), ok()]))
    guard(dynamodb, closing(3))
    dynamodb.put_item(TableName="users", Item=USER)
    dynamodb.update_item(TableName="users", Key=USER)
    dynamodb.delete_item(TableName="users", Key=USER)
    assert sent == ["PutItem", "UpdateItem", "DeleteItem"]


def test_none_is_sent_while_it_is_closed(dynamodb: "DynamoDBClient") -> None:
    sent = answer(dynamodb, iter([]))
    guard(dynamodb, closing(0))
    for write in (
        lambda: dynamodb.put_item(TableName="users", Item=USER),
        lambda: dynamodb.update_item(TableName="users", Key=USER),
        lambda: dynamodb.delete_item(TableName="users", Key=USER),
        lambda: dynamodb.batch_write_item(RequestItems={"users": [{"PutRequest": {"Item": USER}}]}),
        lambda: dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "users", "Item": USER}}]),
    ):
        with pytest.raises(ClosedError):
            write()
    assert sent == []


def test_a_further_attempt_is_not_sent_once_it_has_closed(dynamodb: "DynamoDBClient") -> None:
    sent = answer(dynamodb, iter([lost(), ok()]))
    guard(dynamodb, closing(1))
    with pytest.raises(ClosedError):
        dynamodb.put_item(TableName="users", Item=USER)
    assert sent == ["PutItem"]


def test_a_further_attempt_is_sent_while_it_is_open(dynamodb: "DynamoDBClient") -> None:
    sent = answer(dynamodb, iter([lost(), ok()]))
    guard(dynamodb, closing(2))
    dynamodb.put_item(TableName="users", Item=USER)
    assert sent == ["PutItem", "PutItem"]


def test_none_is_sent_once_it_has_closed_while_the_call_was_signed(dynamodb: "DynamoDBClient") -> None:
    """A signature may wait for new credentials."""
    closed = threading.Event()

    def check() -> None:
        if closed.is_set():
            raise ClosedError

    def sign(**_: Any) -> None:
        closed.set()

    sent = answer(dynamodb, iter([ok()]))
    dynamodb.meta.events.register("before-sign.dynamodb", sign)
    guard(dynamodb, check)
    with pytest.raises(ClosedError):
        dynamodb.put_item(TableName="users", Item=USER)
    assert sent == []


@pytest.mark.parametrize(
    ("seconds", "times", "raised"),
    [
        (ATTEMPT_SECONDS + 0.1, 1, aws.AnsweredLateError),
        (ATTEMPT_SECONDS + 0.1, 2, None),
        (ATTEMPT_SECONDS - 0.1, 1, None),
    ],
    ids=["late and closed", "late and open", "in time and closed"],
)
def test_a_write_that_was_sent_late_is_promised_to_nobody(
    dynamodb: "DynamoDBClient", seconds: float, times: int, raised: type[Exception] | None
) -> None:
    """The process stands still between the question and the sending."""
    clock = Ticking()

    def stopped() -> Iterator[AWSResponse]:
        clock.now += seconds
        yield ok()

    sent = answer(dynamodb, stopped())
    guard(dynamodb, closing(times), clock)
    calls = Calls(dynamodb, lambda *_: None)
    if raised is None:
        calls(dynamodb.put_item, TableName="users", Item=USER)
    else:
        with pytest.raises(Unavailable) as caught:
            calls(dynamodb.put_item, TableName="users", Item=USER)
        assert isinstance(caught.value.__cause__, raised)
        assert caught.value.applied == "unknown"
    assert sent == ["PutItem"], "and not once more"


def test_a_worker_that_obeys_the_fence_guards_its_writes(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attach, "gauges", lambda _: lambda _: None)
    settings = load({"AWS_REGION": "us-east-1", "WRITE_MODE": "active-region"})
    sent = answer(dynamodb, iter([]))
    attach.follow(settings, dynamodb, dynamodb, lambda verdict: ClosedError(verdict.standing))
    with pytest.raises(ClosedError, match="unknown"):
        dynamodb.put_item(TableName="users", Item=USER)
    assert sent == []


def test_one_read_of_the_fence_may_be_lost(dynamodb: "DynamoDBClient") -> None:
    settings = load({"AWS_REGION": "us-east-1", "WRITE_MODE": "active-region"})
    config: Any = attach.follower_client(settings, dynamodb).meta.config
    lasts = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert POLL_SECONDS + lasts + RETRY_SECONDS < MAX_AGE


def test_a_failover_waits_out_whatever_may_be_promised() -> None:
    assert MAX_AGE + ATTEMPT_SECONDS < SETTLE


def test_reads_and_the_services_own_items_pass(dynamodb: "DynamoDBClient") -> None:
    sent = answer(dynamodb, iter([ok(), ok(), ok()]))
    guard(dynamodb, closing(0))
    dynamodb.put_item(TableName="users", Item=OWN)
    dynamodb.update_item(TableName="users", Key=OWN)
    dynamodb.get_item(TableName="users", Key=USER)
    assert sent == ["PutItem", "UpdateItem", "GetItem"]


def test_the_gate_opens_for_active_only_and_shuts_when_nobody_tells_it_anything() -> None:
    clock = Ticking()
    gate = FenceGate(lambda verdict: ClosedError(verdict.standing), clock)
    with pytest.raises(ClosedError, match="unknown"):
        gate.check()
    gate.verdict = Verdict(standing="active", until=MAX_AGE)
    gate.check()
    clock.now = MAX_AGE
    with pytest.raises(ClosedError, match="unknown"):
        gate.check()
    gate.verdict = Verdict(standing="standby", until=99.0)
    with pytest.raises(ClosedError, match="standby"):
        gate.check()


def test_who_writes_is_sent_away_once_the_writes_are_elsewhere() -> None:
    gate = FenceGate(lambda verdict: ClosedError(verdict.standing), Ticking())
    sent = {}
    for standing in get_args(Standing):
        gate.verdict = Verdict(standing=standing, until=99.0)
        sent[standing] = gate.sends_away()
    assert {standing for standing, away in sent.items() if away} == {"standby", "moving"}


def test_a_new_worker_asks_for_no_traffic_until_it_knows_but_not_for_ever() -> None:
    clock = Ticking()
    gate = FenceGate(lambda verdict: ClosedError(verdict.standing), clock)
    assert "unknown" in gate.pending()
    gate.verdict = Verdict(standing="unproven", until=99.0)
    assert "unproven" in gate.pending()
    gate.verdict = Verdict(standing="standby", until=99.0)
    assert gate.pending(), "the pod's other workers are asked about it a poll later"
    clock.now = 1.3 * POLL_SECONDS
    assert gate.pending() == ""
    stuck = FenceGate(lambda verdict: ClosedError(verdict.standing), clock)
    clock.now += PENDING_SECONDS + 0.1
    assert stuck.pending() == ""


def test_the_clock_goes_forward() -> None:
    assert 0 < boottime() <= boottime()
