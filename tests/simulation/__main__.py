"""As many histories as one likes: python -m tests.simulation [--histories N] [--first SEED] [--kind KIND].

A failure prints its seed; `--first SEED --histories 1 --kind KIND` replays it.
"""

import logging
import sys
import time
from collections import Counter

import click

from tests.simulation.history import KINDS, BrokenError
from tests.simulation.play import play


@click.command(help=__doc__)
@click.option("--histories", default=10_000, show_default=True, help="How many.")
@click.option("--first", default=0, show_default=True, help="The first one's seed.")
@click.option("--kind", type=click.Choice(KINDS), help="Only these; all in turn unless given.")
def soak(histories: int, first: int, kind: str | None) -> None:
    """Play histories until one breaks."""
    logging.getLogger("dynamodr").setLevel(logging.CRITICAL)
    began = shown = time.monotonic()
    start, end, pause = ("\r", "", 1.0) if sys.stdout.isatty() else ("", "\n", 30.0)
    counted: Counter[str] = Counter()
    for seed in range(first, first + histories):
        try:
            told = play(seed, kind or "")
        except BrokenError as broken:
            click.echo(f"\n{broken}", err=True)
            played = kind or KINDS[seed % len(KINDS)]
            replay = f"python -m tests.simulation --first {seed} --histories 1 --kind {played}"
            click.echo(f"replay it: {replay}", err=True)
            sys.exit(1)
        counted.update(
            histories=1,
            acknowledged=told.acknowledged,
            lost=told.lost,
            faults=told.faults,
            failovers=len(told.failovers),
            jobs=len(told.jobs),
            hours=round(told.seconds),
        )
        if time.monotonic() - shown > pause or seed == first + histories - 1:
            shown = time.monotonic()
            click.echo(
                f"{start}{counted['histories']:,} of {histories:,} histories hold in {shown - began:,.0f} s: "
                f"{counted['hours'] / 3600:,.1f} hours lived, {counted['faults']:,} faults, "
                f"{counted['failovers']:,} failovers, {counted['jobs']:,} table jobs, "
                f"{counted['acknowledged']:,} writes, {counted['lost']:,} lost as foretold{end}",
                nl=False,
            )
    click.echo(nl=bool(start))


if __name__ == "__main__":
    soak()
