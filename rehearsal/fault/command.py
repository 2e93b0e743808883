"""`rehearsal fault`: faults on the rehearsal that is running."""

import json
from collections.abc import Callable
from typing import Any

import click
import urllib3

from rehearsal import runfile

FIS_PAUSE = "aws:dynamodb:global-table-pause-replication"
MODES = click.Choice(["close", "unavailable", "errors"])


class Group(click.Group):
    """A group that knows the words of AWS FIS, too."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a subcommand by either name."""
        return super().get_command(ctx, "pause-replication" if cmd_name == FIS_PAUSE else cmd_name)


@click.group(cls=Group)
def fault() -> None:
    """Let something fail in the rehearsal that is running, and undo it.

    Every fault prints its id, and lasts until it is undone or --seconds have gone. pause-replication is also
    known by its name in AWS FIS, aws:dynamodb:global-table-pause-replication.

    Exit codes: 0 done; 1 no rehearsal answers, or it refuses; 2 bad usage.
    """


def _common(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--endpoint", metavar="URL", help="The AWS endpoint of a rehearsal [default: the running one]."
    )(command)


def _lasting(command: Callable[..., None]) -> Callable[..., None]:
    seconds = click.FloatRange(0, min_open=True)
    return _common(click.option("--seconds", type=seconds, help="End by itself after so long.")(command))


@fault.command("pause-replication")
@click.option("--source", metavar="REGION", help="Only what is written there [default: everywhere].")
@click.option("--target", metavar="REGION", help="Only what goes there [default: everywhere].")
@_lasting
def pause_replication(**given: Any) -> None:
    """Hold replication back, in one direction or in all. What is held arrives late, once undone."""
    _inject("pause-replication", given)


@fault.command
@click.argument("regions", nargs=2, metavar="REGION REGION")
@_lasting
def partition(**given: Any) -> None:
    """Hold replication between two Regions back, both ways."""
    _inject("partition", given)


@fault.command("lose-region")
@click.argument("region")
@click.option("--only", type=click.Choice(["service", "dynamodb"]), help="Only this part of it.")
@click.option(
    "--mode",
    type=MODES,
    default="close",
    show_default=True,
    help="How its DynamoDB answers: not at all, 503, or 500 as in a brown-out.",
)
@_lasting
def lose_region(**given: Any) -> None:
    """Lose a Region: its service is killed, its DynamoDB is gone, nothing replicates from it or to it."""
    _inject("lose-region", given)


@fault.command
@click.argument("region")
@click.option("--table", help="Only this table.")
@click.option("--operation", "operations", multiple=True, help="Only this operation, such as PutItem.")
@click.option("--calls", type=click.IntRange(1), help="Only so many calls.")
@_lasting
def throttle(**given: Any) -> None:
    """Throttle a Region's DynamoDB."""
    _inject("throttle", given)


@fault.command
@click.argument("region")
@click.argument("delay", type=click.FloatRange(0), metavar="SECONDS")
@click.option("--operation", "operations", multiple=True, help="Only this operation, such as PutItem.")
@_lasting
def latency(**given: Any) -> None:
    """Let each call to a Region's DynamoDB take so much longer."""
    _inject("latency", given)


@fault.command("skew-clock", context_settings={"ignore_unknown_options": True})
@click.argument("region")
@click.argument("by", type=float, metavar="SECONDS")
@_lasting
def skew_clock(**given: Any) -> None:
    """Put a Region's clock, by which the last writer wins, ahead (or, negative, behind)."""
    _inject("clock-skew", given)


@fault.command("lose-control-plane")
@click.option("--mode", type=MODES, default="close", show_default=True, help="How it answers.")
@_lasting
def lose_control_plane(**given: Any) -> None:
    """Lose Global Accelerator's API: no dial can be turned. Health checks still move new connections."""
    _inject("service-outage", {"service": "globalaccelerator", **given})


@fault.command("list")
@_common
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_command(endpoint: str | None, output: str) -> None:
    """List the faults that are on."""
    on = _ask("GET", endpoint)["faults"]
    if output == "json":
        click.echo(json.dumps(on, indent=2))
        return
    for one in on:
        rest = ", ".join(
            f"{name} {value}" for name, value in one.items() if name not in ("id", "fault") and value
        )
        click.echo(f"{one['id']:<12} {one['fault']:<20} {rest}".rstrip())
    if not on:
        click.echo("No fault is on.")


@fault.command
@click.argument("name", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Undo every fault.")
@_common
def undo(name: str | None, *, everything: bool, endpoint: str | None) -> None:
    """End a fault, or --all. A lost Region's service starts again; held writes arrive, and merge."""
    if (name is None) != everything:
        raise click.UsageError("give the ID of a fault (rehearsal fault list), or --all")
    undone = _ask("DELETE", endpoint, f"/{name}" if name else "")["undone"]
    click.echo(f"undone: {', '.join(undone)}" if undone else "No fault was on.")


def _inject(kind: str, given: dict[str, Any]) -> None:
    endpoint = given.pop("endpoint")
    wanted = {name: value for name, value in given.items() if value not in (None, ())}
    click.echo(_ask("POST", endpoint, body={"fault": kind, **wanted})["id"])


def _ask(method: str, endpoint: str | None, path: str = "", body: Any = None) -> Any:
    base = (endpoint or runfile.find()).rstrip("/")
    data = None if body is None else json.dumps(body).encode()
    try:
        answer = urllib3.request(
            method, f"{base}/_rehearsal/faults{path}", body=data, timeout=30.0, retries=False
        )
        told = answer.json()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        problem = f"{base} does not answer ({type(error).__name__})"
        raise click.ClickException(
            f"{problem}: no rehearsal is running there. Start one: rehearsal up"
        ) from error
    if answer.status != 200:
        raise click.ClickException(str(told.get("error", answer.status)))
    return told
