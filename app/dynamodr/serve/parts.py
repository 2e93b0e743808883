"""What the routes work with, put together once in the master and finished in each worker."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dynamodr import aws
from dynamodr.serve import spans
from dynamodr.serve.auth import TokenFile
from dynamodr.serve.checks import Readiness, RegionCheck
from dynamodr.serve.seam import Background, OpenGate, WriteGate, attach, follower_client
from dynamodr.serve.shared import Shared
from dynamodr.serve.spans import Spans
from dynamodr.users import answers
from dynamodr.users.calls import BUDGET, Calls, Observe
from dynamodr.users.people import People
from dynamodr.users.table import Users

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from dynamodr.settings import Settings


@dataclass
class Parts:
    """One of each."""

    settings: "Settings"
    shared: Shared
    calls: Calls
    users: Users
    people: People
    readiness: Readiness
    region: RegionCheck
    token: TokenFile | None
    following: "DynamoDBClient"
    """What the fence is read through. Made before the fork: the workers share its memory."""
    gate: WriteGate = field(default_factory=OpenGate)
    background: tuple[Background, ...] = ()
    spans: Spans | None = None

    def start_worker(self) -> None:
        """Finish, after the fork: only here may threads begin."""
        self.gate, self.background = attach(self.settings, self.calls.client, self.following)
        for work in self.background:
            work.start()
        self.spans = spans.begin(os.environ, self.settings.aws_region)

    def stop_worker(self) -> None:
        """End what `start_worker` began."""
        for work in self.background:
            work.stop()
        if self.spans:
            self.spans.stop()


def assemble(
    settings: "Settings",
    shared: Shared,
    observe: Observe,
    patience: aws.Patience = aws.SERVING,
    budget: float = BUDGET,
) -> Parts:
    """Make the parts; no call is made and no thread begun. Raises SettingsError."""
    region, table = settings.aws_region, settings.table_name
    client = aws.client("dynamodb", region, settings, patience, pool=settings.threads)
    answers.attach(client)
    calls = Calls(client, observe, budget)
    return Parts(
        settings=settings,
        shared=shared,
        calls=calls,
        users=Users(calls, table, region, now),
        people=People(),
        readiness=Readiness(calls, table, region),
        region=RegionCheck(calls, table, region, shared),
        following=follower_client(settings, client),
        token=TokenFile(settings.auth_token_file) if settings.auth_token_file else None,
    )


def now() -> str:
    """Tell the time as the items keep it: RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
