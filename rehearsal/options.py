"""The options that `up` and `demo` share, and what they make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rehearsal.ports import Choice, Moved, PortTakenError, Wanted, settle

F = TypeVar("F", bound=Callable[..., Any])
ENGINES = ("moto", "dynamodb-local")


class RegionPort(click.ParamType[tuple[str, int]]):
    """REGION=PORT."""

    name = "REGION=PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Read it."""
        if isinstance(value, tuple):
            return value
        region, _, port = str(value).partition("=")
        if not region or not port.isdigit() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is not such as us-east-1=5001", param, ctx)
        return region, int(port)


PORT = click.IntRange(1, 65535)
OPTIONS = [
    click.option(
        "--ports",
        type=click.Choice([str(one) for one in Choice]),
        default=str(Choice.PREFER),
        show_default=True,
        help="prefer: the usual ports, others for those in use; fixed: the usual ports or none; auto: any "
        "free ones. A port given by an option of its own is never replaced.",
    ),
    click.option("--door-port", type=PORT, metavar="PORT", help="The front door (usually 8080)."),
    click.option("--aws-port", type=PORT, metavar="PORT", help="The AWS endpoint (usually 8100)."),
    click.option(
        "--service-port", "service_ports", type=RegionPort(), multiple=True, help="A service (5001, 5002)."
    ),
    click.option(
        "--metrics-port", "metrics_ports", type=RegionPort(), multiple=True, help="Its metrics (9101, 9102)."
    ),
    click.option(
        "--lag",
        type=click.FloatRange(0, 60),
        metavar="SECONDS",
        default=0.4,
        show_default=True,
        help="Median replication lag, 0 to 60.",
    ),
    click.option(
        "--time-factor",
        type=click.FloatRange(0, 10, min_open=True),
        metavar="FACTOR",
        default=0.02,
        show_default=True,
        help="How long what AWS's control plane does takes here, in parts of what it takes on AWS.",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="moto",
        show_default=True,
        help="What stores the items of each Region.",
    ),
    click.option("--seed", type=int, metavar="N", help="Draw the same lags and times again."),
    click.option(
        "--logs",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the services' logs go [default: a new temporary directory].",
    ),
]


def shared(command: F) -> F:
    """Add the options."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def with_ports(wanted: list[Wanted], given: dict[str, Any]) -> tuple[dict[str, int], list[Moved]]:
    """Find the ports by the options that the user gave; a refusal is a ClickException."""
    pinned = {"front door": given["door_port"], "AWS endpoint": given["aws_port"]}
    pinned |= {f"service of {region}": port for region, port in given["service_ports"]}
    pinned |= {f"metrics of {region}": port for region, port in given["metrics_ports"]}
    known = {one.what for one in wanted}
    for what in pinned:
        if what not in known:
            regions = ", ".join(sorted(name.split()[-1] for name in known if name.startswith("service")))
            raise click.UsageError(f"{what}: this rehearsal has no such Region; it has {regions}")
    asked = [
        Wanted(one.what, pinned[one.what], one.option, pinned=True) if pinned.get(one.what) else one
        for one in wanted
    ]
    try:
        return settle(asked, Choice(given["ports"]))
    except PortTakenError as taken:
        raise click.ClickException(str(taken)) from taken
