"""The console script `rehearsal`."""

import click


@click.group()
def main() -> None:
    """Rehearse the loss of an AWS Region on one machine."""
