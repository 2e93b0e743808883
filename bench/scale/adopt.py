"""What `make bench` has measured, as the simulation takes it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from bench.lineup import DYNAMODR

if TYPE_CHECKING:
    from bench.report import Report
    from bench.scale.params import Measured


def adopted(report: Report, before: Measured) -> Measured:
    """Take the CPU of a get and of a create from a report. ValueError: it has not measured them."""
    get, create = (report.figure(DYNAMODR, operation) for operation in ("get", "create"))
    if get is None or create is None:
        raise ValueError("that report has no get and create of this service: run make bench")
    machine = report.machine
    return replace(
        before,
        get_ms=round(get.cpu_us.median / 1000, 3),
        create_ms=round(create.cpu_us.median / 1000, 3),
        where=f"{machine.processor}, {machine.cores} cores, {machine.system}, {machine.python}; "
        f"make bench of {report.at[:10]}",
    )
