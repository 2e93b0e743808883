"""A world with a global table and an accelerator, followers as in the services, and the command itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner
from dynamodr import aws
from dynamodr.failover import command
from dynamodr.fence.attach import FOLLOWING
from dynamodr.fence.core import MAX_AGE
from dynamodr.fence.follower import Follower, Reading
from dynamodr.fence.record import Heartbeat, Site
from dynamodr.fence.table import FenceTable
from dynamodr.settings import load

from rehearsal.accelerator import Accelerator, AcceleratorConfig
from rehearsal.core.links import Lag
from rehearsal.wire.globalaccelerator import GlobalAcceleratorApi
from rehearsal.world import World, WorldConfig

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EAST, WEST = "us-east-1", "us-west-2"
REGIONS = (EAST, WEST)
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}
os.environ.update(KEYS)


def eventually(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for a condition; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come"
        time.sleep(0.02)


class Ended:
    """How a command has ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.events[-1]

    def steps(self) -> list[str]:
        return [event["name"] for event in self.events if event["kind"] == "step" and event["ok"]]


class Stage:
    """All of it; `lag` is the replication's, in seconds."""

    def __init__(self, lag: float = 0.02) -> None:
        self.refusal: tuple[int, str, str] | None = None
        self.asked: list[str] = []
        self.accelerator = Accelerator(time.time, AcceleratorConfig(deploy_seconds=0.3))
        for endpoint in self.accelerator.endpoints:
            self.accelerator.observe(endpoint, "")
        api = GlobalAcceleratorApi(self.accelerator, self._refuse)
        self.world = World(
            WorldConfig(
                port=0,
                time_factor=0.001,
                lag=Lag(median=lag, ceiling=2 * lag),
                services={"globalaccelerator": api},
            )
        )
        self.dynamodb: dict[str, DynamoDBClient] = {
            region: boto3.client(
                "dynamodb",
                region_name=region,
                endpoint_url=self.world.endpoint,
                aws_access_key_id="tests",
                aws_secret_access_key="tests",
                config=Config(retries={"total_max_attempts": 1}, read_timeout=5),
            )
            for region in REGIONS
        }
        self._make_table()
        self.followers: dict[str, Follower] = {}

    def _refuse(self, action: str) -> tuple[int, str, str] | None:
        self.asked.append(action)
        return self.refusal

    def _make_table(self) -> None:
        east = self.dynamodb[EAST]
        east.create_table(
            TableName="users",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "username", "KeyType": "HASH"},
                {"AttributeName": "last_name", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "username", "AttributeType": "S"},
                {"AttributeName": "last_name", "AttributeType": "S"},
            ],
        )
        eventually(lambda: east.describe_table(TableName="users")["Table"]["TableStatus"] == "ACTIVE")
        east.update_table(TableName="users", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])

        def joined() -> bool:
            replicas = east.describe_table(TableName="users")["Table"].get("Replicas", [])
            return [one.get("ReplicaStatus") for one in replicas] == ["ACTIVE"]

        eventually(joined)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            **KEYS,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "DYNAMO_ENDPOINT": self.world.endpoint,
            "AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR": self.world.endpoint,
            "TABLE_REGIONS": ",".join(REGIONS),
            "WRITE_MODE": "active-region",
            **more,
        }

    def follow(self, *regions: str) -> None:
        """Start what a worker does besides answering, in each Region; wait until it knows where it stands."""
        for region in regions:
            settings = load(self.environment(AWS_REGION=region))
            client = aws.client("dynamodb", region, settings, patience=FOLLOWING, pool=1)
            table = FenceTable(client, "users")
            site = Site(region=region, regions=REGIONS)
            self.followers[region] = Follower(site, "active-region", table, _deaf)
            self.followers[region].start()
        self.settled()

    def settled(self) -> None:
        """Wait until every follower knows where it stands: on a busy machine one may have lost touch."""
        regions = set(self.followers)
        eventually(lambda: all(self.standing(region) in ("active", "standby") for region in regions))
        eventually(lambda: regions <= set(self.heartbeats(WEST)))

    def standing(self, region: str) -> str:
        return self.followers[region].reading.verdict.standing

    def heartbeats(self, region: str) -> dict[str, Heartbeat]:
        return FenceTable(self.dynamodb[region], "users").heartbeats()

    def stop(self, *regions: str) -> None:
        for region in regions:
            self.followers.pop(region).stop()

    def healthy(self, region: str, failure: str = "") -> None:
        for endpoint, where in self.accelerator.endpoints.items():
            if where == region:
                self.accelerator.observe(endpoint, failure)
                self.accelerator.observe(endpoint, failure)

    def add(self, region: str, count: int, size: int = 20, first: int = 0) -> None:
        for number in range(first, first + count):
            self.world.dynamodb.call(region, "PutItem", {"TableName": "users", "Item": user(number, size)})

    def fence(self, region: str) -> dict[str, Any] | None:
        key = {"username": {"S": "!fence"}, "last_name": {"S": "active"}}
        return self.dynamodb[region].get_item(TableName="users", Key=key, ConsistentRead=True).get("Item")

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "dynamodr", "failover", *arguments]
        return subprocess.Popen(
            line, env=self.environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str, **more: str) -> Ended:
        process = self.begin(*arguments, **more)
        out, err = process.communicate(timeout=90)
        return Ended(process.returncode, out, err)

    def call(self, *arguments: str, **more: str) -> Ended:
        """Run the command in this process: the same, and sooner. No write takes long, so it settles soon."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "SETTLE", MAX_AGE)
            for name in list(os.environ):
                if name.startswith(("AWS_", "TABLE_")):
                    patch.delenv(name)
            found = CliRunner(env=self.environment(**more)).invoke(command.failover, arguments)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ended(found.exit_code, found.stdout, found.stderr)

    def interrupt(self, process: subprocess.Popen[str]) -> Ended:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        return Ended(process.returncode, out, err)

    def close(self) -> None:
        self.stop(*list(self.followers))


def user(number: int, size: int) -> dict[str, Any]:
    """A user as the service stores one."""
    return {
        "username": {"S": f"user{number}"},
        "last_name": {"S": "Doe"},
        "name": {"S": "x" * size},
        "version": {"N": "1"},
        "write_id": {"S": f"write{number}"},
    }


def _deaf(_: Reading) -> None:
    pass
