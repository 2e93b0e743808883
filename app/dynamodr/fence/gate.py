"""Stops writes that may not be made: when a request asks, before each attempt of a call is sent, and when the
answer to one comes later than an attempt may take.

The second is what makes a planned failover exact. A call that is retried or that waited for a connection
may be sent seconds after the request was let in; asked again for each attempt, no write leaves this process
later than MAX_AGE after the fence was closed, and none lasts longer than one attempt.

The third is for a process that was stopped as a whole (a frozen cgroup, a suspended machine) between the
second and the sending, or whose resolver kept it: it sends its write whenever it goes on. Nobody is promised
such a write.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dynamodr import aws
from dynamodr.fence.core import POLL_SECONDS, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GUARDED = "dynamodr_guarded"
ASKED = "dynamodr_asked"
ATTEMPT_SECONDS = aws.SERVING.connect + aws.SERVING.read + 0.25
"""From asking to the answer, at most. A planned failover waits for longer than this and MAX_AGE together."""
PENDING_SECONDS = 10.0
"""How long a new worker may ask for no traffic while it finds out where it stands. Longer, and it had better
answer reads."""


def boottime() -> float:
    """Seconds that also pass while the machine is suspended, so that a verdict ages then too."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux has it
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class FenceGate:
    """Holds the last verdict, which the follower replaces, and refuses by it."""

    def __init__(self, refuse: Callable[[Verdict], Exception], clock: Callable[[], float] = boottime) -> None:
        """`refuse` makes what is raised when a write is stopped."""
        self.verdict = Verdict()
        self._refuse = refuse
        self._clock = clock
        self._began = clock()
        self._knows: float | None = None

    def current(self) -> Verdict:
        """Return the verdict as it stands now."""
        return self.verdict.at(self._clock())

    def check(self) -> None:
        """Return if a write may be made now; raise if not."""
        verdict = self.current()
        if verdict.standing != "active":
            raise self._refuse(verdict)

    def sends_away(self) -> bool:
        """Whether another Region takes the writes, or soon will."""
        return self.current().standing in ("standby", "moving")

    def pending(self) -> str:
        """Say why this new worker should get no traffic yet; "" once it knows where it stands."""
        now = self._clock()
        if now - self._began > PENDING_SECONDS:
            return ""
        if self._knows is None:
            standing = self.current().standing
            if standing in ("unknown", "unproven", "behind"):
                return f"whether this Region takes writes is still {standing}"
            self._knows = now
        # The pod's other workers learn it at their next poll.
        return "" if now - self._knows > 1.2 * POLL_SECONDS else "its workers are just learning who writes"


def guard(
    dynamodb: "DynamoDBClient", check: Callable[[], None], clock: Callable[[], float] = boottime
) -> None:
    """Call `check` before each attempt of each write that `dynamodb` makes of a user; what it raises, the
    call raises. An answer that comes later than ATTEMPT_SECONDS after that, while `check` would raise, is
    aws.AnsweredLateError.

    Items whose username begins with "!" are the service's own, and pass.
    """

    def mark(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[GUARDED] = not _own(params)

    def ask(request: Any, **_: Any) -> None:
        if request.context.get(GUARDED):
            request.context[ASKED] = clock()
            check()

    def answered(context: Mapping[str, Any], response_dict: Any, **_: Any) -> None:
        if not context.get(GUARDED) or response_dict is None or response_dict["status_code"] != 200:
            return
        if clock() - context[ASKED] > ATTEMPT_SECONDS:
            try:
                check()
            except Exception as error:
                raise aws.AnsweredLateError from error

    events = dynamodb.meta.events
    for operation in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"):
        events.register(f"before-parameter-build.dynamodb.{operation}", mark)
        events.register(f"response-received.dynamodb.{operation}", answered)
    # Emitted anew for each attempt. Last, for the signature may wait for new credentials: that is made under
    # this name, and botocore calls what is registered for one operation sooner, be it registered last.
    events.register_last("request-created.dynamodb", ask)


def _own(params: Mapping[str, Any]) -> bool:
    named = params.get("Item") or params.get("Key") or {}
    username: str = named.get("username", {}).get("S", "")
    return username.startswith("!")
