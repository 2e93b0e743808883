"""The loop around the decisions: look, decide, act or wait, until done or out of time."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec.structs import replace

from dynamodr.table import look
from dynamodr.table.calls import call
from dynamodr.table.decide import decide, wants_extras
from dynamodr.table.decisions import Act, Action, Done, Stop, Wait
from dynamodr.table.errors import sort_error
from dynamodr.table.journal import Journal, Level
from dynamodr.table.memory import Memory, Moment, Patience, answered, backoff, looked
from dynamodr.table.observed import Fault, Kind, Seen, Table
from dynamodr.table.spec import Spec

CONVERGED, NOT_YET, NEVER = 0, 1, 2


class Ports(NamedTuple):
    """All that the loop touches outside itself; a simulation gives its own."""

    apis: look.Apis
    now: Callable[[], float]
    """Seconds, any origin, never backwards."""
    sleep: Callable[[float], None]
    spread: Callable[[], float]
    """A number from 0 to 1, so that two Regions' jobs fall out of step."""
    gather: look.Gather
    journal: Journal


class Outcome(msgspec.Struct, frozen=True):
    """How it ended. `code`: 0 converged, 1 not yet (a retry may help), 2 never as configured."""

    code: int
    text: str
    warnings: tuple[str, ...] = ()


def ensure(spec: Spec, patience: Patience, seconds: float, ports: Ports) -> Outcome:
    """Converge on `spec`, for `seconds` at most. AWS errors are judged, not raised."""
    journal, memory = ports.journal, Memory()
    ends = ports.now() + seconds
    doing = "the first look"
    while True:
        at = observe(spec, memory, patience, ports)
        decision, memory = decide(at)
        match decision:
            case Done():
                return _end(journal, _done(spec, decision))
            case Stop():
                return _end(journal, Outcome(NEVER if decision.final else NOT_YET, decision.text))
            case Act(action):
                doing = action.key
                fault = perform(spec, action, ports)
                memory = answered(replace(at, memory=memory, now=ports.now()), action, fault, ports.spread())
                pause = patience.poll / 4 if fault is None else 0.0
            case Wait(reason, until):
                doing = reason
                journal.say_once("waiting", reason)
                pause = max(patience.poll, until - ports.now())
        if memory.throttled:
            pause = max(pause, backoff(memory.throttled, patience, ports.spread()))
        left = ends - ports.now()
        if left <= 0:
            text = f"not done in {seconds:g} s. Last: {doing}. A rerun takes up where this one stopped"
            return _end(journal, Outcome(NOT_YET, text))
        ports.sleep(min(pause, left))


def observe(spec: Spec, memory: Memory, patience: Patience, ports: Ports) -> Moment:
    """Look at every Region, and at the own Region's settings where they matter now."""
    tables = look.tables(spec, ports.apis, ports.gather)
    for region, seen in tables.items():
        ports.journal.observed(region, seen)
    at = Moment(spec, Seen(tables), memory, ports.now(), patience)
    faults = [each for each in tables.values() if isinstance(each, Fault)]
    own = tables[spec.own]
    if isinstance(own, Table) and wants_extras(at):
        wishes = look.Wishes(recovery=spec.point_in_time_recovery, tags=bool(spec.tags))
        extras = look.extras(ports.apis[spec.own], spec.name, own.arn, ports.gather, wishes)
        faults += [each for each in (extras.recovery, extras.tags) if isinstance(each, Fault)]
        at = replace(at, seen=Seen(tables, extras), now=ports.now())
    return replace(at, memory=looked(memory, faults))


def perform(spec: Spec, action: Action, ports: Ports) -> Fault | None:
    """Make the one call of an action."""
    region, operation, request = call(spec, action)
    try:
        ports.apis[region](operation, request)
    except (ClientError, BotoCoreError) as error:
        fault = sort_error(operation, error)
        level: Level = "INFO" if fault.kind in (Kind.RACED, Kind.IN_FLIGHT) else "WARNING"
        message = f"{operation}, to {action.key}: {fault.kind.value}: {fault.text}"
        ports.journal.say("refused", message, level, region=region)
        return fault
    ports.journal.say("accepted", f"{operation}, to {action.key}", region=region)
    return None


def _done(spec: Spec, done: Done) -> Outcome:
    where = [region for region in spec.regions if region not in done.lost]
    state = "serves" if done.lost or done.amiss else "is ACTIVE"
    text = f"table {spec.name} {state} in {' and '.join(where)}"
    if done.lost:
        text += f"; {' and '.join(done.lost)} could not be seen to serve, which does not hold up {spec.own}"
    return Outcome(CONVERGED, text, done.warnings)


def _end(journal: Journal, outcome: Outcome) -> Outcome:
    for warning in outcome.warnings:
        journal.say("warning", warning, "WARNING")
    level: Level = "INFO" if outcome.code == CONVERGED else "ERROR"
    event = {CONVERGED: "converged", NOT_YET: "not yet", NEVER: "never"}[outcome.code]
    journal.say(event, outcome.text, level, exit_code=outcome.code)
    return outcome
