"""The options that the commands share."""

import math
from collections.abc import Callable
from typing import Any

import click

LONGEST_SECONDS = 900
"""That one wait may be asked to last: two of them end before the run as a whole must."""


class Seconds(click.FloatRange):
    """A number of seconds that a run can wait. "nan" would pass any comparison."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, max=LONGEST_SECONDS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


def accelerator_options(command: Callable[..., None]) -> Callable[..., None]:
    """Say which accelerator."""
    arn = click.option(
        "--accelerator-arn",
        envvar="ACCELERATOR_ARN",
        default="",
        help="Which accelerator. [env: ACCELERATOR_ARN; default: the account's only one]",
    )
    name = click.option("--accelerator-name", default="", help="Which accelerator, by its name.")
    return arn(name(command))


output_option = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True
)
