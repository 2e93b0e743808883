"""`rehearsal status`."""

import json
from typing import Any

import click
import urllib3
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rehearsal import runfile, screen


@click.command()
@click.option("--endpoint", metavar="URL", help="The AWS endpoint of a rehearsal [default: the running one].")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(endpoint: str | None, output: str) -> None:
    """Show the rehearsal that is running: Regions, dials, health, replication, faults.

    Exit codes: 0 it answers; 1 none does.
    """
    base = (endpoint or runfile.find()).rstrip("/")
    told = {name: _ask(base, name) for name in ("state", "accelerator", "services", "ledger", "faults")}
    if output == "json":
        click.echo(json.dumps({"endpoint": base, **told}, indent=2))
        return
    _show(screen.console(), base, told)


def _ask(base: str, name: str) -> Any:
    try:
        answer = urllib3.request("GET", f"{base}/_rehearsal/{name}", timeout=5.0, retries=False)
        if answer.status == 200:
            return answer.json()
        problem = f"answers {answer.status}"
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        problem = f"does not answer ({type(error).__name__})"
    raise click.ClickException(f"{base} {problem}: no rehearsal is running there. Start one: rehearsal up")


def _show(console: Console, base: str, told: dict[str, Any]) -> None:
    accelerator, state, ledger = told["accelerator"], told["state"], told["ledger"]
    console.print(f"front door    {accelerator['url']}  ({accelerator['status']})")
    console.print(f"AWS endpoint  {base}\n")
    tables = {table["region"]: f"{table['name']} {table['status']}" for table in state["tables"]}
    services = {service["region"]: service for service in told["services"]}
    regions = Table(box=None, pad_edge=False)
    for heading in ("Region", "dial", "health", "service", "table"):
        regions.add_column(heading)
    for one in accelerator["regions"]:
        name, dial = one["region"], f"{one['dial_in_effect']:g} %"
        if one["dial"] != one["dial_in_effect"]:
            dial += f" → {one['dial']:g} %"
        service = services[name]
        running = service["url"] if service["running"] else "not running"
        regions.add_row(name, dial, one["health"], running, tables.get(name, "no table"))
    console.print(regions)
    for one in accelerator["regions"]:
        if one["reason"]:
            console.print(f"[red]{one['region']}[/]: {one['reason']}")
    for link in state["replication"]:
        held = f", held by {', '.join(link['held'])}" if link["held"] else ""
        lag = f"median lag {link['lag_median_seconds']:g} s"
        console.print(f"{link['source']} → {link['target']}: {lag}, {link['in_flight']} in flight{held}")
    console.print(
        f"ledger: {ledger['acknowledged']} writes acknowledged, {len(ledger['in_flight'])} in flight, "
        f"{len(ledger['lost_updates'])} lost updates"
    )
    for fault in told["faults"]["faults"]:
        console.print(Text.assemble(("fault", "red"), f" {fault}"))
