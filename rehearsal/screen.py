"""What people see: where things are, and what to try. Fits 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rehearsal.ports import Moved
    from rehearsal.running import Rehearsal

COLOURS = ("cyan", "magenta", "yellow", "blue")


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
    first, second = rehearsal.config.regions[:2]
    lines = [
        ("Add a user through the front door, and find it in the other Region:", None),
        (None, f"curl {rehearsal.url}/dynamodr/add-user"),
        (None, f"curl {rehearsal.services[second].url}/dynamodr"),
        ("Ask DynamoDB itself (any credentials will do):", None),
        (None, f"aws --endpoint-url {rehearsal.endpoint} --region {first} \\"),
        (None, "    dynamodb describe-table --table-name users"),
    ]
    shown = [
        Text(told or f"  {command}", style="" if told else "bold", no_wrap=True) for told, command in lines
    ]
    return Group(Text(""), *shown, Text(""))
