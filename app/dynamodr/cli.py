"""The console script `dynamodr`. A subcommand is imported when it is called, so that each starts fast."""

from importlib import import_module

import click

from dynamodr import __version__

# name: (module, attribute, what `dynamodr --help` says)
SUBCOMMANDS = {
    "failover": (
        "dynamodr.failover.command",
        "failover",
        "Move the traffic and the writes to another Region.",
    ),
    "serve": ("dynamodr.serve.command", "serve", "Serve the users of one Region over HTTP."),
    "table": ("dynamodr.table.command", "table", "Make the global table, or show its state."),
}


class LazyGroup(click.Group):
    """A group whose help is known without importing what it lists."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name every subcommand."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the one that is called."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module, attribute, _ = SUBCOMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List them without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in sorted(SUBCOMMANDS.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dynamodr")
def main() -> None:
    """Serve users, make their table, fail a Region over. Settings come from the environment."""
