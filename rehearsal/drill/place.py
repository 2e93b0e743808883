"""The place of a drill: a deployment, as its clients and its operator see it. A rehearsal is one, too."""

import json
import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.drill.record import Sample, WorldWrite
from rehearsal.tethered import CREDENTIALS, environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient

ACCELERATOR_REGION = "us-west-2"
QUICK = Config(
    retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=3, proxies={}
)
PATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=2, read_timeout=20, proxies={}
)
BATCH = 100
"""As many as BatchGetItem takes:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
LOOKERS = 8
LOOK_PATIENCE = 20.0
OPERATOR = "operator"
"""The access key of the operator's command in a rehearsal, so that a fault can be his alone."""


@dataclass(frozen=True)
class Place:
    """Where everything is. Without `aws_endpoint` AWS's own, with the user's own credentials."""

    url: str
    accelerator_arn: str
    regions: tuple[str, ...]
    table: str = "users"
    base_path: str = "/dynamodr"
    aws_endpoint: str = ""
    admin: str = ""
    """The URL of a rehearsal's /_rehearsal; empty for a real deployment."""
    token: str = field(default="", repr=False)
    time_factor: float = 1.0
    """How long health checks and the deployment of dials take, in parts of what they take on AWS."""

    def variables(self) -> dict[str, str]:
        """The environment of the operator's command."""
        if not self.aws_endpoint:
            return {**os.environ, **self._own()}
        there = environment(self.regions[0], self.aws_endpoint, self.regions)
        return {**there, **self._own(), "AWS_ACCESS_KEY_ID": OPERATOR}

    def line(self, arguments: Sequence[str]) -> str:
        """What a person types into a shell to run such a command: `arguments` of dynamodr."""
        own = self._own()
        if self.aws_endpoint:
            own |= {"AWS_ENDPOINT_URL": self.aws_endpoint, **CREDENTIALS}
        return " ".join(
            [*(f"{name}={shlex.quote(own[name])}" for name in own), "dynamodr", *map(shlex.quote, arguments)]
        )

    def _own(self) -> dict[str, str]:
        return {
            "TABLE_NAME": self.table,
            "TABLE_REGIONS": ",".join(self.regions),
            "ACCELERATOR_ARN": self.accelerator_arn,
            "WRITE_MODE": "active-region",
        }


class Eyes:
    """Looks at a place. Clients are made once, in the thread that makes this."""

    def __init__(self, place: Place, run: str) -> None:
        self.place, self._prefix = place, f"drill-{run}-"
        self._quick = {region: self._dynamodb(region, QUICK) for region in place.regions}
        self._patient = {region: self._dynamodb(region, PATIENT) for region in place.regions}
        self._dials: GlobalAcceleratorClient = boto3.client(
            "globalaccelerator", region_name=ACCELERATOR_REGION, config=QUICK, **self._at()
        )

    def holdings(self, region: str) -> dict[str, str]:
        """Every user of this drill's load that a Region holds, with its last write's id."""
        pages = (
            self._patient[region]
            .get_paginator("scan")
            .paginate(
                TableName=self.place.table,
                ConsistentRead=True,
                FilterExpression="begins_with(username, :prefix)",
                ProjectionExpression="username, last_name, write_id",
                ExpressionAttributeValues={":prefix": {"S": self._prefix}},
            )
        )
        return dict(_named(item) for page in pages for item in page["Items"])

    def held(self, region: str, keys: Sequence[str]) -> dict[str, str]:
        """Of these users those that a Region holds, each with its last write's id. TimeoutError: not all."""
        batches = [keys[n : n + BATCH] for n in range(0, len(keys), BATCH)]
        found: dict[str, str] = {}
        with ThreadPoolExecutor(LOOKERS) as lookers:
            for some in lookers.map(partial(self._batch, region), batches):
                found |= some
        return found

    def _batch(self, region: str, keys: Sequence[str]) -> dict[str, str]:
        names = [key.rpartition("/") for key in keys]
        wanted: Any = {
            self.place.table: {
                "Keys": [{"username": {"S": one}, "last_name": {"S": last}} for one, _, last in names],
                "ConsistentRead": True,
                "ProjectionExpression": "username, last_name, write_id",
            }
        }
        found: dict[str, str] = {}
        deadline, pause = time.monotonic() + LOOK_PATIENCE, 0.05
        while True:
            answer = self._patient[region].batch_get_item(RequestItems=wanted)
            for items in answer["Responses"].values():
                found |= dict(map(_named, items))
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{region} has not read all users within {LOOK_PATIENCE:g} s: it is throttled"
                )
            time.sleep(pause)
            pause = min(1.0, 2 * pause)

    def ledger(self, target: str = "") -> tuple[list[WorldWrite], list[WorldWrite]] | None:
        """The world's own ledger: what is on its way (to `target`), and what is lost. None: there is none."""
        if not self.place.admin:
            return None
        answer = urllib3.request("GET", f"{self.place.admin}/ledger", timeout=20.0, retries=False)
        told = answer.json()
        on_its_way = [one for one in told["in_flight"] if not target or target in one["pending"]]
        return list(self._writes(on_its_way)), list(self._writes(told["lost_updates"]))

    def sample(self, at: float) -> Sample:
        """Look at everything once; what does not answer at once is left out."""
        dials, health = self._accelerator()
        lag: dict[str, float] = {}
        fence: dict[str, str] = {}
        for region in self.place.regions:
            beats, active = self._fence(region, at)
            lag |= {other: age for other, age in beats.items() if other != region}
            if active is not None:
                fence[region] = active
        return Sample(at=at, dials=dials, health=health, lag=lag, fence=fence)

    def standings(self) -> dict[str, str]:
        """By Region, what its pods say of the fence, if they said so within 6 seconds."""
        found: dict[str, str] = {}
        for region in self.place.regions:
            for item in self._beats(region):
                fresh = time.time() - int(item["at"]["N"]) / 1000 < 6
                if item["last_name"]["S"] == region and fresh:
                    found[region] = item.get("standing", {}).get("S", "")
        return found

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the rehearsal's admin API. OSError when it refuses."""
        data = None if body is None else json.dumps(body).encode()
        answer = urllib3.request(method, f"{self.place.admin}/{path}", body=data, timeout=60.0, retries=False)
        if answer.status != 200:
            raise OSError(f"{method} {path}: {answer.data.decode(errors='replace')}")
        return answer.json()

    def _accelerator(self) -> tuple[dict[str, float], dict[str, str]]:
        dials: dict[str, float] = {}
        health: dict[str, str] = {}
        try:
            listeners = self._dials.list_listeners(AcceleratorArn=self.place.accelerator_arn)["Listeners"]
            for listener in listeners:
                groups = self._dials.list_endpoint_groups(ListenerArn=listener["ListenerArn"])
                for group in groups["EndpointGroups"]:
                    region = group["EndpointGroupRegion"]
                    dials[region] = group["TrafficDialPercentage"]
                    states = {one.get("HealthState", "") for one in group.get("EndpointDescriptions", [])}
                    health[region] = "HEALTHY" if "HEALTHY" in states else "UNHEALTHY"
        except (BotoCoreError, ClientError):
            return {}, {}
        return dials, health

    def _fence(self, region: str, at: float) -> tuple[dict[str, float], str | None]:
        key = {"username": {"S": "!fence"}, "last_name": {"S": "active"}}
        try:
            item = self._quick[region].get_item(TableName=self.place.table, Key=key, ConsistentRead=True)
            ages = {one["last_name"]["S"]: at - int(one["at"]["N"]) / 1000 for one in self._beats(region)}
        except (BotoCoreError, ClientError):
            return {}, None
        told = item.get("Item")
        return ages, told["active_region"]["S"] if told else self.place.regions[0]

    def _beats(self, region: str) -> list[dict[str, Any]]:
        try:
            found: Any = self._quick[region].query(
                TableName=self.place.table,
                KeyConditionExpression="username = :beat",
                ExpressionAttributeValues={":beat": {"S": "!heartbeat"}},
                ConsistentRead=True,
            )["Items"]
        except (BotoCoreError, ClientError):
            return []
        return list(found)

    def _writes(self, told: list[Mapping[str, Any]]) -> Iterator[WorldWrite]:
        for one in told:
            username = one["key"]["username"]["S"]
            if username.startswith(self._prefix):
                key = f"{username}/{one['key']['last_name']['S']}"
                yield WorldWrite(key=key, region=one["region"], at=one["at"])

    def _dynamodb(self, region: str, config: Config) -> "DynamoDBClient":
        return boto3.client("dynamodb", region_name=region, config=config, **self._at())

    def _at(self) -> dict[str, Any]:
        if not self.place.aws_endpoint:
            return {}
        return {
            "endpoint_url": self.place.aws_endpoint,
            "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        }


def _named(item: Mapping[str, Any]) -> tuple[str, str]:
    """A user's name, and its last write's id."""
    return f"{item['username']['S']}/{item['last_name']['S']}", item.get("write_id", {}).get("S", "")


def within(seconds: float, true: Callable[[], bool], pause: float = 0.2) -> bool:
    """Wait for a condition; False when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
