"""The console script `rehearsal`. A subcommand is imported when it is called, so that `--help` is quick."""

from importlib import import_module

import click

# name: (module, attribute, what `rehearsal --help` says)
SUBCOMMANDS = {
    "demo": ("rehearsal.demo.command", "demo", "Tell the whole story once: table, users, failover."),
    "drill": ("rehearsal.drill.command", "drill", "Run a disaster under load, and tell what it cost."),
    "fault": ("rehearsal.fault.command", "fault", "Let something fail in the running rehearsal."),
    "status": ("rehearsal.status", "status", "Show the rehearsal that is running."),
    "up": ("rehearsal.up", "up", "Start two Regions and serve until Ctrl-C."),
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
def main() -> None:
    """Rehearse the loss of an AWS Region on one machine.

    Two Regions with a DynamoDB global table, a Global Accelerator and the service itself, on 127.0.0.1.
    """
