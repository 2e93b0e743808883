"""A place to drill in that is not there, and an AWS FIS in memory."""

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.drill.failing import Failing
from rehearsal.drill.load import Settings
from rehearsal.drill.place import Place
from rehearsal.drill.record import Sample
from rehearsal.drill.run import Drill
from rehearsal.drill.scenario import Act, Scenario
from tests.unit.drill.seen import EAST, WEST

HEALTH = {EAST: "HEALTHY", WEST: "HEALTHY"}


class Fis:
    """AWS FIS. `refusals`: how many calls of StopExperiment are throttled from now on."""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(region_name=EAST)
        self.states: dict[str, str] = {}
        self.refusals = 0

    def start_experiment(self, **_: Any) -> dict[str, Any]:
        name = f"EXP{len(self.states) + 1}"
        self.states[name] = "running"
        return {"experiment": {"id": name}}

    def get_experiment(self, id: str) -> dict[str, Any]:  # noqa: A002 - boto3's name
        return {"experiment": {"state": {"status": self.states[id]}}}

    def stop_experiment(self, id: str) -> None:  # noqa: A002 - boto3's name
        if self.refusals:
            self.refusals -= 1
            told: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            raise ClientError(told, "StopExperiment")
        self.states[id] = "stopped"


class Sight:
    """Eyes that see two healthy Regions, the first of which takes the writes."""

    def __init__(self, place: Place | None = None) -> None:
        self.place = place or Place(url="http://door", accelerator_arn="arn:x", regions=(EAST, WEST))
        self.stored: dict[str, str] = {}

    def sample(self, at: float) -> Sample:
        return Sample(at=at, health=HEALTH)

    def standings(self) -> dict[str, str]:
        return {EAST: "active", WEST: "standby"}

    def ledger(self, _target: str = "") -> None:
        return None

    def holdings(self, _region: str) -> dict[str, str]:
        return dict(self.stored)


def drill(*acts: Act, failing: Failing | None = None, sight: Sight | None = None) -> tuple[Drill, list[str]]:
    """A drill of these acts, and all that a person will be warned of."""
    scenario = Scenario(name="region-outage", says="", acts=acts)
    warned: list[str] = []
    eyes: Any = sight or Sight()
    return Drill(scenario, eyes, failing, Settings(url="http://door"), warned=warned.append), warned
