"""`dynamodr table ensure` and `dynamodr table status`."""

import os
import random
import sys
import time

import click
from botocore.exceptions import BotoCoreError

from dynamodr import aws
from dynamodr.credentials import MISSING, POD_CURE, sentence
from dynamodr.settings import Settings, SettingsError, load, require_replica_here
from dynamodr.stopping import Stopped, stoppable
from dynamodr.table.journal import Journal
from dynamodr.table.look import Apis, api_of, at_once
from dynamodr.table.loop import NEVER, NOT_YET, Ports, ensure
from dynamodr.table.memory import Patience
from dynamodr.table.spec import Spec, spec_of
from dynamodr.table.status import as_json, as_text, survey

# The loop tries again, with every Region in view; the client must not, on its own.
PATIENCE = aws.Patience(connect=2.0, read=15.0, attempts=1)


@click.group()
def table() -> None:
    """Make the global table, or show its state.

    \b
    Settings come from the environment:
      AWS_REGION                    this Region; one of TABLE_REGIONS
      TABLE_REGIONS                 every Region with a replica, comma between; the first is home
      TABLE_NAME                    (users)
      TABLE_TAGS                    key=value,key=value: set on this Region's replica
      TABLE_DELETION_PROTECTION     (true) false leaves it as it is
      TABLE_POINT_IN_TIME_RECOVERY  (true) false leaves it as it is
      TABLE_WARM_THROUGHPUT_READ    read units a second that the table takes at once, 12000 or more, and
      TABLE_WARM_THROUGHPUT_WRITE   write units, 4000 or more; unset: left. Only raised; AWS charges for it
      TABLE_TIMEOUT_SECONDS         (240) for ensure as a whole
      TABLE_POLL_SECONDS            (2) between two looks
      DYNAMO_ENDPOINT               where DynamoDB is; {region} in it is replaced

    \b
    Exit codes: 0 converged; 1 not yet, a retry may help; 2 never as configured.
    """


@table.command("ensure")
def ensure_command() -> None:
    """Converge on one on-demand table with a replica in each of TABLE_REGIONS, and wait for it.

    Runs in every Region, in any order, also at once, any number of times, and can be killed at any point. It
    never deletes a table, a replica or data, and changes nothing about a table that can't become the one that
    is wanted. Where another Region is lost and this one's replica serves, it warns and exits 0. Logs are JSON
    lines on standard output; the last one says how it ended.
    """
    journal = Journal(_print, time.monotonic, time.time)
    try:
        with stoppable():
            spec, settings = _configured()
            patience = Patience(poll=settings.table_poll_seconds)
            ports = Ports(_apis(spec, settings), time.monotonic, time.sleep, random.random, at_once, journal)
            outcome = ensure(spec, patience, settings.table_timeout_seconds, ports)
    except MISSING as error:
        journal.say("not yet", sentence(error, POD_CURE), "ERROR", exit_code=NOT_YET)
        sys.exit(NOT_YET)
    except (SettingsError, BotoCoreError) as error:
        journal.say("never", str(error), "ERROR", exit_code=NEVER)
        sys.exit(NEVER)
    except Stopped:
        text = "stopped by a signal; nothing is lost: a rerun takes up where this one stopped"
        journal.say("not yet", text, "ERROR", exit_code=NOT_YET)
        sys.exit(NOT_YET)
    sys.exit(outcome.code)


@table.command("status")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status_command(output: str) -> None:
    """Show the table in every Region, and what ensure would do. Changes nothing.

    Exits 0 if nothing is to be done, 1 if something is or a Region is lost or cut off, 2 if it never can be.
    """
    try:
        spec, settings = _configured()
        report = survey(spec, _apis(spec, settings), at_once)
    except MISSING as error:
        click.echo(sentence(error, POD_CURE), err=True)
        sys.exit(NOT_YET)
    except (SettingsError, BotoCoreError) as error:
        click.echo(str(error), err=True)
        sys.exit(NEVER)
    click.echo(as_json(report) if output == "json" else as_text(report))
    sys.exit(report.exit_code)


def _configured() -> tuple[Spec, Settings]:
    settings = load(os.environ)
    require_replica_here(settings)
    return spec_of(settings, os.environ), settings


def _apis(spec: Spec, settings: Settings) -> Apis:
    # One STS for all: another Region's may be lost, or out of a private cluster's reach.
    return {
        region: api_of(aws.client("dynamodb", region, settings, PATIENCE, sts=spec.own))
        for region in spec.regions
    }


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
