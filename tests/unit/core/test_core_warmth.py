"""Warm throughput as AWS raises it: in every Region, in minutes, never down, the table ACTIVE throughout."""

from typing import Any

import pytest

from tests.unit.core.planes import EAST, WEST, Plane, refused

INVALID = "ValidationException"
READ, WRITE = "ReadUnitsPerSecond", "WriteUnitsPerSecond"


def warm(plane: Plane, region: str = EAST) -> tuple[int, int, str]:
    shown = plane.describe(region)["WarmThroughput"]
    return shown[READ], shown[WRITE], shown["Status"]


def global_table() -> Plane:
    plane = Plane()
    plane.table(EAST, WEST)
    plane.wait(10)
    return plane


def test_every_on_demand_table_has_some() -> None:
    assert warm(global_table(), WEST) == (12_000, 4_000, "ACTIVE")


def test_a_raise_takes_minutes_and_holds_in_every_region() -> None:
    plane = global_table()
    answered = plane.update(WEST, WarmThroughput={READ: 40_000, WRITE: 10_000})
    assert (answered["TableStatus"], answered["WarmThroughput"]["Status"]) == ("ACTIVE", "UPDATING")
    for region in (EAST, WEST):
        assert warm(plane, region) == (12_000, 4_000, "UPDATING")
    plane.wait(271)
    assert warm(plane) == (12_000, 4_000, "UPDATING")
    plane.wait(230)
    for region in (EAST, WEST):
        assert warm(plane, region) == (40_000, 10_000, "ACTIVE")


@pytest.mark.parametrize(("asked", "named"), [({READ: 39_999}, READ), ({READ: 40_000, WRITE: 9_999}, WRITE)])
def test_it_is_never_lowered(asked: dict[str, int], named: str) -> None:
    plane = global_table()
    plane.update(EAST, WarmThroughput={READ: 40_000, WRITE: 10_000})
    plane.wait(501)
    words = (
        f"Requested {named} for WarmThroughput for table is lower than current WarmThroughput, "
        "decreasing WarmThroughput is not supported"
    )
    with refused(INVALID, words):
        plane.update(EAST, WarmThroughput=asked)
    plane.update(EAST, WarmThroughput={WRITE: 10_000})  # the same again is no error
    plane.wait(501)
    assert warm(plane) == (40_000, 10_000, "ACTIVE")


def test_the_last_of_two_raises_holds() -> None:
    plane = global_table()
    plane.update(EAST, WarmThroughput={READ: 90_000})
    plane.wait(5)
    plane.update(WEST, WarmThroughput={READ: 40_000})
    plane.wait(1000)
    assert warm(plane) == (40_000, 4_000, "ACTIVE")


def test_it_comes_alone() -> None:
    plane = global_table()
    with refused(INVALID, "WarmThroughput must be the only operation in the request"):
        plane.update(EAST, WarmThroughput={READ: 40_000}, OnDemandThroughput={"MaxReadRequestUnits": 9})


def test_a_table_is_made_with_it() -> None:
    plane = Plane()
    plane.create(WarmThroughput={READ: 20_000})
    plane.wait(10)
    assert warm(plane) == (20_000, 4_000, "ACTIVE")


@pytest.mark.parametrize(
    ("asked", "than"),
    [
        (
            {"WarmThroughput": {READ: 11_999}},
            "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/",
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                "WarmThroughput": {READ: 4},
            },
            "ReadCapacityUnits of ProvisionedThroughput",
        ),
    ],
)
def test_no_table_is_made_with_less_than_it_has_anyway(asked: dict[str, Any], than: str) -> None:
    words = f"Requested ReadUnitsPerSecond for WarmThroughput for table is lower than {than}"
    with refused(INVALID, words):
        Plane().create(**asked)
