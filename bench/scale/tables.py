"""The generated parts of docs/scale.md, by name: Markdown tables, and values for the chart. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench.scale import prices, sizing
from bench.scale.params import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.scale.params import Service
    from bench.scale.plots import Played
    from bench.scale.sizing import Size
    from bench.scale.sweep import Outcome

SHOWN = (0.5, 0.7, 0.9, 1.0, 1.1, 1.25)


def tables(service: Service, played: Played) -> dict[str, str]:
    """Write them all."""
    sizes = [sizing.size(rate, service) for rate in sizing.RATES]
    return {
        "service": _service(service),
        "assumed": _assumed(service),
        "prices": _table(
            ("", "dollars", "a", "to check on", "as known in"),
            [
                (name.lower().replace("_", " "), f"{each.dollars:g}", each.unit, each.page, each.known)
                for name, each in prices.ALL.items()
            ],
        ),
        "sizes": _sizes(sizes),
        "dollars": _dollars(sizes),
        "values": "\n\n".join(values(each) for each in sizes),
        "small": _small(service),
        "fence": _fence(),
        "headroom": _headroom(played),
        "target": _grid(played, "target", lambda run: f"{run.scaler.target:.0%}", "aims for"),
        "table": _outcomes([found for _, found, _ in played["table"]], "table"),
        "clients": _grid(played, "clients", lambda run: f"{run.headroom:.0%}", "ready"),
        "policy": _outcomes([found for _, found, _ in played["policy"]], "autoscaler"),
        "return": _grid(
            played,
            "return",
            lambda run: f"{((run.story.back_at or 0) - run.story.lost_at) / 60:.0f} minutes",
            "away for",
        ),
    }


def values(each: Size) -> str:
    """Write the chart's values for a size, as a block of YAML."""
    units = [
        f"    {name}: {value}"
        for name, value in (("read", each.warm_reads), ("write", each.warm_writes))
        if value is not None
    ]
    lines = [
        f"# {each.rate:,.0f} requests a second",
        "autoscaling:",
        "  enabled: true",
        f"  minReplicas: {each.pods}",
        f"  maxReplicas: {2 * each.pods}",
        "resources:",
        f"  requests: {{cpu: {each.workers // each.pods}, memory: 160Mi, ephemeral-storage: 64Mi}}",
        *(("table:", "  warmThroughput:", *units) if units else ()),
    ]
    return "\n".join(("```yaml", *lines, "```"))


def _service(service: Service) -> str:
    return _table(
        ("a request", "is"),
        [
            ("CPU of a get; of a create", f"{service.get_ms:g} ms; {service.create_ms:g} ms"),
            ("reads; writes", f"{service.reads:.0%}; {1 - service.reads:.0%}"),
            ("CPU of one, on average", f"{service.cpu * 1000:.3g} ms"),
            ("a worker's most, its core full", f"{1 / service.cpu:,.0f} requests a second"),
            (f"a pod's, of {service.workers} workers", f"{service.workers / service.cpu:,.0f}"),
            ("answer; item; log line (assumed)", _bytes()),
            ("CPU measured on", service.measured),
        ],
    )


def _assumed(service: Service) -> str:
    run = Run(name="", headroom=1.0, service=service)
    scaler, cluster, client, story = run.scaler, run.cluster, run.client, run.story
    return _table(
        ("what", "is", "so says"),
        [
            ("CPU of a shed request", f"{service.refusal_ms:g} ms", "measured, a new connection each"),
            ("CPU of a second call to DynamoDB", f"{service.attempt_ms:g} ms", "measured, bare boto3"),
            ("wait for DynamoDB, a call", f"{service.dynamodb_ms:g} ms", "assumed"),
            (
                "threads; room to wait; for how long",
                f"{service.threads}; {service.queue_room * service.threads}; {service.queue_seconds:g} s",
                "the service's code, of each worker",
            ),
            (
                "autoscaler's sync; a metric's age",
                f"{scaler.sync:g} s; up to {scaler.resolution + scaler.window:g} s",
                "Kubernetes' and metrics-server's defaults",
            ),
            (
                "from a pod that fits to traffic",
                f"{cluster.pod_start:g} s",
                "assumed: image there, first check of the balancer passed",
            ),
            (
                "from a pod that does not fit to a node",
                "1 or 3 minutes, or never",
                "assumed: Karpenter, a node group, October 2025",
            ),
            (
                "until the loss is noticed; moved",
                f"{story.noticed_after:g} s; within {story.shift:g} s",
                "two checks of an ALB's, 15 s apart; assumed",
            ),
            (
                "a client's tries; pause",
                f"{client.tries}; {client.first:g} to {client.last:g} s, doubling",
                "assumed; the service's Retry-After",
            ),
            ("a cold table; doubling", "12,000 reads, 4,000 writes; 30 minutes", "AWS's documentation"),
        ],
    )


def _bytes() -> str:
    return f"{sizing.RESPONSE_BYTES:g}, {sizing.ITEM_BYTES:g}, {sizing.LOG_BYTES:g} bytes"


def _sizes(sizes: Sequence[Size]) -> str:
    rows = [
        ("cores kept busy by all traffic", [f"{each.cores:,.1f}" for each in sizes]),
        ("pods in each Region", [f"{each.pods:,}" for each in sizes]),
        ("nodes in each Region", [f"{each.nodes} × {each.node}" for each in sizes]),
        ("read units a second, all traffic", [f"{each.reads:,.0f}" for each in sizes]),
        ("write units a second, all traffic", [f"{each.writes:,.0f}" for each in sizes]),
        ("`warmThroughput.read`", [_units(each.warm_reads) for each in sizes]),
        ("`warmThroughput.write`", [_units(each.warm_writes) for each in sizes]),
        ("partitions behind that, at least", [f"{each.partitions}" for each in sizes]),
        ("table quotas to raise first", ["yes" if each.over_quota else "no" for each in sizes]),
        ("fence: reads a second of one item", [f"{each.fence:,.0f} of 3,000" for each in sizes]),
        ("heartbeats: of one key", [f"{each.beats:,.0f} of 3,000" for each in sizes]),
        ("deep check: writes of one item", [f"{each.health:,.1f} of 1,000" for each in sizes]),
    ]
    return _table(("", *(f"{each.rate:,.0f}/s" for each in sizes)), [(name, *cells) for name, cells in rows])


def _dollars(sizes: Sequence[Size]) -> str:
    rows = [(name, *(f"{each.dollars[name]:,.0f}" for each in sizes)) for name in sizes[0].dollars]
    whole = [sum(each.dollars.values()) for each in sizes]
    rows.append(("**together**", *(f"**{each:,.0f}**" for each in whole)))
    rows.append(
        (
            "a million requests",
            *(
                f"{all_ / (each.rate * sizing.HOURS * 3.6e-3):.2f}"
                for all_, each in zip(whole, sizes, strict=True)
            ),
        )
    )
    rows.append(
        ("not in it: log lines, all into CloudWatch", *(f"{sizing.logs(each.rate):,.0f}" for each in sizes))
    )
    return _table(("dollars a month", *(f"{each.rate:,.0f}/s" for each in sizes)), rows)


def _small(service: Service) -> str:
    """Say what becomes of the chart's own CPU request."""
    each = sizing.TARGET * sizing.DEFAULT_REQUEST / service.cpu
    pods = math.ceil(sizing.RATES[1] / each)
    limit = sizing.most_workers(sizing.FENCE_READS)
    request, everything = f"{sizing.DEFAULT_REQUEST * 1000:.0f}m", f"{sizing.RATES[1]:,.0f}"
    return (
        f"With the chart's own CPU request of {request}, which suits a small cluster, pods are small and "
        f"many:\nat {sizing.TARGET:.0%} of it a pod serves {each:.0f} requests a second, and a Region with "
        f"{everything} wants {pods:,} pods:\n{pods * service.workers:,} workers, where one item can tell "
        f"{limit:,} of the fence. Request a core for each worker before you scale out."
    )


def _fence() -> str:
    fence, beats = sizing.FENCE_READS, sizing.BEAT_READS
    return _table(
        ("`app.writeMode`", "reads a second, a worker", "workers that one partition tells"),
        [
            ("`active-region`: the fence's item alone", f"{fence:.2f}", f"{sizing.most_workers(fence):,}"),
            (
                "`active-region`: with the heartbeats on the same partition",
                f"{fence + beats:.2f}",
                f"{sizing.most_workers(fence + beats):,}",
            ),
            ("`any`: both", f"{2 * beats:.2f}", f"{sizing.most_workers(2 * beats):,}"),
        ],
    )


def _headroom(played: Played) -> str:
    names = list(dict.fromkeys(run.name for run, _, _ in played["headroom"]))
    found = {(run.name, run.headroom): each for run, each, _ in played["headroom"]}
    return _table(
        ("", *(f"{headroom:.0%} ready" for headroom in SHOWN)),
        [(name, *(_short(found[name, headroom]) for headroom in SHOWN)) for name in names],
    )


def _grid(played: Played, kind: str, across: object, word: str) -> str:
    head = across if callable(across) else str
    columns = list(dict.fromkeys(head(run) for run, _, _ in played[kind]))
    names = list(dict.fromkeys(run.name for run, _, _ in played[kind]))
    found = {(run.name, head(run)): each for run, each, _ in played[kind]}
    return _table(
        ("", *(f"{word} {column}" for column in columns)),
        [(name, *(_short(found[name, column]) for column in columns)) for name in names],
    )


def _short(found: Outcome) -> str:
    return f"{found.given_up:.1%}, {_after(found)}"


def _outcomes(several: Iterable[Outcome], first: str) -> str:
    return _table(
        (
            first,
            "clients without an answer",
            "back to 99 % good",
            "tries that failed",
            "wait for a thread, p99",
        ),
        [
            (each.name, f"{each.given_up:.1%}", _after(each), f"{each.failed:.1%}", f"{each.wait_ms:.0f} ms")
            for each in several
        ],
    )


def _after(found: Outcome) -> str:
    return "never" if found.recovered_after is None else f"{found.recovered_after:.0f} s"


def _units(units: int | None) -> str:
    return "as it is" if units is None else f"{units:,}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
