"""`dynamodr failover status` and `dynamodr failover to`."""

import os
import sys
from typing import Any, NoReturn

import click
import msgspec
from botocore.exceptions import BotoCoreError

from dynamodr import aws
from dynamodr.credentials import OPERATOR_CURE, sentence
from dynamodr.failover.accelerator import REGION, Dials
from dynamodr.failover.checks import preflight
from dynamodr.failover.events import Event
from dynamodr.failover.goal import Goal, Limits
from dynamodr.failover.look import look
from dynamodr.failover.options import Seconds, accelerator_options, output_option
from dynamodr.failover.outline import outline
from dynamodr.failover.ports import World
from dynamodr.failover.replica import SEGMENTS, TableReplica
from dynamodr.failover.report import last, line, outlined, result
from dynamodr.failover.run import Failover
from dynamodr.failover.status import as_text, status
from dynamodr.failover.steps import End
from dynamodr.failover.together import SystemClock, together
from dynamodr.fence.core import MAX_AGE
from dynamodr.settings import Settings, SettingsError, load
from dynamodr.stopping import Stopped, stoppable

# Of a look at everything there is a bound of its own; this one is what a scan's page may take.
PATIENCE = aws.Patience(connect=1.0, read=4.0, attempts=3)
ONCE = aws.Patience(connect=1.0, read=2.0, attempts=1)
MARGIN = 0.5
SETTLE = MAX_AGE + aws.SERVING.connect + aws.SERVING.read + MARGIN
"""A pod acts for MAX_AGE on what it has read, and what it then sends is one attempt: see fence.gate."""
REFUSED = 2


@click.group()
def failover() -> None:
    """Move the traffic and the writes to another Region.

    \b
    Settings come from the environment:
      TABLE_REGIONS    every Region with a replica, comma between; the first is home
      TABLE_NAME       (users)
      WRITE_MODE       (any) what to assume where no pod says which one it runs with
      ACCELERATOR_ARN  the accelerator; the account's only one needs no name
      DYNAMO_ENDPOINT  where DynamoDB is; {region} in it is replaced
      AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR  where Global Accelerator is, if not at AWS
    The operator's own AWS credentials are used, in every Region.

    \b
    Exit codes: 0 done; 1 stopped or not yet, run it again; 2 refused, nothing was changed.
    """


@failover.command("status")
@accelerator_options
@output_option
def status_command(accelerator_arn: str, accelerator_name: str, output: str) -> None:
    """Show dials, health, replicas, replication lag and the fence in every Region. Changes nothing.

    What doesn't answer within 3 seconds is shown as such. Exits 0 if everything has answered, 1 if not.
    """
    settings = _settings()
    goal = Goal(target="", regions=settings.table_regions, write_mode=settings.write_mode)
    view = look(_world(settings, accelerator_arn, accelerator_name), goal)
    shown = status(view)
    click.echo(_json(shown) if output == "json" else as_text(shown))
    all_there = view.accelerator is not None and all(one.answers for one in view.replicas.values())
    sys.exit(0 if all_there else 1)


@failover.command("to")
@click.argument("region")
@click.option("--planned", "forced", flag_value=False, type=bool, default=None, help="Lose nothing.")
@click.option(
    "--forced", "forced", flag_value=True, type=bool, help="The other Region is gone: don't ask it."
)
@click.option("--dry-run", is_flag=True, help="Look, and show what would be done.")
@click.option("--reason", default="", help="Kept in the fence, for whoever looks later.")
@click.option(
    "--max-lag", type=Seconds(), default=Limits().lag, show_default=True, help="Seconds of replication lag."
)
@click.option(
    "--prove-limit",
    type=click.IntRange(min=0),
    default=Limits().prove_items,
    show_default=True,
    help="With more users, arrival is waited for, not proved.",
)
@click.option(
    "--prove-seconds",
    type=Seconds(),
    default=Limits().prove,
    show_default=True,
    help="For all writes to arrive; then they return to the source.",
)
@click.option(
    "--deploy-seconds",
    type=Seconds(),
    default=Limits().deploy,
    show_default=True,
    help="For the dials to deploy.",
)
@click.option(
    "--confirm-seconds",
    type=Seconds(),
    default=Limits().confirm,
    show_default=True,
    help="For a pod in REGION to say that it takes writes.",
)
@accelerator_options
@output_option
def to_command(
    region: str,
    *,
    forced: bool | None,
    dry_run: bool,
    reason: str,
    max_lag: float,
    prove_limit: int,
    prove_seconds: float,
    deploy_seconds: float,
    confirm_seconds: float,
    accelerator_arn: str,
    accelerator_name: str,
    output: str,
) -> None:
    """Move the traffic and the writes to REGION.

    --planned: both Regions live. Checks, pauses the writes, proves that every write has arrived in REGION,
    turns the dials and resumes the writes there: nothing acknowledged is lost. If the proof doesn't come,
    the writes return to where they were.

    --forced: the other Region is gone. The fence and the dials only; says what cannot be known.

    Both can be run again, from wherever they stopped. Neither turns off the last healthy Region.
    """
    if forced is None:
        raise click.UsageError("say --planned (both Regions live) or --forced (the other one is gone)")
    settings = _settings()
    limits = Limits(
        settle=SETTLE,
        look=3.0 if forced else 5.0,
        prove=prove_seconds,
        prove_items=prove_limit,
        deploy=deploy_seconds,
        confirm=confirm_seconds,
        lag=max_lag,
    )
    goal = Goal(
        target=region,
        forced=forced,
        regions=settings.table_regions,
        write_mode=settings.write_mode,
        limits=limits,
        reason=reason,
    )
    world = _world(settings, accelerator_arn, accelerator_name)
    if dry_run:
        _show(goal, world, output)
    _run(goal, world, output)


def _run(goal: Goal, world: World, output: str) -> NoReturn:
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if output == "json":
            _say(_json(event))
        elif event.kind != "end":
            _say(line(event))

    try:
        with stoppable():
            ended = Failover(goal, world, tell).run()
    except Stopped:
        detail = "interrupted. It may have paused the writes: look at the status, and run it again"
        ended = End(name="stopped", detail=detail)
    summary = result(goal.target, ended, events, forced=goal.forced)
    _say(_json(summary) if output == "json" else last(summary))
    sys.exit(summary.exit_code)


def _say(text: str) -> None:
    """Print it, if anybody reads: with the writes paused, a failover does not end because a pipe has."""
    try:
        click.echo(text)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show(goal: Goal, world: World, output: str) -> NoReturn:
    view = look(world, goal)
    checks, steps = preflight(goal, view), outline(goal, view)
    ended = steps[-1]
    if not isinstance(ended, End):
        raise TypeError("an outline ends with an End")
    if output == "json":
        shown = [{"kind": "check", **_object(check)} for check in checks]
        shown += [{"kind": "would", **_object(step)} for step in steps]
        for one in shown:
            click.echo(_json(one))
        click.echo(_json(result(goal.target, ended, [], forced=goal.forced, dry_run=True)))
    else:
        click.echo("\n".join(outlined(checks, steps, forced=goal.forced)))
    sys.exit(ended.exit_code)


def _settings() -> Settings:
    regions = os.environ.get("TABLE_REGIONS", "")
    if not regions:
        click.echo("TABLE_REGIONS: name every Region with a replica, the home Region first", err=True)
        sys.exit(REFUSED)
    try:
        # An operator is in no Region.
        return load({**os.environ, "AWS_REGION": regions.split(",")[0].strip()})
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(REFUSED)


def _world(settings: Settings, arn: str, name: str) -> World:
    def replica(region: str) -> TableReplica:
        pool = 2 * SEGMENTS
        dynamodb = aws.client("dynamodb", region, settings, patience=PATIENCE, pool=pool)
        return TableReplica(dynamodb, settings.table_name, region)

    try:
        replicas = {region: replica(region) for region in settings.table_regions}
        reading = aws.client("globalaccelerator", REGION, settings, patience=PATIENCE, pool=2)
        turning = aws.client("globalaccelerator", REGION, settings, patience=ONCE, pool=4)
    except BotoCoreError as error:
        click.echo(sentence(error, OPERATOR_CURE), err=True)
        sys.exit(REFUSED)
    return World(replicas, Dials(reading, turning, arn, name), SystemClock(), together)


def _json(shown: Any) -> str:
    return msgspec.json.encode(shown).decode()


def _object(shown: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(shown)
    return found
