"""The clients of the story: people who use the service, and somebody who asks DynamoDB itself."""

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import boto3
import urllib3
from botocore.config import Config

from rehearsal.tethered import CREDENTIALS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = 20.0
"""For an answer: the story is about who answers and who refuses, and a busy machine does neither."""
ADD_USER = "/dynamodr/add-user"
RETRY_SECONDS = 1.0
"""What the service's Retry-After says at least."""


class Answer(NamedTuple):
    """One request, as its client saw it. `at`: epoch seconds of the answer; status 0: none came."""

    at: float
    seconds: float
    status: int
    body: Any
    error: str = ""

    @property
    def region(self) -> str:
        """The Region that answered, by the user that it wrote; empty when none did."""
        return str(self.body.get("written_in", "")) if self.status == 200 else ""

    @property
    def refusal(self) -> str:
        """The problem that it was refused with, such as region-not-active; empty when it was not."""
        return str(self.body.get("type", "")).rpartition("/")[2] if self.status >= 400 and self.body else ""


class Visitor:
    """A client with one connection, kept for as long as it lasts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1, retries=False, timeout=SECONDS)

    def get(self, path: str) -> Answer:
        """GET a path; an error of the connection is an answer with status 0."""
        began = time.monotonic()
        try:
            response = self._pool.request("GET", f"{self._url}{path}")
            body: Any = response.json() if "json" in response.headers.get("Content-Type", "") else None
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            return Answer(time.time(), time.monotonic() - began, 0, None, f"{type(error).__name__}: {error}")
        return Answer(time.time(), time.monotonic() - began, response.status, body)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def visit(url: str, path: str) -> Answer:
    """GET over a new connection, which the accelerator sends where the dials say now."""
    with Visitor(url) as visitor:
        return visitor.get(path)


def visit_patiently(url: str, path: str, seconds: float) -> Answer:
    """GET, and again after a 503, for so long: on a busy machine a Region may lose touch with the fence.

    Safe to repeat: a 503 that may have been carried out says so (`applied`), and is returned.
    """
    until = time.monotonic() + seconds
    while True:
        answer = visit(url, path)
        refused = answer.status == 503 and bool(answer.body) and answer.body.get("applied") == "no"
        if not refused or time.monotonic() >= until:
            return answer
        time.sleep(RETRY_SECONDS)


def all_users(url: str) -> dict[str, Any]:
    """Every user of a Region's service, by username, streamed as NDJSON."""
    headers = {"Accept": "application/x-ndjson", "Connection": "close"}
    answer = urllib3.request("GET", f"{url}/dynamodr", headers=headers, timeout=30.0, retries=False)
    if answer.status != 200:
        raise OSError(f"{url}/dynamodr answered {answer.status}")
    users = (json.loads(line) for line in answer.data.splitlines())
    return {user["username"]: user for user in users}


def dynamodb(endpoint: str, region: str) -> "DynamoDBClient":
    """DynamoDB of a Region of the world."""
    return boto3.client("dynamodb", **_at(endpoint, region))


def _at(endpoint: str, region: str) -> dict[str, Any]:
    return {
        "region_name": region,
        "endpoint_url": endpoint,
        "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "config": Config(retries={"mode": "standard", "total_max_attempts": 3}, read_timeout=10, proxies={}),
    }
