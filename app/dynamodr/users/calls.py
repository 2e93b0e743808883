"""DynamoDB calls: bounded in time, counted, and failing in words that the routes understand."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
)

from dynamodr.aws import AnsweredLateError
from dynamodr.users.errors import Applied, Throttled, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

P = ParamSpec("P")
R = TypeVar("R")

BUDGET = 2.0
"""Seconds after which a call is not tried again. With aws.SERVING's timeouts (0.5 + 1.5 s an attempt) and the
longest back-off that is waited out (1 s, for one throttled attempt), no call lasts longer than 5 s."""

CONDITION_FAILED = "ConditionalCheckFailedException"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
    }
)
# The request never left: whatever else failed may have been carried out.
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)

# (operation, outcome, seconds): what the metrics are told of each call
Observe = Callable[[str, str, float], None]


class Tally(threading.local):
    """What the calls of the request on this thread amounted to."""

    calls: int = 0
    seconds: float = 0.0
    deadline: float = 0.0
    doubtful: bool = False

    def reset(self) -> None:
        """Begin a request."""
        self.calls = 0
        self.seconds = 0.0
        self.doubtful = False

    @property
    def applied(self) -> Applied:
        """Whether the last call, which failed, may have been carried out all the same."""
        return "unknown" if self.doubtful else "no"


class Calls:
    """Makes calls through one client. Thread-safe, as the client is."""

    def __init__(self, client: "DynamoDBClient", observe: Observe, budget: float = BUDGET) -> None:
        self.client = client
        self.tally = Tally()
        self._observe = observe
        self._budget = budget
        self._names: dict[str, str] = client.meta.method_to_api_mapping
        # First, so that its False wins over the SDK's own delay.
        judge: Any = self._judge  # the stub denies handlers their answer
        client.meta.events.register_first("needs-retry.dynamodb", judge)

    def __call__(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `method` of the client. Raise Unavailable, or ClientError for a condition that failed."""
        return self.within(self._budget, method, *args, **kwargs)

    def within(self, budget: float, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call, and begin no further attempt once `budget` seconds have gone."""
        operation = self._names.get(method.__name__, method.__name__)
        tally = self.tally
        tally.doubtful = False
        started = time.perf_counter()
        tally.deadline = started + budget
        outcome = "ok"
        try:
            return method(*args, **kwargs)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code == CONDITION_FAILED:
                outcome = "condition-failed"
                raise
            outcome = "throttled" if code in THROTTLES else "error"
            kind = Throttled if code in THROTTLES else Unavailable
            raise kind(operation, code or "unknown", tally.applied) from error
        except BotoCoreError as error:
            outcome = "unreachable"
            tally.doubtful |= isinstance(error, AnsweredLateError)
            raise Unavailable(operation, type(error).__name__, tally.applied) from error
        except BaseException:
            outcome = "withheld"  # by the fence, before an attempt was sent
            raise
        finally:
            seconds = time.perf_counter() - started
            tally.calls += 1
            tally.seconds += seconds
            self._observe(operation, outcome, seconds)

    def _judge(
        self, response: Any, caught_exception: Exception | None, attempts: int, **_: Any
    ) -> bool | None:
        """Say False when no further attempt may begin, None to leave it to the SDK's standard mode."""
        if caught_exception is None and response[0].status_code == 200:
            return None
        tally = self.tally
        if caught_exception is not None:
            tally.doubtful |= not isinstance(caught_exception, _NEVER_SENT)
        else:
            http, parsed = response
            tally.doubtful |= http.status_code >= 500
            throttled = parsed.get("Error", {}).get("Code") in THROTTLES
            # A thread that sleeps answers nobody: wait out one back-off (a second at most), then tell the
            # client to wait. A delay that DynamoDB itself names is the client's to wait out at once.
            if throttled and (attempts > 1 or "x-amz-retry-after" in http.headers):
                return False
        return False if time.perf_counter() >= tally.deadline else None
