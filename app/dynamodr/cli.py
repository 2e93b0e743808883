"""The console script `dynamodr`."""

import click


@click.group()
def main() -> None:
    """Serve users, make their table, fail a Region over."""
