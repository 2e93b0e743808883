"""The numbers of a verdict, in words. Pure."""

from rehearsal.drill.verdict import Verdict


def figures(verdict: Verdict) -> list[tuple[str, str]]:
    """Each with its name, in the order of their weight."""
    rpo = "unknown, the target could not be read" if verdict.moved else "nothing moved"
    if verdict.rpo_writes is not None:
        rpo = f"{'at least ' if verdict.rpo_at_least else ''}{verdict.rpo_writes} writes"
        if verdict.rpo_writes:
            rpo += f", {verdict.rpo_seconds or 0:.1f} s"
    failed = verdict.reads.failed + verdict.writes.failed
    return [
        ("RTO, reads", _seconds(verdict.reads.seconds)),
        ("RTO, writes", _seconds(verdict.writes.seconds)),
        ("RPO at the failover", rpo),
        ("Lost updates", str(len(verdict.lost))),
        ("Failed requests", f"{failed} of {verdict.requests}"),
        ("Error budget used", f"{verdict.budget_percent:.2f} %, of 30 days at 99.9 %"),
    ]


def _seconds(seconds: float | None) -> str:
    return "did not come back" if seconds is None else f"{seconds:.1f} s"
