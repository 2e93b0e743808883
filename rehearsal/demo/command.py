"""`rehearsal demo`."""

import signal
import sys
import time
from pathlib import Path
from typing import Any

import click

from rehearsal import runfile, screen
from rehearsal.demo.story import Story
from rehearsal.demo.telling import Telling
from rehearsal.engine.local_server import EngineError
from rehearsal.options import shared
from rehearsal.screen import addresses, try_these
from rehearsal.tethered import NotInstalledError
from rehearsal.up import standing, stay, stop


@click.command()
@shared
@click.option(
    "--stay/--no-stay", "stays", default=None, help="Stay up after the story [default: in a terminal]."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    default=Path("out", "demo"),
    show_default=True,
    help="Where the drill's files go.",
)
def demo(stays: bool | None, out: Path, **given: Any) -> None:
    """Tell the whole story once: one table, two Regions, users, a failover, a disaster.

    Starts what rehearsal up starts, step by step, with the programs that production runs; adds users through
    the accelerator, finds them in the other Region, runs the failover command under load and shows who
    answered each request; then loses a Region, and tells what that cost. Every step is checked.

    In a terminal it stays up afterwards, until Ctrl-C.

    Exit codes: 0 every step came true; 1 one did not; 2 a bad option; 130 interrupted.
    """
    console = screen.console()
    signal.signal(signal.SIGTERM, stop)
    told = False
    try:
        console.print("[bold]Two AWS Regions on this machine, and a failover between them[/]")
        began = time.monotonic()
        with (
            standing({**given, "write_mode": "active-region"}, console) as rehearsal,
            runfile.announced(rehearsal.endpoint),
        ):
            telling = Telling(console, rehearsal.config.regions)
            telling.say(
                f"AWS's control plane takes {given['time_factor']:.3g} of its time here; the lag is real"
            )
            story = Story(rehearsal, telling, out)
            story.tell()
            telling.summary(story.claims.all, time.monotonic() - began)
            if story.page is not None:
                console.print(f"The drill's page: {story.page}", soft_wrap=True)
            if not story.claims.hold:
                console.print(f"The services' logs are in {rehearsal.logs}")
                sys.exit(1)
            told = True
            in_terminal = console.is_terminal and sys.stdin.isatty()
            if in_terminal if stays is None else stays:
                console.print()
                console.print(addresses(rehearsal))
                console.print(try_these(rehearsal))
                stay(rehearsal, console)
    except (NotInstalledError, EngineError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("Stopped.")
        sys.exit(0 if told else 130)
