"""drill.html: one file, no script, nothing fetched. Light and dark by the reader's own setting."""

from datetime import UTC, datetime
from html import escape
from string import Template
from typing import TYPE_CHECKING

from rehearsal.drill.figures import figures
from rehearsal.drill.plot import plot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.drill.summary import Report
    from rehearsal.drill.verdict import Lost

SHOWN = 50

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2430;--dim:#5d6878;--line:#dfe4ea;--card:#f5f7f9;
--a:#0b7285;--b:#a8590c;--bad:#c92a2a;--good:#2b8a3e;--fault:#c92a2a22;--move:#5f3dc4}
@media (prefers-color-scheme:dark){:root{
--bg:#12161c;--fg:#e6eaf0;--dim:#98a3b3;--line:#2b333e;--card:#1a2028;
--a:#4cc2d6;--b:#f0a04b;--bad:#ff7b7b;--good:#69db7c;--fault:#ff7b7b26;--move:#b197fc}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.2rem;max-width:68rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}
p{margin:.2rem 0 .8rem;color:var(--dim)}
.badge{display:inline-block;padding:.05em .6em;border-radius:1em;color:var(--bg);font-size:1rem;
font-weight:600;vertical-align:.12em}
.passed{background:var(--good)}.failed{background:var(--bad)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.2rem,1fr));gap:.6rem;margin:1rem 0}
dl div{background:var(--card);border-radius:.5rem;padding:.55rem .8rem}
dt{color:var(--dim);font-size:.82rem}dd{margin:0;font-size:1.25rem;font-weight:600}
dd small{display:block;font-size:.8rem;font-weight:400;color:var(--dim)}
ul{list-style:none;padding:0;margin:0}li{padding:.1rem 0}
li b{color:var(--good)}li.no b{color:var(--bad)}li span{color:var(--dim)}li span::before{content:"· "}
.wide{overflow-x:auto}svg{display:block;min-width:42rem;width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--dim)}svg .name{fill:var(--fg);font-weight:600}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600}
th,td{padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:12.5px ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--dim);font-size:.85rem}
"""

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$scenario: $word</title><style>$style</style></head><body>
<h1>$scenario <span class="badge $word">$word</span></h1>
<p>$says From <code>$source</code> to <code>$target</code>, $where, $began.</p>
<dl>$figures</dl>
<ul>$claims</ul>
<h2>Timeline</h2>
<div class="wide">$plot</div>
<h2>The failover</h2>$steps
<h2>Failed requests</h2>$failures
<h2>Lost updates</h2>$lost
<h2>Late at the failover</h2>$missing
<footer>$settings $counts. The clients retry nothing; every failure is counted. RTO: from the last good answer
before the first failure to the first good answer after the last. The numbers behind this page are in
drill.json, every request in requests.ndjson.</footer>
</body></html>
""")


def page(report: "Report") -> str:
    """The page of a report."""
    verdict = report.verdict
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report.settings.items())
    counts = (
        f"{verdict.acknowledged} writes acknowledged, {verdict.doubtful} doubtful, {verdict.conflicts} "
        f"refused because somebody else was faster, {verdict.missing_reads} reads that found nobody"
    )
    return PAGE.substitute(
        scenario=escape(report.scenario),
        word="passed" if report.passed else "failed",
        style=STYLE,
        says=escape(report.says),
        source=escape(report.source),
        target=escape(report.target),
        where=escape(f"on {report.place}" if "://" in report.place else f"in {report.place}"),
        began=escape(report.began.replace("T", " ")[:19] + " UTC"),
        figures="".join(_figure(name, value) for name, value in figures(verdict)),
        claims="".join(_claim(c.text, c.found, c.holds) for c in report.claims),
        plot=plot(report),
        steps=_steps(report),
        failures=_table(
            ("Cause", "Reads", "Writes", "First", "Last"),
            (
                (one.cause, one.reads, one.writes, _since(report, one.first), _since(report, one.last))
                for one in verdict.failures
            ),
            "No request failed.",
        ),
        lost=_writes(report, verdict.lost, "No acknowledged write was lost."),
        missing=_late(report),
        settings=escape(f"Settings: {settings}." if settings else ""),
        counts=counts,
    )


def _figure(name: str, value: str) -> str:
    first, _, rest = value.partition(", ")
    number, _, more = first.partition(" of ")
    small = " · ".join(part for part in (f"of {more}" if more else "", rest) if part)
    return f"<div><dt>{escape(name)}</dt><dd>{escape(number)}<small>{escape(small)}</small></dd></div>"


def _claim(text: str, found: str, holds: bool) -> str:
    mark, kind = ("✓", "") if holds else ("✗", ' class="no"')
    return f"<li{kind}><b>{mark}</b> {escape(text)} <span>{escape(found)}</span></li>"


def _steps(report: "Report") -> str:
    parts = []
    for command in report.commands:
        parts.append(f"<p><code>dynamodr {escape(' '.join(command.arguments))}</code></p>")
        own = [one for one in report.steps if command.began - 1 <= one.at <= command.ended + 1]
        rows = [
            (
                _since(report, one.at),
                {True: "✓", False: "✗"}.get(one.ok, "") if one.ok is not None else "",
                one.name,
                one.detail,
            )
            for one in own
        ]
        parts.append(_table(("", "", "Step", ""), rows, "It printed nothing."))
        outcome = f"{command.outcome}, exit {command.exit_code}, after {command.ended - command.began:.1f} s"
        parts.append(f"<p>{escape(outcome)}: {escape(command.detail)}</p>")
    return "".join(parts) or "<p>None was run.</p>"


def _writes(report: "Report", writes: "Iterable[Lost]", none: str) -> str:
    all_of = list(writes)
    rows = [
        (_since(report, one.at), one.region, one.key, one.write, one.kept or "no such user")
        for one in all_of[:SHOWN]
    ]
    more = f"<p>… and {len(all_of) - SHOWN} more, in drill.json.</p>" if len(all_of) > SHOWN else ""
    return _table(("At", "Region", "User", "Write", "Has instead"), rows, none) + more


def _late(report: "Report") -> str:
    """What the target did not hold when the writes became its own, and how that was found."""
    verdict, look = report.verdict, report.look
    if verdict.rpo_writes is None:
        unknown = f"What {report.target} held when the writes became its own could not be read."
        return f"<p>{escape(unknown if verdict.moved else 'Nothing moved.')}</p>"
    found = _writes(report, verdict.missing, "The target held every acknowledged write that was looked for.")
    if look is None:
        return found
    how = (
        f"Looked for: {look.users} users, written from {_since(report, look.since)} on, within "
        f"{verdict.look_seconds or 0:.1f} s of the move. Older writes count as held, and so does what "
        "arrived meanwhile."
    )
    if verdict.rpo_at_least:
        how += " That was too long, or too early for some: there may have been more."
    return f"{found}<p>{escape(how)}</p>"


def _table(heads: "Iterable[str]", rows: "Iterable[tuple[object, ...]]", none: str) -> str:
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    if not body:
        return f"<p>{escape(none)}</p>"
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="n">{value}</td>'
    text = escape(str(value))
    return f"<td><code>{text}</code></td>" if "/" in text or len(text) == 32 else f"<td>{text}</td>"


def _since(report: "Report", at: float) -> str:
    return f"{at - began(report):+.1f} s"


def began(report: "Report") -> float:
    """The moment that times on the page count from: the fault, or else the failover, or the beginning."""
    faults = [mark.at for mark in report.marks if mark.what == "fault" and mark.at >= _loaded(report)]
    commands = [command.began for command in report.commands]
    return min(faults, default=min(commands, default=_loaded(report)))


def _loaded(report: "Report") -> float:
    start = datetime.fromisoformat(report.began).astimezone(UTC).timestamp()
    return report.timeline[0].at if report.timeline else start
