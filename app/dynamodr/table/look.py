"""Look at AWS: every Region at once, and none for longer than a few seconds."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from dynamodr.table.errors import sort_error, sort_look
from dynamodr.table.observed import Absent, Extras, Fault, Kind, Observation, Table, recovery, table
from dynamodr.table.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A dead Region must not hold up a rollout in the survivor; a live one answers in a fraction of this, with
# credentials fetched. No client time-out bounds a resolver that does not answer: this does.
SECONDS = 4.0
LATE = Fault(Kind.UNREACHABLE, f"no answer in {SECONDS:g} s")
# botocore takes any body that comes with a 200, be it a captive proxy's page.
MISREAD = (AttributeError, KeyError, TypeError)
STRANGE = Fault(Kind.UNREACHABLE, "an answer that is not DynamoDB's: a proxy, or another service, gives it")

Api = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""DynamoDB in one Region: an operation, such as DescribeTable, and its request in; the response out. Raises
botocore's ClientError and BotoCoreError. The job asks for seven operations, and for no other."""
Apis = Mapping[str, Api]
"""By Region."""
Looks = Mapping[str, Callable[[], Any]]
"""By name, what to ask. An AWS error is an answer, not an exception."""
Gather = Callable[[Looks], dict[str, Any]]
"""Ask them all; leave out those that take too long."""


class Wishes(NamedTuple):
    """Which extras to ask for."""

    recovery: bool
    tags: bool


def api_of(client: "DynamoDBClient") -> Api:
    """Ask a client of boto3's."""

    def ask(operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        method: Callable[..., Mapping[str, Any]] = getattr(client, xform_name(operation))
        return method(**request)

    return ask


def at_once(looks: Looks, seconds: float = SECONDS) -> dict[str, Any]:
    """Ask each in a thread of its own, and return what came back within `seconds`.

    A thread that hangs is left behind: it holds nothing, and ends with its time-out or with the process.
    """
    answers: queue.SimpleQueue[tuple[str, Any, Exception | None]] = queue.SimpleQueue()

    def ask(name: str, look: Callable[[], Any]) -> None:
        try:
            answers.put((name, look(), None))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put((name, None, error))

    for name, look in looks.items():
        threading.Thread(target=ask, args=(name, look), daemon=True).start()
    collected: dict[str, Any] = {}
    ends = time.monotonic() + seconds
    while len(collected) < len(looks):
        try:
            name, answer, error = answers.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        if error is not None:
            raise error
        collected[name] = answer
    return collected


def in_turn(looks: Looks) -> dict[str, Any]:
    """Ask them one after another, without a thread: for virtual time."""
    return {name: look() for name, look in looks.items()}


def tables(spec: Spec, apis: Apis, gather: Gather) -> dict[str, Observation]:
    """Describe the table in every Region."""
    answers = gather({region: partial(_describe, apis[region], spec.name) for region in spec.regions})
    return {region: answers.get(region, LATE) for region in spec.regions}


def extras(api: Api, name: str, arn: str, gather: Gather, wishes: Wishes) -> Extras:
    """Ask what DescribeTable does not tell of one Region's replica."""
    looks: dict[str, Callable[[], Any]] = {}
    if wishes.recovery:
        looks["recovery"] = partial(_recovery, api, name)
    if wishes.tags:
        looks["tags"] = partial(_tags, api, arn)
    answers = gather(looks)
    return Extras(**{each: answers.get(each, LATE) for each in looks})


def _describe(api: Api, name: str) -> Table | Absent | Fault:
    try:
        return table(api("DescribeTable", {"TableName": name})["Table"])
    except (ClientError, BotoCoreError) as error:
        return sort_look(error)
    except MISREAD:
        return STRANGE


def _recovery(api: Api, name: str) -> bool | Fault:
    try:
        return recovery(api("DescribeContinuousBackups", {"TableName": name}))
    except (ClientError, BotoCoreError) as error:
        return sort_error("DescribeContinuousBackups", error)
    except MISREAD:
        return STRANGE


def _tags(api: Api, arn: str) -> dict[str, str] | Fault:
    tags: dict[str, str] = {}
    more: dict[str, str] = {}
    try:
        while True:
            answer = api("ListTagsOfResource", {"ResourceArn": arn, **more})
            tags.update((tag["Key"], tag["Value"]) for tag in answer.get("Tags", ()))
            if not answer.get("NextToken"):
                return tags
            more = {"NextToken": answer["NextToken"]}
    except (ClientError, BotoCoreError) as error:
        return sort_error("ListTagsOfResource", error)
