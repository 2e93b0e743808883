import xml.etree.ElementTree as ET

import msgspec
import pytest

from bench import lineup
from bench.aims import aims
from bench.document import BEGIN, END, replaced
from bench.figures import Figure, Sample, Spread, figures, percentile, spread
from bench.plot import plot
from bench.report import Export, Machine, Report, Scale, Standing
from bench.table import markdown


def sample(
    cpu_seconds: float, requests: int = 1000, peer: str = lineup.DYNAMODR, operation: str = "get"
) -> Sample:
    return Sample(peer, operation, requests, 2.0, cpu_seconds, 5.0, 9.0)


def figure(peer: str, operation: str, cpu_us: float, rate: float = 1000.0) -> Figure:
    return Figure(peer, operation, 1000, Spread(cpu_us, cpu_us, cpu_us), Spread(rate, rate, rate), 5.0, 9.0)


def report(**changes: object) -> Report:
    """A run in which every aim is met."""
    floor = [figure(lineup.BARE, one, 700) for one in lineup.FLOOR]
    ours = [figure(lineup.DYNAMODR, one, 900, 1500) for one in lineup.EVERYTHING]
    fast = [figure(lineup.FAST, one, 950, 1400) for one in lineup.EVERYTHING]
    made = Report(
        at="2026-11-23T10:00:00+00:00",
        commit="abc1234",
        quick=False,
        machine=Machine(
            "a processor (x86_64, virtual)", 2, 24, "Linux 6", "CPython 3.11", "DynamoDB Local", 0.1
        ),
        clients=8,
        rounds=5,
        seconds=2.5,
        users=1000,
        versions={"boto3": "1"},
        samples=[sample(1.0)],
        figures=[*ours, *fast, *floor],
        standing=[
            Standing(lineup.DYNAMODR, Spread(230, 220, 240), Spread(250, 240, 260), 65.0),
            Standing(lineup.HELLO, Spread(160, 150, 170), None, 0.0),
        ],
        scale=[
            Scale(users, figure(str(users), "page", cpu)) for users, cpu in ((1000, 3000), (1_000_000, 3100))
        ],
        export=Export(100_000, Spread(22, 21, 23), Spread(20, 19, 21), 5.0, 13.0, 10_000, 12.0),
        site_packages_mb=19.0,
    )
    return msgspec.structs.replace(made, **changes)


def missed(found: Report) -> list[str]:
    return [aim.text for aim in aims(found) if not aim.met]


def test_cpu_is_what_the_tree_used_by_the_requests_that_it_answered() -> None:
    assert sample(cpu_seconds=1.5, requests=1000).cpu_us == 1500
    assert sample(cpu_seconds=1.5, requests=1000).rate == 500


def test_figures_are_medians_with_the_least_and_the_most() -> None:
    found = figures([sample(1.0), sample(3.0), sample(1.2), sample(9.0, peer="other")])
    assert [one.peer for one in found] == [lineup.DYNAMODR, "other"]
    assert found[0].cpu_us == Spread(1200, 1000, 3000)
    assert found[0].requests == 3000
    with pytest.raises(ValueError, match="no values"):
        spread([])


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.99, 10), (0.0, 1), (1.0, 10)])
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], share) == value


def test_every_aim_is_judged_and_can_be_met() -> None:
    assert len(list(aims(report()))) == 15
    assert missed(report()) == []


@pytest.mark.parametrize(
    ("peer", "operation", "cpu", "rate", "text"),
    [
        (lineup.DYNAMODR, "get", 946, 1500, "CPU of a get at most 1.35"),
        (lineup.DYNAMODR, "create", 946, 1500, "CPU of a create at most 1.35"),
        (lineup.FAST, "get", 899, 1400, "CPU of a get below"),
        (lineup.ARTICLE, "add", 950, 1501, "Throughput of add-user"),
    ],
)
def test_an_aim_that_is_missed_is_told(peer: str, operation: str, cpu: float, rate: float, text: str) -> None:
    others = [one for one in report().figures if (one.peer, one.operation) != (peer, operation)]
    found = report(figures=[figure(peer, operation, cpu, rate), *others])
    assert [aim.startswith(text) for aim in missed(found)] == [True]
    assert "**missed**" in markdown(found)


def test_a_list_that_grows_with_the_table_is_told() -> None:
    grown = [Scale(1000, figure("1000", "page", 3000)), Scale(10_000, figure("10000", "page", 3310))]
    assert missed(report(scale=grown)) == ["CPU of a list page flat (± 10 %) from 1,000 to 10,000 users"]


@pytest.mark.parametrize(
    ("export", "aim"),
    [
        (Export(9, Spread(25, 25, 25), Spread(20, 20, 20), 5.0, 13.0, 9, 12.0), "CPU of an NDJSON export"),
        (
            Export(9, Spread(20, 20, 20), Spread(20, 20, 20), 5.0, 40.0, 9, 12.0),
            "An export takes constant memory",
        ),
    ],
)
def test_an_export_that_costs_or_grows_is_told(export: Export, aim: str) -> None:
    (text,) = missed(report(export=export))
    assert text.startswith(aim)


def test_what_was_not_measured_is_not_judged() -> None:
    assert list(aims(report(figures=[], standing=[], scale=[], export=None, site_packages_mb=None))) == []


def test_a_report_comes_back_from_its_file() -> None:
    assert msgspec.json.decode(msgspec.json.encode(report()), type=Report) == report()


def test_the_plot_is_xml_and_names_the_ratio() -> None:
    drawn = plot(report())
    ET.fromstring(drawn)
    assert "1.29 × · 900 µs" in drawn


def test_the_table_holds_every_figure_against_the_floor() -> None:
    text = markdown(report())
    assert "| dynamodr | 900 (900–900) | 1.29 × | 1,500 | 5.0 | 9.0 |" in text
    assert "quick run" not in text
    assert "quick run" in markdown(report(quick=True))


def test_only_what_was_measured_is_replaced() -> None:
    before = f"# Performance\n\n{BEGIN}\nold\n{END}\n\nTried.\n"
    assert replaced(before, "new\n") == f"# Performance\n\n{BEGIN}\nnew\n{END}\n\nTried.\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_document_without_its_markers_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="needs one line"):
        replaced(text, "new")
