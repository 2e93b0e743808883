"""The end of the story: a drill on the world of the story, in which the Region that writes is lost."""

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rehearsal.demo.telling import Telling
from rehearsal.drill.command import inside
from rehearsal.drill.failing import InRehearsal
from rehearsal.drill.figures import figures
from rehearsal.drill.load import Settings
from rehearsal.drill.place import Eyes
from rehearsal.drill.report import Report, make, save
from rehearsal.drill.run import Drill
from rehearsal.drill.scenario import SCENARIOS, Heal, Inject, Load, Move, Ready, Watch

if TYPE_CHECKING:
    from rehearsal.running import Rehearsal

PER_SECOND = 60.0
# The other way round, for the writes have just moved; and shorter.
DISASTER = msgspec.structs.replace(
    SCENARIOS["region-outage"],
    back=True,
    acts=(
        Load(),
        Watch(2.0),
        *(act for act in SCENARIOS["region-outage"].acts if isinstance(act, Inject)),
        Watch(1.0),
        Move(forced=True),
        Watch(1.5),
        Heal(),
        Ready("{target}"),
        Watch(1.0),
    ),
)


def disaster(rehearsal: "Rehearsal", telling: Telling, out: Path) -> tuple[Report, Path]:
    """Play it; return its report, and the path of its page."""
    place = inside(rehearsal)
    home, other = place.regions[:2]
    run = uuid.uuid4().hex[:8]
    eyes = Eyes(place, run)
    load = Settings(url=place.url, rate=PER_SECOND, clients=8, run=run)
    began = time.time()
    telling.say(
        f"{PER_SECOND:.0f} requests a second, reads and writes; {other} is killed, with its DynamoDB;"
    )
    telling.say(f"dynamodr failover to {home} --forced; {other} comes back")
    with telling.waiting("") as waiting:
        evidence = Drill(DISASTER, eyes, InRehearsal(eyes), load, said=waiting).run()
    report = make(DISASTER, evidence, place, {"rate": PER_SECOND}, began)
    for name, value in figures(report.verdict):
        telling.say(f"{name:22}{value}")
    return report, save(report, evidence, out)
