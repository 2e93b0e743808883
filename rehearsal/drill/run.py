"""The drill: plays a scenario in a place and gathers the evidence. What it means, `verdict` says."""

import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from rehearsal.drill.failing import Failing
from rehearsal.drill.healing import TROUBLE, Faults, StillOnError
from rehearsal.drill.load import Settings, refusal
from rehearsal.drill.operator import MOVED, fail_over
from rehearsal.drill.place import Eyes, within
from rehearsal.drill.record import Command, Evidence, Look, Mark, Request, Step
from rehearsal.drill.scenario import Act, Heal, Inject, Load, Move, Ready, Scenario, Watch, filled
from rehearsal.drill.traffic import Traffic

SAMPLE_SECONDS = 0.5
READY_SECONDS = 60.0
CONVERGE_SECONDS = 60.0
QUIET_SECONDS = 10.0
LOOK_BACK_SECONDS = 60.0
"""Of the writes before the move, those of the last minute are looked for in the target, or those since the
first fault, where that is longer ago: older ones have arrived."""
HEARD_SECONDS = 0.2
"""Until the drill has heard of every answer that its clients have got."""


class NotReadyError(Exception):
    """The place did not come to the state that the drill needs; the text says which."""


class Drill:
    """One drill. `saw` gets each request, `said` a line now and then, for a person.

    `warned` gets what the person must do something about: commands to copy, never to be cut short.
    """

    def __init__(
        self,
        scenario: Scenario,
        eyes: Eyes,
        failing: Failing | None,
        load: Settings,
        *,
        said: Callable[[str], None] = lambda _: None,
        saw: Callable[[Request], None] = lambda _: None,
        warned: Callable[[str], None] = lambda _: None,
    ) -> None:
        home, other = eyes.place.regions[:2]
        source, target = (other, home) if scenario.back else (home, other)
        self.evidence = Evidence(scenario=scenario.name, source=source, target=target, requests=[])
        self._scenario, self._eyes, self._load = scenario, eyes, load
        self._faults = Faults(self.evidence, failing, said) if failing else None
        self._said, self._saw, self._warned = said, saw, warned
        self._traffic: Traffic | None = None
        self._seen: set[str] = set()
        self._ended = threading.Event()

    def run(self) -> Evidence:
        """Play it. Whatever goes wrong is in the evidence's problems; faults are ended in any case."""
        watching = threading.Thread(target=self._watch, name="drill-watch", daemon=True)
        try:
            acts = self._acts()
            loaded = isinstance(acts[0], Load)
            self._ready(self.evidence.source if loaded else self._eyes.place.regions[0])
            for act in acts:
                if isinstance(act, Load):
                    watching.start()
                self._do(act)
            within(QUIET_SECONDS, self._quiet)
        except (*TROUBLE, NotReadyError, StillOnError) as error:
            self.evidence.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self._heal_all()
            if self._traffic is not None:
                self._traffic.stop()
                self.evidence.requests = sorted(self._traffic.requests, key=lambda one: one.at)
            self._ended.set()
            if watching.ident is not None:
                watching.join()
        if look := self.evidence.look:
            late = self._unseen(look.since, self.evidence.moved_at or 0.0)
            self.evidence.look = msgspec.structs.replace(look, late=tuple(late))
        self._converge()
        return self.evidence

    def _quiet(self) -> bool:
        """Whether the last second saw reads and writes, and none failed: an outage must have an end."""
        since = time.time() - 1.0
        recent = [one for one in self._traffic.requests[-500:] if one.end > since] if self._traffic else []
        return {one.kind for one in recent} == {"read", "write"} and all(one.ok for one in recent)

    def _acts(self) -> Sequence[Act]:
        if self._faults is None:  # what needs no fault is what's left: from the load on
            acts = list(self._scenario.acts)
            return acts[next(n for n, act in enumerate(acts) if isinstance(act, Load)) :]
        return self._scenario.acts

    def _do(self, act: Act) -> None:
        evidence = self.evidence
        match act:
            case Watch():
                time.sleep(act.seconds)
            case Load():
                self._said("the load begins")
                self._traffic = Traffic(self._load, self._saw)
                self._mark("load", "load")
                if not within(20.0, lambda: self._traffic is None or len(self._traffic.requests) > 10):
                    raise NotReadyError("the load does not begin")
            case Inject():
                name = filled(act.name, evidence.source, evidence.target)
                self._said(name)
                if self._faults is None:
                    raise NotReadyError(f"nothing here can let this fail: {name}")
                self._faults.begin(name, act)
            case Move():
                self._move(act)
            case Heal():
                if self._faults is not None:
                    self._faults.heal(filled(act.name, evidence.source, evidence.target))
            case Ready():
                self._ready(filled(act.writes_in, evidence.source, evidence.target))

    def _move(self, act: Move) -> None:
        evidence = self.evidence
        to = filled(act.to, evidence.source, evidence.target)
        arguments = [to, "--forced" if act.forced else "--planned", *act.options, "--reason", "drill"]
        self._said(f"dynamodr failover to {to} {arguments[1]}")
        command = fail_over(arguments, self._eyes.place.variables(), self._told, self._interrupted)
        self._said(f"failover: {command.outcome}, exit {command.exit_code}, {command.detail}")
        if self._traffic is not None:
            evidence.commands.append(command)
        elif command.exit_code != 0:
            raise NotReadyError(f"the failover before the drill: {command.detail}")

    def _interrupted(self, command: Command) -> None:
        """Somebody stops the drill in the middle of a failover: say how the deployment is left."""
        self._warned(f"The failover was interrupted ({command.outcome}): {command.detail}")
        if command.exit_code != 0 and not self._eyes.place.admin:
            self._warned(f"Finish the move: {self._eyes.place.line(command.arguments)}")

    def _told(self, step: Step) -> None:
        evidence = self.evidence
        self._said(f"{step.name}: {step.detail}")
        if self._traffic is None:
            return
        evidence.steps.append(step)
        if step.kind == "step" and step.name in MOVED and step.ok and evidence.moved_at is None:
            evidence.moved_at = step.at
            try:
                ledger = self._eyes.ledger(evidence.target)
                self._look(step.at)
            except TROUBLE as error:
                evidence.problems.append(f"what {evidence.target} held isn't known: {error}")
                return
            evidence.in_flight = ledger[0] if ledger else None

    def _look(self, moved: float) -> None:
        """See what the target holds of the source's last writes: the latest first, as they arrive first."""
        evidence = self.evidence
        since = min([moved - LOOK_BACK_SECONDS, *(self._faults.since if self._faults else [])])
        held: dict[str, str] = {}
        ended = moved
        for pause in (0.0, HEARD_SECONDS):
            time.sleep(pause)
            if keys := self._unseen(since, moved):
                held |= self._eyes.held(evidence.target, keys)
                self._seen.update(keys)
                ended = time.time()
        evidence.at_move = held
        evidence.look = Look(since=since, ended=ended, users=len(self._seen))

    def _unseen(self, since: float, moved: float) -> list[str]:
        """The users of the source's writes from `since` until the move that were not looked at."""
        told = list(self._traffic.requests) if self._traffic else []
        last = sorted((one for one in told if since <= one.end <= moved), key=lambda one: -one.end)
        writes = (one for one in last if one.acknowledged and one.region != self.evidence.target)
        return list(dict.fromkeys(one.key for one in writes if one.key not in self._seen))

    def _heal_all(self) -> None:
        """End whatever is on still; what can't be ended is named, however this ends."""
        if self._faults is None:
            return
        try:
            self._faults.heal()
        except StillOnError as error:
            self.evidence.problems.append(f"the faults could not be ended: {error}")
        finally:
            for left in self._faults.left():
                self.evidence.problems.append(left)
                self._warned(left)

    def _ready(self, writes_in: str) -> None:
        self._said(f"waiting until every Region is healthy and {writes_in} takes the writes")
        regions = self._eyes.place.regions
        wanted = {region: "active" if region == writes_in else "standby" for region in regions}
        state = "nothing is known yet"

        def there() -> bool:
            nonlocal state
            now = self._eyes.sample(time.time())
            standings = self._eyes.standings()
            state = f"health {now.health}, fence {now.fence}, pods say {standings}"
            if standings == wanted and self._traffic is None and (refused := refusal(self._load)):
                state += f", {refused}"
                return False
            healthy = set(now.health.values()) == {"HEALTHY"} and set(now.health) == set(regions)
            return healthy and standings == wanted

        patience = READY_SECONDS * max(1.0, self._eyes.place.time_factor)
        if not within(patience, there):
            raise NotReadyError(f"not ready after {patience:g} s: {state}")

    def _converge(self) -> None:
        evidence = self.evidence
        self._said("waiting until both Regions hold the same")

        def same() -> bool:
            ledger = self._eyes.ledger()
            if ledger and ledger[0]:
                return False
            evidence.after = {region: self._eyes.holdings(region) for region in self._eyes.place.regions}
            first, *others = evidence.after.values()
            return all(other == first for other in others)

        try:
            within(CONVERGE_SECONDS, same)
            ledger = self._eyes.ledger()
        except TROUBLE as error:
            evidence.problems.append(f"what the Regions hold in the end isn't known: {error}")
            return
        evidence.lost = ledger[1] if ledger else None

    def _watch(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            began = time.time()
            self.evidence.samples.append(self._eyes.sample(began))
            pause = max(0.1, SAMPLE_SECONDS - (time.time() - began))

    def _mark(self, what: str, name: str) -> None:
        self.evidence.marks.append(Mark(at=time.time(), what=what, name=name))
