"""The options of a drill against what stands already, and the place that they name."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from rehearsal.drill.place import Place
from rehearsal.drill.scenario import Scenario

F = TypeVar("F", bound=Callable[..., Any])
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
OPTIONS = [
    click.option("--against", metavar="URL", help="Drill a deployment that stands: the accelerator's URL."),
    click.option("--accelerator-arn", metavar="ARN", help="Its accelerator (with --against)."),
    click.option("--table", default="users", show_default=True, help="Its table (with --against)."),
    click.option(
        "--regions", metavar="HOME,OTHER", help="Its Regions, home first [default: us-east-1,us-west-2]."
    ),
    click.option("--base-path", default="/dynamodr", show_default=True, help="Its path (with --against)."),
    click.option(
        "--auth-token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A token for writes, if it wants one.",
    ),
    click.option("--aws-endpoint", metavar="URL", help="Where AWS's APIs are, if not at AWS: a rehearsal's."),
    click.option("--fis-template", metavar="ID", help="An AWS FIS experiment template that makes the fault."),
    click.option("--fis-region", metavar="REGION", help="Where that template is [default: the home Region]."),
]


def against_options(command: F) -> F:
    """Add them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def place_of(scenario: Scenario, given: dict[str, Any]) -> Place | None:
    """The place that the options name; None: the drill stands up one of its own. Raises click.UsageError."""
    if not given["against"]:
        for name in ("accelerator_arn", "regions", "auth_token_file", "aws_endpoint", "fis_template"):
            if given[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --against URL")
        return None
    if not given["accelerator_arn"]:
        raise click.UsageError("--against needs --accelerator-arn: whose dials the failover turns")
    regions = tuple(part.strip() for part in (given["regions"] or "us-east-1,us-west-2").split(","))
    if len(set(regions)) != 2 or len(regions) != 2 or not all(map(REGION.fullmatch, regions)):
        raise click.UsageError("--regions: give two, the home Region first, such as us-east-1,us-west-2")
    _check_fault(scenario, given["fis_template"])
    endpoint = given["aws_endpoint"] or os.environ.get("AWS_ENDPOINT_URL", "")
    return Place(
        url=_address("--against", given["against"]),
        accelerator_arn=given["accelerator_arn"],
        regions=regions,
        table=given["table"],
        base_path=given["base_path"].rstrip("/"),
        aws_endpoint=_address("--aws-endpoint (or AWS_ENDPOINT_URL)", endpoint) if endpoint else "",
        token=_token(given["auth_token_file"]),
    )


def _address(option: str, url: str) -> str:
    """A URL of a host alone."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.path.strip("/") or parts.query:
        more = "; the path is --base-path" if option == "--against" else ""
        raise click.UsageError(f"{option}: {url!r} is not http://HOST[:PORT] or https://HOST[:PORT]{more}")
    return url.rstrip("/")


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    first, *_ = file.read_text().splitlines() or [""]
    if not first.strip():
        raise click.UsageError(f"--auth-token-file: there is no token in the first line of {file}")
    return first.strip()


def _check_fault(scenario: Scenario, template: str | None) -> None:
    """A fault of a real deployment is AWS FIS's, and there are some that it can't make."""
    rest = "Without one there are planned-failover and failback"
    if scenario.faulty and not scenario.by_fis:
        raise click.UsageError(
            f"{scenario.name} can't be drilled --against a deployment: no experiment of AWS FIS makes its "
            f"fault. {rest}"
        )
    if template and not scenario.faulty:
        raise click.UsageError(f"{scenario.name} needs no fault: leave --fis-template out")
    if scenario.faulty and not scenario.back and not template:
        raise click.UsageError(
            f"{scenario.name} needs a fault: give --fis-template; on AWS that is {scenario.by_fis}. {rest}"
        )
