"""`rehearsal up`."""

import signal
import time
from types import FrameType
from typing import Any, NoReturn

import click
from rich.console import Console

from rehearsal import runfile, screen
from rehearsal.engine.local_server import EngineError
from rehearsal.options import shared, with_ports
from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports
from rehearsal.screen import addresses, moved_ports, try_these
from rehearsal.services import ServiceError
from rehearsal.tethered import NotInstalledError

LAST_WORDS_SECONDS = 10.0


@click.command()
@shared
@click.option(
    "--write-mode",
    type=click.Choice(["any", "active-region"]),
    default="any",
    show_default=True,
    help="Which Regions take writes: any, or only the one that the fence names.",
)
def up(**given: Any) -> None:
    """Start two Regions and serve until Ctrl-C.

    \b
    Starts, on 127.0.0.1 alone:
      AWS endpoint  DynamoDB with global tables, Global Accelerator and STS
      the table     by dynamodr table ensure, in both Regions at once
      the services  dynamodr serve, one for each Region
      front door    here the accelerator sends each connection to a Region

    Any AWS client works with --endpoint-url and any credentials. Nothing leaves this machine.

    Exit codes: 0 stopped when told to; 1 something did not start; 2 a bad option.
    """
    console = screen.console()
    signal.signal(signal.SIGTERM, stop)
    began = time.monotonic()
    try:
        with standing(given, console) as rehearsal, runfile.announced(rehearsal.endpoint):
            with console.status("Making the global table in both Regions"):
                make_table(rehearsal)
            with console.status("Starting the services"):
                rehearsal.services.start()
                rehearsal.services.wait_ready()
            console.print(f"[bold green]Ready[/] after {time.monotonic() - began:.1f} s.\n")
            console.print(addresses(rehearsal))
            console.print(try_these(rehearsal))
            stay(rehearsal, console)
    except (ServiceError, NotInstalledError, EngineError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("Stopped.")


def standing(given: dict[str, Any], console: Console) -> Rehearsal:
    """Start the world and the door by the options given; say which ports had to move."""
    # Imported late: moto takes half a second.
    from rehearsal.core.links import Lag  # noqa: PLC0415

    ports, moved = with_ports(usual_ports(), given)
    if moved:
        console.print(moved_ports(moved))
    if given["logs"] is not None:
        given["logs"].mkdir(parents=True, exist_ok=True)
    median = given["lag"]
    return Rehearsal(
        RehearsalConfig(
            ports,
            time_factor=given["time_factor"],
            lag=Lag(median, ceiling=max(5.0, 10 * median)),
            seed=given["seed"],
            engine=given["engine"],
            service_settings={"WRITE_MODE": given.get("write_mode", "any")},
            logs=given["logs"],
        )
    )


def make_table(rehearsal: Rehearsal) -> None:
    """Run the table job in every Region at once; a ServiceError when one fails, with what it said last."""
    jobs = rehearsal.table_jobs()
    for job in jobs:
        if (code := job.wait(rehearsal.table_seconds + LAST_WORDS_SECONDS)) != 0:
            for other in jobs:
                other.kill()
            last = job.lines[-1] if job.lines else "it said nothing"
            how = "is not done" if code is None else f"ended with {code}"
            raise ServiceError(f"dynamodr table ensure in {job.region} {how}: {last}")


def stay(rehearsal: Rehearsal, console: Console) -> NoReturn:
    """Stay until Ctrl-C; tell when a service ends by itself, once."""
    ended: set[str] = set()
    console.print("Ctrl-C stops it all.")
    try:
        while True:
            time.sleep(0.5)
            lost = rehearsal.world.desk.without_service()
            ended -= {region for region in ended if rehearsal.services[region].running}
            for region, service in rehearsal.services.by_region.items():
                if not service.running and region not in ended | lost:
                    ended.add(region)
                    console.print(f"[red]The service of {region} ended by itself[/]: {service.config.log}")
    except KeyboardInterrupt:
        console.print("\nStopping.")
        raise


def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Take a signal for Ctrl-C."""
    raise KeyboardInterrupt
