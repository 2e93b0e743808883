"""The table job over the control plane of the rehearsal's world."""

import functools
import itertools
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from dynamodr import aws
from dynamodr.settings import load
from dynamodr.table.command import PATIENCE
from dynamodr.table.journal import Journal
from dynamodr.table.look import api_of, at_once
from dynamodr.table.loop import Ports, ensure
from dynamodr.table.memory import Patience
from dynamodr.table.spec import spec_of

from rehearsal.world import World, WorldConfig
from tests.contract.table.ended import EAST, WEST, Ended, Process

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Everything that AWS takes time for is 200 times faster here; so is what the job waits for.
FACTOR = 0.005
QUICK = Patience(
    poll=0.02, longest=0.2, settle=0.15, foreign=0.4, denied=0.4, unanswered=0.4, throttled=0.6, looks=2
)

NUMBERS = itertools.count(1)

Hear = Callable[[dict[str, Any]], object]
Run = Callable[..., Ended]
Start = Callable[..., Process]
Client = Callable[[str], "DynamoDBClient"]


@pytest.fixture(scope="session", autouse=True)
def credentials(tmp_path_factory: pytest.TempPathFactory) -> None:
    nothing = str(tmp_path_factory.getbasetemp() / "none")
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
    }


@pytest.fixture(scope="session")
def one_world() -> Iterator[World]:
    with World(WorldConfig(port=0, time_factor=FACTOR, seed=1)) as world:
        yield world


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    """The world that all tests share: each has a table of its own, and its faults end with it."""
    yield one_world
    for fault in one_world.state()["faults"]:
        one_world.undo(fault["id"])


@pytest.fixture
def variables(one_world: World) -> dict[str, str]:
    return {
        "AWS_REGION": EAST,
        "TABLE_NAME": f"users-{next(NUMBERS)}",
        "TABLE_REGIONS": f"{EAST},{WEST}",
        "DYNAMO_ENDPOINT": one_world.endpoint,
        "TABLE_POLL_SECONDS": "0.05",
        "TABLE_TIMEOUT_SECONDS": "60",
    }


@functools.cache
def client_of(region: str, endpoint: str) -> "DynamoDBClient":
    settings = load({"AWS_REGION": region, "DYNAMO_ENDPOINT": endpoint})
    return aws.client("dynamodb", region, settings, PATIENCE)


@pytest.fixture
def client(one_world: World) -> Client:
    return lambda region: client_of(region, one_world.endpoint)


@pytest.fixture
def run(variables: dict[str, str]) -> Run:
    """Run the job here, over real clients: `run(WEST, TABLE_TAGS="a=b")`. `look`: seconds a look may take;
    `hear` gets each line of the log."""

    def job(own: str = EAST, *, look: float = 20.0, hear: Hear = lambda _: None, **more: str) -> Ended:
        settings = load({**variables, "AWS_REGION": own, **more})
        spec = spec_of(settings, {})
        endpoint = settings.dynamo_endpoint or ""
        lines: list[dict[str, Any]] = []

        def write(line: str) -> None:
            lines.append(json.loads(line))
            hear(lines[-1])

        ports = Ports(
            apis={region: api_of(client_of(region, endpoint)) for region in spec.regions},
            now=time.monotonic,
            sleep=time.sleep,
            spread=random.random,
            gather=partial(at_once, seconds=look),
            journal=Journal(write, time.monotonic, time.time),
        )
        began = time.monotonic()
        outcome = ensure(spec, QUICK, 60.0, ports)
        return Ended(outcome.code, time.monotonic() - began, lines)

    return job


@pytest.fixture
def start(variables: dict[str, str]) -> Iterator[Start]:
    """Start the real command as a process of its own: `start("ensure", WEST, TABLE_TAGS="a=b")`."""
    started: list[Process] = []

    def process(command: str, own: str = EAST, *more: str, **settings: str) -> Process:
        made = Process(["table", *command.split(), *more], {**variables, "AWS_REGION": own, **settings})
        started.append(made)
        return made

    yield process
    for made in started:
        made.kill()
