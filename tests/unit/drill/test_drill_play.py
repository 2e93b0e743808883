"""Playing a scenario when something in its way fails: what was begun is ended, or named."""

import pytest

from rehearsal.drill import healing, run
from rehearsal.drill.failing import ByFis
from rehearsal.drill.load import Settings, refusal
from rehearsal.drill.run import Drill
from rehearsal.drill.scenario import SCENARIOS, Act, Heal, Inject
from tests.unit.drill.standing import Fis, Sight, drill

LOST, NO_DIALS = Inject("lost", ()), Inject("no dials", ())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "refusal", lambda _: "")
    monkeypatch.setattr(run, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(healing, "HEAL_SECONDS", 0.05)
    monkeypatch.setattr(healing, "HEAL_PAUSE", 0.001)


def test_a_place_that_takes_no_writes_is_named_with_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "refusal", refusal)
    monkeypatch.setattr(run, "READY_SECONDS", 0.0)
    closed = Settings(url="http://127.0.0.1:1", run="r")
    made = Drill(SCENARIOS["planned-failover"], Sight(), None, closed)  # type: ignore[arg-type]  # stands in
    probe = "PUT http://127.0.0.1:1/dynamodr/users/drill-r-probe/Nobody: connection refused"
    assert made.run().problems[0].endswith(probe)


def test_a_throttled_stop_is_asked_again() -> None:
    fis = Fis()
    fis.refusals = 1
    played = drill(LOST, Heal(), failing=ByFis("EXT1", fis, poll=0))[0].run()
    assert fis.states == {"EXP1": "stopped"}
    assert played.problems == []


@pytest.mark.parametrize("acts", [(LOST, NO_DIALS), (LOST, NO_DIALS, Heal("no dials"))])
def test_every_experiment_is_stopped_in_the_end(acts: tuple[Act, ...]) -> None:
    fis = Fis()
    drill(*acts, failing=ByFis("EXT1", fis, poll=0))[0].run()
    assert fis.states == {"EXP1": "stopped", "EXP2": "stopped"}


def test_what_can_not_be_stopped_is_named_and_the_others_are_stopped() -> None:
    class Stuck(Fis):
        def stop_experiment(self, id: str) -> None:  # noqa: A002 - boto3's name
            self.refusals = id == "EXP1"
            super().stop_experiment(id)

    fis = Stuck()
    made, warned = drill(LOST, NO_DIALS, Heal(), failing=ByFis("EXT1", fis, poll=0))
    played = made.run()
    assert fis.states == {"EXP1": "running", "EXP2": "stopped"}
    stop = "aws fis stop-experiment --id EXP1 --region us-east-1"
    assert played.problems[-1] == f"AWS FIS experiment EXP1 may still run; stop it: {stop}"
    assert warned == played.problems[-1:]
    assert "ThrottlingException" in played.problems[0]
