"""`rehearsal drill`."""

import signal
import sys
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError
from rich.console import Console

from rehearsal import screen
from rehearsal.drill.live import Live
from rehearsal.drill.options import against_options, place_of
from rehearsal.drill.place import Place
from rehearsal.drill.scenario import SCENARIOS, Scenario
from rehearsal.engine.local_server import EngineError
from rehearsal.options import ENGINES
from rehearsal.ports import Choice, PortTakenError, settle
from rehearsal.services import ServiceError
from rehearsal.tethered import NotInstalledError

TIME_FACTOR = 0.1


@click.command(
    epilog="\b\nScenarios:\n" + "\n".join(f"  {one.name:<19} {one.says}" for one in SCENARIOS.values())
)
@click.argument("scenario", type=click.Choice(list(SCENARIOS)), metavar="SCENARIO")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where drill.json and drill.html go [default: out/SCENARIO].",
)
@click.option(
    "--rate", type=click.FloatRange(1, 2000), default=100.0, show_default=True, help="Requests a second."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Draw the same users, lags and times again."
)
@click.option("--engine", type=click.Choice(ENGINES), default="moto", show_default=True)
@click.option(
    "--lag",
    type=click.FloatRange(0, 60),
    default=0.4,
    show_default=True,
    help="Median replication lag, seconds.",
)
@click.option(
    "--time-factor",
    type=click.FloatRange(0, 5, min_open=True),
    default=TIME_FACTOR,
    show_default=True,
    help="How long health checks and the deployment of dials take, in parts of what they take on AWS.",
)
@against_options
def drill(scenario: str, **given: Any) -> None:
    """Run a disaster under load, with the real failover command, and tell what it cost.

    Stands up two Regions of its own on free ports, or takes those that --against names. Writes drill.json
    (its schema: rehearsal/drill/drill.schema.json) and drill.html, one file to look at.

    With --against it uses your own AWS credentials, as the failover command does. They must be allowed what
    deploy/iam/failover.json allows and dynamodb:BatchGetItem on the table in both Regions; with
    --fis-template also fis:StartExperiment, fis:GetExperiment and fis:StopExperiment.

    \b
    Exit codes: 0 all that the scenario must show is true; 1 something is not, or the drill's count and the
    world's own ledger disagree; 2 bad usage; 130 interrupted.
    """
    console = screen.console()
    signal.signal(signal.SIGTERM, _stop)
    chosen = SCENARIOS[scenario]
    try:
        with ExitStack() as standing:
            place, extra = place_of(chosen, given), {}
            if place is None:
                place = stand(standing, given, console)
                extra = {name: given[name] for name in ("engine", "lag", "time_factor", "seed")}
            report = play(chosen, place, given, extra, console)
    except (ServiceError, NotInstalledError, EngineError, PortTakenError, BotoCoreError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("Stopped.")
        sys.exit(130)
    sys.exit(0 if report.passed else 1)


def stand(standing: ExitStack, given: dict[str, Any], console: Console) -> Place:
    """Stand up a rehearsal of the drill's own, on free ports."""
    # Imported late: moto takes half a second.
    from rehearsal.core.links import Lag  # noqa: PLC0415
    from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports  # noqa: PLC0415
    from rehearsal.up import make_table  # noqa: PLC0415

    with console.status("Standing up two Regions"):
        ports, _ = settle(usual_ports(), Choice.AUTO)
        config = RehearsalConfig(
            ports,
            time_factor=given["time_factor"],
            lag=Lag(given["lag"], ceiling=max(5.0, 10 * given["lag"])),
            seed=given["seed"],
            engine=given["engine"],
            service_settings={"WRITE_MODE": "active-region"},
        )
        rehearsal = standing.enter_context(Rehearsal(config))
        make_table(rehearsal)
        rehearsal.services.start()
        rehearsal.services.wait_ready(60.0)
    return inside(rehearsal)


def inside(rehearsal: Any) -> Place:
    """A standing rehearsal as a drill's place."""
    return Place(
        url=rehearsal.url,
        accelerator_arn=rehearsal.accelerator.arn,
        regions=tuple(rehearsal.config.regions),
        aws_endpoint=rehearsal.endpoint,
        admin=f"{rehearsal.endpoint}/_rehearsal",
        time_factor=rehearsal.config.time_factor,
    )


def play(
    scenario: Scenario, place: Place, given: dict[str, Any], extra: dict[str, Any], console: Console
) -> Any:
    """Run the drill, write its files, print its verdict; return the report."""
    from rehearsal.drill.failing import ByFis, Failing, InRehearsal  # noqa: PLC0415 - boto3 takes a while
    from rehearsal.drill.load import Settings  # noqa: PLC0415
    from rehearsal.drill.place import Eyes  # noqa: PLC0415
    from rehearsal.drill.report import make, save, show  # noqa: PLC0415
    from rehearsal.drill.run import Drill  # noqa: PLC0415

    run = uuid.uuid4().hex[:8]
    eyes = Eyes(place, run)
    failing: Failing | None = InRehearsal(eyes) if place.admin else None
    if given.get("fis_template"):
        failing = ByFis.of(given["fis_template"], given.get("fis_region") or place.regions[0])
    load = Settings(
        url=place.url,
        base_path=place.base_path,
        rate=given["rate"],
        staying=scenario.staying,
        seed=given["seed"] or 0,
        run=run,
        token=place.token,
    )
    began = time.time()
    with Live(console, scenario, place.regions) as live:
        drill = Drill(scenario, eyes, failing, load, said=live.said, saw=live.saw, warned=live.warned)
        evidence = drill.run()
    report = make(scenario, evidence, place, {"rate": given["rate"], **extra}, began)
    out = given.get("out") or Path("out", scenario.name)
    show(console, report, save(report, evidence, out))
    return report


def _stop(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
