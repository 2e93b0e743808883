"""What people see: where things are, and what to try. Fits 80 columns."""

import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rehearsal.ports import Moved
    from rehearsal.running import Rehearsal

COLOURS = ("cyan", "magenta", "yellow", "blue")


def console() -> Console:
    """Standard output; a terminal that has no ✓ shows a ? instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


def colour(regions: Sequence[str], region: str) -> str:
    """A Region's colour, the same everywhere."""
    return COLOURS[list(regions).index(region) % len(COLOURS)] if region in regions else "red"


def moved_ports(moved: "Sequence[Moved]") -> RenderableType:
    """Which ports are other than the usual ones, and who has those."""
    lines = [
        Text(f"Port {one.wanted} is in use by {one.owner}: the {one.what} is on {one.port}.", style="yellow")
        for one in moved
    ]
    return Group(*lines)


def addresses(rehearsal: "Rehearsal") -> RenderableType:
    """Every URL of the rehearsal."""
    regions = rehearsal.config.regions
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("front door", Text.assemble((rehearsal.url, "bold"), "  where clients connect"))
    for region, service in rehearsal.services.by_region.items():
        name = Text(region, style=colour(regions, region))
        table.add_row(name, f"{service.url}  its service; metrics on {service.config.metrics_port}")
    table.add_row("AWS endpoint", f"{rehearsal.endpoint}  for any AWS client, any credentials")
    table.add_row("world", f"{rehearsal.endpoint}/_rehearsal/state")
    table.add_row("logs", str(rehearsal.logs))
    return table


def try_these(rehearsal: "Rehearsal") -> RenderableType:
    """Commands to try, ready to be copied."""
    dials = rehearsal.accelerator.dials()
    serving = max(dials, key=lambda region: dials[region])
    other = next(region for region in dials if region != serving)
    return Group(
        Text(f"\nAdd a user through the front door ({serving} answers), find it in {other}:"),
        *_commands(
            f"curl {rehearsal.url}/dynamodr/add-user",
            f"curl {rehearsal.services[other].url}/dynamodr",
        ),
        Text("Ask DynamoDB itself:"),
        *_commands(
            "export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
            f"aws --endpoint-url {rehearsal.endpoint} --region {other} \\",
            "    dynamodb describe-table --table-name users",
        ),
        Text(""),
    )


def _commands(*lines: str) -> list[Text]:
    return [Text(f"  {line}", style="bold", no_wrap=True, overflow="ignore") for line in lines]
