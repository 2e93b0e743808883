"""Warm throughput: what a table takes at once. Only ever raised, slowly, while the table serves.

From docs/api-quirks of github.com/aws-controllers-k8s/dynamodb-controller: DDB-TABLE-024, 059, 121, 179
and 459.
That it holds for every replica: the developer guide, "Understanding DynamoDB warm throughput".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.core import errors
from rehearsal.core.describe import warm_units

if TYPE_CHECKING:
    from rehearsal.core.control import ControlPlane
    from rehearsal.core.tables import Copy, Request

INITIAL = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}
GUIDE = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
    "#on-demand-capacity-mode-initial"
)


def check_first_warmth(request: Request) -> None:
    """Raise where CreateTable asks for less than an on-demand table has, or a provisioned one is given."""
    asked = request.get("WarmThroughput") or {}
    provisioned = request.get("ProvisionedThroughput") or {}
    on_demand = request.get("BillingMode") == "PAY_PER_REQUEST"
    for name, initial in INITIAL.items():
        capacity = name.replace("UnitsPerSecond", "CapacityUnits")
        least = initial if on_demand else provisioned.get(capacity, 0)
        if name in asked and asked[name] < least:
            than = f"initial throughput for OnDemand. See: {GUIDE}"
            if not on_demand:
                than = f"{capacity} of ProvisionedThroughput"
            raise errors.invalid_value(f"Requested {name} for WarmThroughput for table is lower than {than}")


def raise_warmth(plane: ControlPlane, copy: Copy, asked: dict[str, int], now: float) -> None:
    """UpdateTable with WarmThroughput. A second request before the first is done takes its place."""
    definition = copy.group.definition
    if not asked:
        raise errors.not_emulated("UpdateTable with an empty WarmThroughput", "Name what to raise.")
    there = warm_units(definition)
    for name in INITIAL:
        if asked.get(name, there[name]) < there[name]:
            raise errors.invalid_value(
                f"Requested {name} for WarmThroughput for table is lower than current WarmThroughput, "
                "decreasing WarmThroughput is not supported"
            )
    target = {**there, **asked}
    definition.warming = target

    def warmed(_: float) -> None:
        if definition.warming is target:
            definition.warm, definition.warming = target, None

    plane.schedule.at(plane.after(plane.timings.warm_throughput, now), warmed)
