"""The fence and the heartbeats of one worker of the service, put together."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

from dynamodr import aws
from dynamodr.fence.core import Verdict
from dynamodr.fence.follower import Follower, Reading
from dynamodr.fence.gate import FenceGate, guard
from dynamodr.fence.record import Site, Standing
from dynamodr.fence.table import FenceTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from dynamodr.settings import Settings

# Three of these fit into MAX_AGE less one poll, nearly: one lost packet must not stop the writes.
FOLLOWING = aws.Patience(connect=0.3, read=0.6, attempts=1)


def follower_client(settings: "Settings", dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    """Make what the fence is followed through; `dynamodb`, the users', where nothing depends on it.

    Before the fork, if there is one: a client that each worker made for itself would cost it 13 MB.
    """
    if settings.write_mode == "any":
        return dynamodb
    return aws.client("dynamodb", settings.aws_region, settings, patience=FOLLOWING, pool=1)


def follow(
    settings: "Settings",
    dynamodb: "DynamoDBClient",
    following: "DynamoDBClient",
    refuse: Callable[[Verdict], Exception],
) -> tuple[FenceGate | None, Follower]:
    """Make the gate (None where writes are taken in any Region) and the background work. After the fork.

    `dynamodb` makes the users' calls, and is guarded. `refuse` makes the exception of a refused write.
    """
    site = Site(region=settings.aws_region, regions=settings.table_regions)
    table = FenceTable(following, settings.table_name)
    tell = gauges(site)
    if settings.write_mode == "any":
        return None, Follower(site, settings.write_mode, table, tell)
    gate = FenceGate(refuse)
    guard(dynamodb, gate.check)

    def told(reading: Reading) -> None:
        gate.verdict = reading.verdict
        tell(reading)

    return gate, Follower(site, settings.write_mode, table, told)


def gauges(site: Site) -> Callable[[Reading], None]:
    """Make the gauges; return what sets them. After the fork only, and once."""
    from prometheus_client import Gauge  # noqa: PLC0415 - see serve.seam

    standing = Gauge(
        "dynamodr_fence_standing",
        "Workers by what they make of the fence; only `active` ones take writes in WRITE_MODE=active-region",
        ("standing",),
        multiprocess_mode="livesum",
    )
    epoch = Gauge(
        "dynamodr_fence_epoch",
        "The fence's epoch, where least is known of it",
        multiprocess_mode="livemin",
    )
    lag = Gauge(
        "dynamodr_replication_lag_seconds",
        "Age of the newest heartbeat from a Region, which bounds the replication lag; NaN while unknown",
        ("source_region",),
        multiprocess_mode="livemostrecent",
    )
    standings = {name: standing.labels(name) for name in get_args(Standing)}
    lags = {region: lag.labels(region) for region in site.others}

    def tell(reading: Reading) -> None:
        for name, gauge in standings.items():
            gauge.set(name == reading.verdict.standing)
        epoch.set(reading.verdict.epoch)
        for region, gauge in lags.items():
            gauge.set(reading.lag.get(region, math.nan))

    return tell
