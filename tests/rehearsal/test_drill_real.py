"""Two real drills on one rehearsal: a Region is lost; then traffic and writes go home, --against it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from rich.console import Console

from rehearsal.cli import main
from rehearsal.core.links import Lag
from rehearsal.drill import report
from rehearsal.drill.command import inside, play
from rehearsal.drill.scenario import SCENARIOS, Heal, Inject, Load, Move, Ready, Watch
from rehearsal.ports import Choice, settle
from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports
from rehearsal.up import make_table

SCHEMA = Path(report.__file__).with_name("drill.schema.json")


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(
        ports,
        time_factor=0.02,
        lag=Lag(0.4),
        seed=1,
        service_settings={"WRITE_MODE": "active-region"},
        logs=tmp_path_factory.mktemp("logs"),
    )
    with Rehearsal(config) as standing:
        make_table(standing)
        standing.services.start()
        standing.services.wait_ready(60)
        yield standing


def test_a_region_is_lost_and_the_writes_come_home(
    rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SCENARIOS["region-outage"]
    inject = next(act for act in whole.acts if isinstance(act, Inject))
    acts = (Load(), Watch(1.5), inject, Watch(0.5), Move(forced=True), Watch(1), Heal(), Ready("{target}"))
    scenario = msgspec.structs.replace(whole, acts=acts)
    shown = io.StringIO()
    console = Console(file=shown, width=100)
    told = play(scenario, inside(rehearsal), {"rate": 40.0, "seed": 1, "out": tmp_path}, {}, console)
    assert told.passed, shown.getvalue()
    assert told.verdict.ledger_checked
    assert told.verdict.writes.failed > 0, "a lost Region is noticed"
    assert told.verdict.writes.seconds is not None
    assert told.commands[0].arguments[2:4] == ("us-west-2", "--forced")
    assert {step.name for step in told.steps} >= {"force", "dial-up", "dial-down"}
    assert rehearsal.world.desk.list() == [], "the fault is undone"
    assert "✓ The world's own ledger says the same" in shown.getvalue()
    drill = json.loads((tmp_path / "drill.json").read_text())
    jsonschema.validate(drill, json.loads(SCHEMA.read_text()))
    assert (tmp_path / "drill.html").read_text().count("<svg") == 1

    back = msgspec.structs.replace(SCENARIOS["failback"], acts=(Load(), Watch(1), Move(), Watch(1)))
    monkeypatch.setitem(SCENARIOS, "failback", back)
    home(rehearsal, tmp_path / "back")


def home(rehearsal: Rehearsal, out: Path) -> None:
    """The same code against what is known by URL and ARN alone: no ledger, no fault."""
    arguments = ["--against", rehearsal.url, "--accelerator-arn", rehearsal.accelerator.arn, "--rate", "30"]
    arguments += ["--aws-endpoint", rehearsal.endpoint, "--out", str(out)]
    result = CliRunner().invoke(main, ["drill", "failback", *arguments])
    assert result.exit_code == 0, result.output
    drill = json.loads((out / "drill.json").read_text())
    assert drill["verdict"]["rpo_writes"] == 0
    assert not drill["verdict"]["ledger_checked"]
    assert drill["target"] == "us-east-1"
    assert drill["place"] == rehearsal.url
    assert rehearsal.accelerator.dials() == {"us-east-1": 100, "us-west-2": 0}
