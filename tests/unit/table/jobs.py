"""The job itself, run against the fake in virtual time."""

import json
from dataclasses import dataclass, field
from typing import Any

from dynamodr.table.journal import Journal
from dynamodr.table.look import Gather, in_turn
from dynamodr.table.loop import Outcome, Ports, ensure
from dynamodr.table.memory import Patience
from dynamodr.table.spec import Spec
from hypothesis import HealthCheck, settings

from tests.unit.table.fake_aws import FakeAws

EAST, WEST, NORTH = "us-east-1", "us-west-2", "eu-north-1"
PATIENCE = Patience()
# A busy machine is no failure.
ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spec(own: str = EAST, regions: tuple[str, ...] = (EAST, WEST), **fields: Any) -> Spec:
    return Spec(name="users", own=own, regions=regions, **fields)


@dataclass
class Run:
    """How a run ended, and what it said."""

    outcome: Outcome
    seconds: float
    lines: list[dict[str, Any]] = field(default_factory=list)


def run(
    aws: FakeAws,
    wanted: Spec,
    *,
    seconds: float = 240.0,
    patience: Patience = PATIENCE,
    gather: Gather = in_turn,
) -> Run:
    lines: list[str] = []
    time = aws.time
    began = time.now
    ports = Ports(
        apis=aws.apis(*wanted.regions),
        now=time.read,
        sleep=time.sleep,
        spread=lambda: 0.5,
        gather=gather,
        journal=Journal(lines.append, time.read, time.read),
    )
    outcome = ensure(wanted, patience, seconds, ports)
    return Run(outcome, time.now - began, [json.loads(line) for line in lines])
