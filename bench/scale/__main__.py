"""Simulate, size, and write it down: `python -m bench.scale`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from msgspec.structs import replace

from bench.report import Report
from bench.scale import sizing, sweep
from bench.scale.adopt import adopted
from bench.scale.document import filled
from bench.scale.params import MEASURED, Measured, Service
from bench.scale.plots import plots
from bench.scale.tables import tables

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/scale"), show_default=True)
@click.option("--reads", type=click.FloatRange(0, 1), default=Service().reads, show_default=True)
@click.option("--get-ms", type=click.FloatRange(0.01), default=Service().get_ms, show_default=True)
@click.option("--create-ms", type=click.FloatRange(0.01), default=Service().create_ms, show_default=True)
@click.option("--doc", type=FILE, help="Write the tables into this document, and the plots beside it, too.")
@click.option(
    "--adopt", type=FILE, help="Compute nothing: take the CPU that this bench.json found for the default."
)
def main(
    *, out: Path, reads: float, get_ms: float, create_ms: float, doc: Path | None, adopt: Path | None
) -> None:
    """Simulate evacuations at 100,000 requests a second, and size 1,000, 100,000 and 1,000,000, in seconds.

    Writes sizes.json, outcomes.json, a JSON of every run's seconds and the plots. The same numbers each time.
    --reads: their share of the requests. --get-ms, --create-ms: CPU a request.
    """
    if adopt:
        before = msgspec.json.decode(MEASURED.read_bytes(), type=Measured)
        report = msgspec.json.decode(adopt.read_bytes(), type=Report)
        try:
            _write(MEASURED, adopted(report, before))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"scale: {MEASURED.name} has what {adopt} found")
        return
    service = replace(Service(), reads=reads, get_ms=get_ms, create_ms=create_ms)
    played = sweep.play(service)
    out.mkdir(parents=True, exist_ok=True)
    sizes = [sizing.size(rate, service) for rate in sizing.RATES]
    _write(out / "sizes.json", sizes)
    outcomes = {kind: [found for _, found, _ in several] for kind, several in played.items()}
    _write(out / "outcomes.json", outcomes)
    for kind, several in played.items():
        runs = [{"run": run, "seconds": seconds} for run, _, seconds in several]
        (out / f"{kind}.json").write_bytes(msgspec.json.encode(runs))
    drawn = plots(played)
    for name, picture in drawn.items():
        (out / f"{name}.svg").write_text(picture)
    if doc:
        doc.write_text(filled(doc.read_text(), tables(service, played)))
        for name, picture in drawn.items():
            doc.with_name(f"{doc.stem}-{name}.svg").write_text(picture)
    click.echo(f"scale: {out}/sizes.json, outcomes.json, and {len(drawn)} plots{f'; {doc}' if doc else ''}")


def _write(path: Path, what: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(what)) + b"\n")


if __name__ == "__main__":
    main()
