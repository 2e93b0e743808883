"""Worlds to test against: fast, on free ports, with clients that fail at once.

REHEARSAL_ENGINE chooses the engine: moto, dynamodb-local, or the URL of a DynamoDB Local.
"""

import functools
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from rehearsal.core.links import Lag
from rehearsal.engine.choose import engine
from rehearsal.world import World, WorldConfig

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

EAST, WEST, OHIO = "us-east-1", "us-west-2", "us-east-2"
KEY = {"username": {"S": "ada"}, "last_name": {"S": "lovelace"}}
ADA: dict[str, Any] = {**KEY, "mail": {"S": "ada@example.org"}, "version": {"N": "1"}}


def users(name: str = "users", **more: Any) -> dict[str, Any]:
    """A CreateTable request for the service's table."""
    return {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": "username", "KeyType": "HASH"},
            {"AttributeName": "last_name", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "username", "AttributeType": "S"},
            {"AttributeName": "last_name", "AttributeType": "S"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


def start(**changes: Any) -> World:
    """A world whose Regions do in milliseconds what AWS does in seconds; writes arrive within 20 ms."""
    settings = {"port": 0, "time_factor": 0.001, "lag": Lag(median=0.005, ceiling=0.02), "seed": 1, **changes}
    return World(WorldConfig(engine=engine(os.environ.get("REHEARSAL_ENGINE", "moto")), **settings))


def client(world: World, region: str = EAST, *, attempts: int = 1, key: str = "AKIATEST") -> "DynamoDBClient":
    """A boto3 client of a Region; without retries unless asked."""
    return boto3.client(
        "dynamodb",
        region_name=region,
        endpoint_url=world.endpoint,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=20),
    )


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Return what `condition` answers once it is true; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {condition}")
        time.sleep(0.005)


def make_global(
    world: World, name: str = "users", regions: tuple[str, ...] = (EAST, WEST), **more: Any
) -> None:
    """Make a global table and wait until it is ACTIVE in every Region."""
    home = client(world, regions[0])
    home.create_table(**users(name, **more))
    for region in regions:
        if region != regions[0]:
            home.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        for each in {region, regions[0]}:
            eventually(functools.partial(is_active, world, each, name))


def is_active(world: World, region: str, name: str) -> bool:
    """Whether a table answers in a Region, and its replicas too as it sees them."""
    copy = world.core.control.find(region, name)
    return copy is not None and copy.status == "ACTIVE"


@pytest.fixture
def world() -> Iterator[World]:
    """A world of two Regions, empty."""
    with start() as running:
        yield running
