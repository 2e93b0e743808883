"""What must be true of a drill, scenario by scenario. Pure."""

import msgspec

from rehearsal.drill.record import Evidence
from rehearsal.drill.scenario import Scenario, filled
from rehearsal.drill.verdict import Outage, Verdict

FENCE_SECONDS = 4.0
"""After a heal, until a Region that was cut off must have seen the fence: replication, a poll, an attempt."""


MOMENT_SECONDS = 2.0
"""From when a Region's loss is said to be on until nothing of it answers: a network's rules spread, a pod's
connections break."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must be true, and what was found."""

    text: str
    found: str
    holds: bool


def claims(scenario: Scenario, evidence: Evidence, verdict: Verdict) -> list[Claim]:
    """Hold the verdict against what the scenario must show."""
    made: list[Claim] = []

    def claim(text: str, found: str, *, holds: bool) -> None:
        made.append(Claim(text=text, found=found, holds=holds))

    target = evidence.target
    claim(
        "The drill was played to its end",
        "; ".join(evidence.problems) or "it was",
        holds=not evidence.problems,
    )
    claim("Users were read and written", f"{verdict.requests} requests", holds=verdict.acknowledged > 0)
    if scenario.outage:
        found, silent = _silent(scenario, evidence)
        claim(f"While it is lost, {evidence.source} answers nobody", found, holds=silent)
    codes = tuple(command.exit_code for command in evidence.commands)
    found = (
        ", then ".join(f"{one.exit_code} ({one.outcome})" for one in evidence.commands) or "it did not run"
    )
    text = f"The failover command exits with {', then '.join(map(str, scenario.exit_codes))}"
    claim(text, found, holds=codes == scenario.exit_codes)
    for kind, outage in (("Reads", verdict.reads), ("Writes", verdict.writes)):
        claim(f"{kind} come back for good", _back(outage), holds=outage.seconds is not None)
    if scenario.moves:
        rest = [one.region for one in evidence.requests if one.acknowledged][-5:]
        claim(f"The last writes are {target}'s", ", ".join(sorted(set(rest))), holds=set(rest) == {target})
        if not scenario.may_lose:
            found, holds = _nothing_late(verdict)
            claim("RPO is 0", found, holds=holds)
    else:
        claim("The writes stay where they were", f"moved: {_yes(evidence)}", holds=evidence.moved_at is None)
    if scenario.both_write:
        found = f"{verdict.both_wrote} writes of {evidence.source} after the failover"
        claim("Both Regions wrote for a while", found, holds=verdict.both_wrote > 0)
        found, healed = _healed(evidence)
        claim("Once healed, one Region writes", found, holds=healed)
    elif scenario.moves:
        found = f"{verdict.both_wrote} writes"
        claim("The old Region takes no write after the failover", found, holds=verdict.both_wrote == 0)
    if not scenario.may_lose:
        claim("No acknowledged write is lost", f"{len(verdict.lost)} lost", holds=not verdict.lost)
    claim(
        "Both Regions end the same",
        "the same" if verdict.converged else "they differ",
        holds=verdict.converged,
    )
    if verdict.ledger_checked:
        differ = verdict.disagreements
        found = (
            f"{len(verdict.missing)} late, {len(verdict.lost)} lost" if not differ else "; ".join(differ[:3])
        )
        claim("The world's own ledger says the same", found, holds=not differ)
    return made


def _silent(scenario: Scenario, evidence: Evidence) -> tuple[str, bool]:
    """A drill in which the Region was never out measures nothing. Answers of unknown Regions tell nothing."""
    name = filled(scenario.outage, evidence.source, evidence.target)
    on = next((mark for mark in evidence.marks if mark.what == "on" and mark.name == name), None)
    if on is None or on.until is None:
        return "it was never lost", False
    lasted = on.until - on.at
    if lasted <= MOMENT_SECONDS:
        return f"it was lost for {lasted:.1f} s only", False
    good = [
        one for one in evidence.requests if one.ok and one.at > on.at + MOMENT_SECONDS and one.end < on.until
    ]
    its = [one.end - on.at for one in good if one.region == evidence.source]
    if its:
        return f"{len(its)} good answers, {min(its):.1f} to {max(its):.1f} s after the fault", False
    unknown = sum(not one.region for one in good)
    return f"not once in {lasted:.1f} s" + (
        f"; {unknown} answers came from nobody knows where" if unknown else ""
    ), True


def _nothing_late(verdict: Verdict) -> tuple[str, bool]:
    """What arrives while one looks counts as held: only a quick look, or the world's ledger, shows that none
    was late."""
    if verdict.rpo_writes is None:
        return "unknown", False
    if not verdict.rpo_at_least:
        return f"{verdict.rpo_writes} writes", verdict.rpo_writes == 0
    found = f"at least {verdict.rpo_writes} writes: the look took {verdict.look_seconds or 0:.1f} s"
    return found, verdict.rpo_writes == 0 and verdict.ledger_checked and not verdict.disagreements


def _back(outage: Outage) -> str:
    if not outage.failed:
        return "none failed"
    return "they did not" if outage.seconds is None else f"after {outage.seconds:.1f} s"


def _yes(evidence: Evidence) -> str:
    return "no" if evidence.moved_at is None else "yes"


def _healed(evidence: Evidence) -> tuple[str, bool]:
    healed = max((mark.at for mark in evidence.marks if mark.what == "heal"), default=0.0) + FENCE_SECONDS
    late = [one for one in evidence.requests if one.acknowledged and one.at > healed]
    by = sorted({one.region for one in late})
    return ", ".join(by) or "nobody", set(by) == {evidence.target}
