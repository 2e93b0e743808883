"""drill.json keeps to its schema, and drill.html is one file that fetches nothing."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rehearsal.drill import report as reporting
from rehearsal.drill.page import page
from rehearsal.drill.place import Place
from rehearsal.drill.record import Command, Evidence, Look, Mark, Request, Sample, Step, WorldWrite
from rehearsal.drill.report import Report, make, save, schema
from rehearsal.drill.scenario import SCENARIOS
from tests.unit.drill.seen import EAST, WEST, evidence, failed, read, write

SCHEMA = Path(reporting.__file__).with_name("drill.schema.json")
PLACE = Place(url="http://door", accelerator_arn="arn:x", regions=(EAST, WEST), admin="http://world")
T = 1_700_000_000.0


def seen() -> Evidence:
    requests: list[Request] = [
        write(T + 1, "<b>a</b>/x", "a1"),
        read(T + 1.2, region=EAST),
        failed(T + 3),
        read(T + 3.1, ok=False),
        read(T + 6, region=WEST),
        *(write(T + 8 + n, f"b{n}/x", f"b{n}", region=WEST) for n in range(5)),
    ]
    held = {f"b{n}/x": f"b{n}" for n in range(5)}
    return evidence(
        requests,
        marks=[
            Mark(at=T + 2, what="on", name=f"{EAST} is lost", until=T + 8.9),
            Mark(at=T + 2, what="fault", name=f"{EAST} is lost", until=T + 9),
        ],
        steps=[
            Step(at=T + 5, kind="step", name="force", detail="takes the writes", ok=True),
            Step(at=T + 6, kind="wait", name="deployed", detail="waits"),
        ],
        commands=[
            Command(arguments=("to", WEST), began=T + 4, ended=T + 7, exit_code=0, outcome="done", detail="")
        ],
        samples=[
            Sample(at=T + 1, dials={EAST: 100, WEST: 0}, lag={EAST: 1.0}, fence={EAST: EAST, WEST: EAST}),
            Sample(at=T + 4, fence={WEST: ""}),
            Sample(at=T + 7, dials={EAST: 0, WEST: 100}, lag={EAST: 6.0}, fence={WEST: WEST}),
        ],
        moved_at=T + 5,
        at_move={},
        in_flight=[WorldWrite(key="<b>a</b>/x", region=EAST, at=T + 1)],
        after={EAST: dict(held), WEST: dict(held)},
        lost=[WorldWrite(key="<b>a</b>/x", region=EAST, at=T + 1)],
    )


@pytest.fixture
def report() -> Report:
    return make(SCENARIOS["region-outage"], seen(), PLACE, {"rate": 100.0}, T)


def test_the_schema_in_the_repository_is_what_the_types_say() -> None:
    told = json.dumps(schema(), indent=2) + "\n"
    assert SCHEMA.read_text() == told, f"write it anew: {SCHEMA}"
    jsonschema.Draft202012Validator.check_schema(json.loads(told))


def test_drill_json_keeps_to_the_schema(report: Report, tmp_path: Path) -> None:
    where = save(report, seen(), tmp_path)
    told = json.loads((tmp_path / "drill.json").read_text())
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.validate(told)
    assert told["verdict"]["lost"][0]["key"] == "<b>a</b>/x"
    assert told["verdict"]["rpo_writes"] == 1
    assert told["passed"]
    assert len((tmp_path / "requests.ndjson").read_text().splitlines()) == 10
    assert where == tmp_path / "drill.html"
    del told["verdict"]["lost"]
    assert not validator.is_valid(told)


class Tags(HTMLParser):
    """Every tag with its attributes, and those that were never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "path", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_page_is_whole_escaped_and_fetches_nothing(report: Report) -> None:
    text = page(report)
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    names = {name for name, _ in tags.found}
    assert {"svg", "table", "dl"} <= names
    assert not names & {"script", "link", "img", "iframe", "base"}
    fetching: list[Any] = [
        value for _, attributes in tags.found for name, value in attributes.items() if name in ("src", "href")
    ]
    assert fetching == []
    assert "url(" not in text
    assert "@import" not in text
    assert "&lt;b&gt;a&lt;/b&gt;/x" in text, "the lost update, by name"
    assert "<b>a</b>" not in text
    assert "prefers-color-scheme:dark" in text
    for shown in ("us-east-1 is lost", "connection reset", ">force<", "moving", "no answer", "passed"):
        assert shown in text


def test_the_page_tells_how_the_target_was_looked_at() -> None:
    look = Look(since=T - 1, ended=T + 8, users=1)
    told = seen()
    told.look = look
    text = page(make(SCENARIOS["region-outage"], told, PLACE, {}, T))
    assert "Looked for: 1 users, written from -3.0 s on, within 3.0 s of the move" in text
    assert "<dd>at least 1 writes" in text
    told.at_move = told.look = None
    text = page(make(SCENARIOS["region-outage"], told, PLACE, {}, T))
    assert "What us-west-2 held when the writes became its own could not be read." in text


def test_a_drill_that_saw_nothing_still_makes_a_page() -> None:
    empty = make(SCENARIOS["planned-failover"], evidence([], problems=["not ready"]), PLACE, {}, T)
    assert not empty.passed
    assert "not ready" in page(empty)
