"""docs/scale.md says what bench.scale finds, and the chart does what it says."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator
from msgspec import structs

from bench.figures import Figure, Spread
from bench.lineup import DYNAMODR
from bench.report import Machine, Report
from bench.scale import prices, sizing, sweep
from bench.scale.adopt import adopted
from bench.scale.document import PART, filled
from bench.scale.params import Measured, Service
from bench.scale.plots import plots
from bench.scale.sizing import RATES, size
from bench.scale.tables import tables, values

if TYPE_CHECKING:
    from bench.scale.plots import Played

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "scale.md").read_text()
VALUES: dict[str, Any] = yaml.safe_load((ROOT / "chart" / "values.yaml").read_text())


@pytest.fixture(scope="module")
def played() -> "Played":
    return sweep.play(Service())


def test_the_document_is_fresh(played: "Played") -> None:
    assert filled(DOCUMENT, tables(Service(), played)) == DOCUMENT, 'make scale ARGS="--doc docs/scale.md"'


def test_the_plots_are_fresh(played: "Played") -> None:
    """To the pixel: the last digit of a float may differ from machine to machine."""

    def pixels(picture: str) -> str:
        return re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.0f}", picture)

    for name, picture in plots(played).items():
        assert pixels((ROOT / "docs" / f"scale-{name}.svg").read_text()) == pixels(picture), name
        assert f"(scale-{name}.svg)" in DOCUMENT


def test_a_document_with_other_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="sizes"):
        filled("<!-- scale: sizes -->\n<!-- scale: end -->", {"prices": ""})
    assert len(PART.findall(DOCUMENT)) == 14


@pytest.mark.parametrize("rate", RATES)
def test_the_values_are_the_charts(rate: float) -> None:
    given = yaml.safe_load(values(size(rate, Service())).strip("`").removeprefix("yaml"))
    schema = json.loads((ROOT / "chart" / "values.schema.json").read_text())
    merged = {
        name: {**value, **given.get(name, {})} if isinstance(value, dict) else value
        for name, value in VALUES.items()
    }
    Draft7Validator(schema).validate(merged)
    assert given["autoscaling"]["maxReplicas"] >= 2 * given["autoscaling"]["minReplicas"]
    assert given.keys() <= VALUES.keys()


def test_the_chart_has_the_defaults_that_were_found(played: "Played") -> None:
    scaling = VALUES["autoscaling"]
    assert VALUES["resources"]["requests"]["cpu"] == f"{sizing.DEFAULT_REQUEST * 1000:.0f}m"
    assert scaling["targetCPUUtilizationPercentage"] == sizing.TARGET * 100
    assert scaling["minReplicas"] == sizing.ZONES
    targets = [
        (run.scaler.target, found) for run, found, _ in played["target"] if run.name == "no node comes"
    ]
    survive = [target for target, found in targets if found.recovered_after is not None]
    assert max(survive) == sizing.TARGET, "the highest at which the survivor needs no node"
    down = scaling["behavior"]["scaleDown"]
    returning = next(run for run, found, _ in played["return"] if found.given_up == 0)
    assert down["stabilizationWindowSeconds"] == returning.scaler.steady
    (policy,) = down["policies"]
    assert policy["value"] == returning.scaler.shrink * 100
    assert policy["periodSeconds"] == returning.scaler.shrink_period


def test_the_chart_refuses_more_workers_than_the_fence_can_tell() -> None:
    check = (ROOT / "chart" / "templates" / "_check.tpl").read_text()
    (limit,) = re.findall(r"gt \$workers (\d+)", check)
    assert int(limit) == sizing.most_workers(sizing.FENCE_READS)


def test_a_table_needs_what_the_surge_says(played: "Played") -> None:
    found = {run.name: found for run, found, _ in played["table"]}
    enough = found[f"warm for {sizing.SURGE:g} × all traffic"]
    assert enough == found["warm for 2 × all traffic"].__class__(
        **{name: getattr(found["warm for 2 × all traffic"], name) for name in enough.__struct_fields__}
        | {"name": enough.name}
    )
    assert (enough.recovered_after or 1e9) < (found["warm for 1 × all traffic"].recovered_after or 1e9)


def test_sizes_are_arithmetic() -> None:
    service = Service(get_ms=1.0, create_ms=1.0, reads=0.5)
    each = size(100_000.0, service)
    assert each.cores == pytest.approx(100)
    assert each.pods == 56  # 100,000 / 2 × 1 ms / (2 × 0.45)
    assert (each.node, each.nodes) == ("c7g.4xlarge", 8)  # 7 pods of 2 cores in 15.5
    assert (each.reads, each.writes) == (25_000, 50_000)
    assert (each.warm_reads, each.warm_writes) == (32_000, 63_000)
    assert each.over_quota
    assert each.dollars["nodes, on demand"] == pytest.approx(2 * 8 * 16 * prices.CORE.dollars * 730)
    seconds = 730 * 3600
    assert each.dollars["DynamoDB reads"] == pytest.approx(25_000 * seconds / 1e6 * 0.125)
    assert each.dollars["DynamoDB writes, in both Regions"] == pytest.approx(
        2 * 50_000 * seconds / 1e6 * 0.625
    )


def test_tiers_add_up() -> None:
    assert prices.out_to_the_internet(5_000) == pytest.approx(450)
    assert prices.out_to_the_internet(60_000) == pytest.approx(900 + 3_400 + 700)


def test_every_price_can_be_checked() -> None:
    for each in prices.ALL.values():
        assert each.page.startswith("aws.amazon.com/")
        assert re.fullmatch(r"20\d\d-\d\d", each.known)


def test_what_the_bench_measured_can_be_adopted() -> None:
    spread = Spread(1_234.4, 1_200.0, 1_300.0)
    figures = [Figure(DYNAMODR, name, 1_000, spread, spread, 1.0, 2.0) for name in ("get", "create")]
    machine = Machine("a processor", 2, 8, "Linux", "3.11", "an engine", 0.5)
    report = Report(
        "2026-11-30T15:15", "", False, machine, 8, 1, 1.0, 1_000, {}, [], figures, [], [], None, None
    )
    before = Measured(1.0, 2.0, 3.0, 4.0, "here")
    after = adopted(report, before)
    assert (after.get_ms, after.create_ms, after.attempt_ms, after.refusal_ms) == (1.234, 1.234, 3.0, 4.0)
    assert after.where == "a processor, 2 cores, Linux, 3.11; make bench of 2026-11-30"
    with pytest.raises(ValueError, match="run make bench"):
        adopted(structs.replace(report, figures=figures[:1]), before)
