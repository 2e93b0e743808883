"""Measure the service beside its peers: `python -m bench`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from bench import aims, document
from bench.plot import plot
from bench.report import Report
from bench.run import QUICK, Plan, Run
from bench.server import PeerError
from bench.table import markdown
from rehearsal.engine.local_server import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command()
@click.option("--quick", is_flag=True, help="Under a minute: shows that it works, not what is so.")
@click.option(
    "--users", type=click.IntRange(1_000), default=1_000_000, show_default=True, help="The largest table."
)
@click.option("--rounds", type=click.IntRange(1), default=None, help="Of each comparison.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/bench"), show_default=True)
@click.option(
    "--doc",
    type=click.Path(path_type=Path, exists=True),
    help="Measure nothing: write what OUT has into this document, and its plot beside it.",
)
def main(quick: bool, users: int, rounds: int | None, out: Path, doc: Path | None) -> None:
    """Measure the service and its peers on one DynamoDB Local: about a quarter of an hour.

    Writes bench.json, bench.md and bench.svg. Needs Java 17, Maven once (for DynamoDB Local), and Go once
    (for vegeta).

    Exit codes: 0 measured, whether or not the aims are met; 1 it could not be; 2 wrong usage.
    """
    try:
        if doc:
            _write(doc, out)
            return
        if not Path("/proc/self/smaps_rollup").exists():
            raise click.ClickException("CPU and memory are counted as Linux tells them: run this on Linux")
        plan = QUICK if quick else Plan()
        plan = plan._replace(scale=tuple(sorted({min(one, users) for one in plan.scale})))
        report = Run(plan._replace(rounds=rounds or plan.rounds), _teller())()
    except (EngineError, PeerError, OSError, ValueError, subprocess.CalledProcessError) as error:
        raise click.ClickException(str(error)) from error
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (out / "bench.md").write_text(markdown(report))
    (out / "bench.svg").write_text(plot(report))
    for aim in aims.aims(report):
        click.echo(f"{'met   ' if aim.met else 'MISSED'}  {aim.text}: {aim.measured}")
    click.echo(f"bench: {out}/bench.md, bench.json, bench.svg")


def _write(doc: Path, out: Path) -> None:
    report = msgspec.json.decode((out / "bench.json").read_bytes(), type=Report)
    picture = doc.with_suffix(".svg")
    measured = f"![CPU a request, by operation and peer]({picture.name})\n\n{markdown(report)}"
    doc.write_text(document.replaced(doc.read_text(), measured))
    picture.write_text(plot(report))


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"bench: {time.monotonic() - began:4.0f} s  {text}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    main()
