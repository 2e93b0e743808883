"""The service in process, over DynamoDB as the rehearsal's world answers for it."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from dynamodr import aws, settings
from dynamodr.users.calls import BUDGET

from rehearsal.world import World, WorldConfig
from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from dynamodr.settings import Settings
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "us-east-1"
os.environ.setdefault("AWS_ACCESS_KEY_ID", "tests")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "tests")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

Load = Callable[..., "Settings"]
Client = Callable[..., CheckedClient]


@pytest.fixture(scope="session")
def world() -> World:
    """Never closed: closing waits for connections that the services keep. Its threads end by themselves."""
    return World(WorldConfig(port=0, time_factor=0.001))


@pytest.fixture(scope="session")
def load(world: World) -> Load:
    """Settings for the world's us-east-1; `load(TABLE_NAME="other")` changes some."""

    def made(**variables: str) -> "Settings":
        return settings.load({"AWS_REGION": REGION, "DYNAMO_ENDPOINT": world.endpoint} | variables)

    return made


@pytest.fixture(scope="session")
def dynamodb(load: Load) -> "DynamoDBClient":
    return aws.client("dynamodb", REGION, load())


@pytest.fixture(scope="session")
def new_table(dynamodb: "DynamoDBClient") -> Callable[[], str]:
    count = 0

    def made() -> str:
        nonlocal count
        count += 1
        name = f"users-{count}"
        dynamodb.create_table(
            TableName=name,
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
        dynamodb.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 1000}
        )
        return name

    return made


@pytest.fixture
def table(new_table: Callable[[], str]) -> str:
    """An empty table of one's own."""
    return new_table()


def _made(load: Load, patience: aws.Patience, budget: float) -> Client:
    from dynamodr.serve import metrics
    from dynamodr.serve.app import Service
    from dynamodr.serve.parts import assemble
    from dynamodr.serve.shared import Shared

    def made(**variables: str) -> CheckedClient:
        app = Service(assemble(load(**variables), Shared(), metrics.call, patience, budget))
        app.test_client_class = CheckedClient
        client: Any = app.test_client()
        checked: CheckedClient = client
        checked.read_contract()
        return checked

    return made


@pytest.fixture(scope="session")
def serve(load: Load) -> Client:
    """Make a service and a client of it. Each answer is checked against the contract that it publishes.

    The service waits longer than in production: a test machine may be busy.
    """
    return _made(load, aws.Patience(connect=5, read=20, attempts=3), budget=60)


@pytest.fixture(scope="session")
def hasty(load: Load) -> Client:
    """As `serve`, with production's patience."""
    return _made(load, aws.SERVING, BUDGET)


@pytest.fixture(scope="session")
def shared_client(serve: Client, new_table: Callable[[], str]) -> CheckedClient:
    return serve(TABLE_NAME=new_table())


@pytest.fixture
def client(shared_client: CheckedClient) -> CheckedClient:
    """A service over a table that other tests use too: for tests that name users of their own."""
    return shared_client


@pytest.fixture
def alone(serve: Client, table: str) -> CheckedClient:
    """A service over an empty table."""
    return serve(TABLE_NAME=table)
