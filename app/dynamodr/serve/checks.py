"""Whether this pod should get traffic, and whether this Region should.

Each check asks DynamoDB with a single attempt (2 s at most) and remembers the answer, so that probes, however
many, cost next to nothing. A throttled table is a table that answers: were it called unhealthy, a Region that
has just taken over all the traffic would be turned off for its success.
"""

import threading
import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from dynamodr.users.errors import Throttled, Unavailable

if TYPE_CHECKING:
    from dynamodr.serve.shared import Shared
    from dynamodr.users.calls import Calls

READY_SECONDS = 2.0
"""How long an answer about the table is good."""
DEEP_SECONDS = 5.0
"""How often a pod makes the deep check, at most, whoever asks."""
STALE_SECONDS = 15.0
"""After which a deep check's answer says nothing any more."""


class Readiness:
    """Whether the table answers reads, lately."""

    def __init__(self, calls: "Calls", table: str, region: str) -> None:
        self._calls = calls
        self._table = table
        self._key = {"username": {"S": "!health"}, "last_name": {"S": region}}
        self._asking = threading.Lock()
        self._asked = float("-inf")
        self._trouble = ""

    def trouble(self) -> str:
        """Say what is wrong; "" when nothing is."""
        with self._asking:
            if time.monotonic() - self._asked > READY_SECONDS:
                self._trouble = self._ask()
                self._asked = time.monotonic()
            return self._trouble

    def _ask(self) -> str:
        try:
            self._calls.within(0, self._calls.client.get_item, TableName=self._table, Key=self._key)
        except Throttled:
            return ""
        except Unavailable as error:
            return f"the table {self._table} does not answer: {error.code}"
        return ""


class RegionCheck:
    """Whether a write and a read come true in this Region: the check behind the accelerator's endpoint."""

    def __init__(self, calls: "Calls", table: str, region: str, shared: "Shared") -> None:
        self._calls = calls
        self._table = table
        self._key = {"username": {"S": "!health"}, "last_name": {"S": region}}
        self._shared = shared
        self._asking = threading.Lock()

    def passed(self) -> bool:
        """Tell whether the last deep check that any worker of this pod made has passed; make one if due."""
        with self._asking:
            began, ended, passed = self._shared.last_check()
            if ended < STALE_SECONDS and began < DEEP_SECONDS:
                return passed
            self._shared.begin_check()
            passed = self._write_and_read()
            self._shared.end_check(passed=passed)
            return passed

    def _write_and_read(self) -> bool:
        client, within = self._calls.client, self._calls.within
        at = {"N": str(time.time_ns() // 1_000_000)}
        try:
            within(0, client.put_item, TableName=self._table, Item={**self._key, "at": at})
            read = within(0, client.get_item, TableName=self._table, Key=self._key, ConsistentRead=True)
        except Throttled:
            return True
        except (Unavailable, ClientError):
            return False
        return "at" in read.get("Item", {})
