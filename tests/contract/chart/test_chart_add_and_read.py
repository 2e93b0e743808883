"""The script of `helm test` against the real service: what it takes for good, and what it does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from rehearsal.world import World, WorldConfig
from tests.contract.service.process import Serving, serving

SCRIPT = Path(__file__).parents[3] / "chart" / "files" / "add_and_read.py"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(WorldConfig(port=0, time_factor=0.001)) as world:
        table = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=world.endpoint,
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
        )
        table.create_table(
            TableName="users",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "username", "AttributeType": "S"},
                {"AttributeName": "last_name", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "username", "KeyType": "HASH"},
                {"AttributeName": "last_name", "KeyType": "RANGE"},
            ],
        )
        table.get_waiter("table_exists").wait(
            TableName="users", WaiterConfig={"Delay": 0, "MaxAttempts": 1000}
        )
        yield world
        table.close()


def served(world: World, **variables: str) -> dict[str, str]:
    return (
        CREDENTIALS
        | {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": world.endpoint, "WORKERS": "1"}
        | variables
    )


def run(service: Serving, base: str = "/dynamodr", **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"SERVICE_URL": service.url + base, "PATH": os.environ["PATH"], **variables}
    return subprocess.run([sys.executable, SCRIPT], env=environ, capture_output=True, text=True, check=False)


def test_adds_reads_and_removes(world: World) -> None:
    with serving(served(world)) as service:
        done = run(service)
        assert not done.returncode, done.stderr
        assert done.stdout.split("\n")[:4] == [
            "add a user: 201",
            "read it back: 200",
            "remove it: 204",
            "it is gone: 404",
        ]
        assert service.get("/dynamodr").json() == []


def test_shows_its_token_where_one_is_demanded(world: World, tmp_path: Path) -> None:
    tokens = tmp_path / "token"
    tokens.write_text("a-token-of-enough-length-1\na-token-of-enough-length-2\n")
    with serving(served(world, AUTH_TOKEN_FILE=str(tokens))) as service:
        refused = run(service)
        assert refused.returncode == 1
        assert "add a user: 401 instead of 201" in refused.stderr
        done = run(service, AUTH_TOKEN_FILE=str(tokens))
        assert not done.returncode, done.stderr


def test_is_content_with_a_region_that_the_fence_keeps_from_writing(world: World) -> None:
    # us-west-2 is home here, and until the fence says otherwise, home writes.
    fenced = served(world, WRITE_MODE="active-region", TABLE_REGIONS="us-west-2,us-east-1")
    with serving(fenced) as service:
        done = run(service)
        assert not done.returncode, done.stderr
        assert "this Region is not the active one: it took no write" in done.stdout


def test_fails_where_the_api_is_not(world: World) -> None:
    with serving(served(world)) as service:
        done = run(service, base="/elsewhere")
        assert done.returncode == 1
        assert "add a user: 40" in done.stderr
