"""The story: one table, two Regions, users, a failover. Each step is told, done and checked."""

import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.demo.claims import Claims, Untold
from rehearsal.demo.clients import ADD_USER, Answer, Visitor, all_users, dynamodb, visit_patiently
from rehearsal.demo.disaster import disaster
from rehearsal.demo.telling import MOVED, TURNED, Telling
from rehearsal.demo.traffic import Arrival, Traffic
from rehearsal.drill.command import inside
from rehearsal.drill.load import Settings, takes_writes
from rehearsal.drill.operator import fail_over
from rehearsal.relay import Outcome
from rehearsal.running import Rehearsal
from rehearsal.up import LAST_WORDS_SECONDS

if TYPE_CHECKING:
    from rehearsal.drill.record import Step

USERS = 5
PER_SECOND = 20
ARRIVAL_SECONDS = 15.0
READY_SECONDS, HEALTHY_SECONDS = 30.0, 10.0
"""At a third of AWS's own pace or quicker; slower, in proportion."""
BEFORE_SECONDS, AFTER_SECONDS = 1.0, 2.5
POLL_SECONDS = 1.5
"""Until the last of a Region's workers has seen that the fence names it."""
NOT_ACTIVE = "region-not-active"


class Story:
    """Told once, from a world that has nothing in it yet."""

    def __init__(self, rehearsal: Rehearsal, telling: Telling, out: Path) -> None:
        """`out` is where the drill's files go."""
        self.claims = Claims()
        self.page: Path | None = None
        self._out = out
        self._rehearsal, self._telling = rehearsal, telling
        self._home, self._other = rehearsal.config.regions[:2]
        self._acknowledged: dict[str, dict[str, object]] = {}
        self.chapters: list[Callable[[], None]] = [
            self._table,
            self._services,
            self._users,
            self._failover,
            self._together,
            self._drill,
        ]

    def tell(self) -> None:
        """Tell all of it. A step that can't be told ends it, as a claim that does not hold."""
        for number, chapter in enumerate(self.chapters, 1):
            headline = (chapter.__doc__ or "").strip().rstrip(".")
            self._telling.chapter(number, headline)
            try:
                chapter()
            except Exception as error:  # noqa: BLE001 - whatever it was, the step did not come true
                self._telling.trouble(f"{type(error).__name__}: {error}")
                self._claim(headline, type(error).__name__, holds=False)
                return

    def _table(self) -> None:
        """One table, made from both Regions at once."""
        self._telling.say("dynamodr table ensure, in both Regions at once, as the chart's hook does")
        with self._telling.waiting("") as waiting:
            jobs = self._rehearsal.table_jobs(lambda region, words: waiting(f"{region}: {words}"))
            codes = {job.region: job.wait(self._rehearsal.table_seconds + LAST_WORDS_SECONDS) for job in jobs}
        for job in jobs:
            self._telling.region(job.region, f"{job.seconds:4.1f} s  {job.lines[-1] if job.lines else ''}")
        found = ", ".join(f"exit {code}" for code in codes.values())
        self._claim("Both jobs converge", found, holds=set(codes.values()) == {0})
        seen = {region: self._replicas(region) for region in codes}
        wanted = {self._home: {self._other: "ACTIVE"}, self._other: {self._home: "ACTIVE"}}
        shown = ", ".join(status for replicas in seen.values() for status in replicas.values())
        self._claim(
            "DescribeTable in each Region lists the other", shown or "no replica", holds=seen == wanted
        )

    def _replicas(self, region: str) -> dict[str, str]:
        table = dynamodb(self._rehearsal.endpoint, region).describe_table(TableName="users")["Table"]
        return {one["RegionName"]: one["ReplicaStatus"] for one in table.get("Replicas", [])}

    def _services(self) -> None:
        """The service, in both Regions, behind one accelerator."""
        slow = max(1.0, 3 * self._rehearsal.config.time_factor)
        began = time.monotonic()
        with self._telling.waiting("dynamodr serve"):
            self._rehearsal.services.start()
            self._rehearsal.services.wait_ready()
        ready = time.monotonic() - began
        for region, service in self._rehearsal.services.by_region.items():
            self._telling.region(region, service.url)

        def states() -> list[str]:
            return [health.state for health in self._rehearsal.accelerator.states().values()]

        with self._telling.waiting("the accelerator's health checks"):
            healthy = _within(HEALTHY_SECONDS * slow, lambda: set(states()) == {"HEALTHY"})
        self._claim("Both are ready", f"after {ready:.1f} s", holds=True)
        self._claim("The accelerator finds both healthy", ", ".join(states()), holds=healthy)
        began = time.monotonic()
        with self._telling.waiting("the Regions, until each has heard that the other agrees on who writes"):
            writes = _within(READY_SECONDS * slow, lambda: takes_writes(Settings(url=self._rehearsal.url)))
        found = f"after {time.monotonic() - began:.1f} s, by the fence"
        self._claim(f"{self._home} takes the writes", found, holds=writes)

    def _users(self) -> None:
        """Users, added through the accelerator, seen in the other Region."""
        watched: list[tuple[Answer, Arrival]] = []
        other = self._rehearsal.services[self._other].url
        for _ in range(USERS):
            answer = self._acknowledge(visit_patiently(self._rehearsal.url, ADD_USER, ARRIVAL_SECONDS))
            if not answer.region:
                raise Untold(f"add-user answered {answer.status}: {answer.error or answer.body}")
            watched.append((answer, Arrival(other, answer.body, answer.at, ARRIVAL_SECONDS)))
        for answer, arrival in watched:
            arrival.wait()
            late = "never" if arrival.lag is None else f"after {arrival.lag:.2f} s"
            self._telling.region(answer.region, f"{answer.body['name'][:28]:28} in {self._other} {late}")
        by = {answer.region for answer, _ in watched}
        self._claim(f"{self._home}, its dial at 100 %, answers all", _named(by), holds=by == {self._home})
        same = sum(arrival.user == answer.body for answer, arrival in watched)
        lags = [arrival.lag for _, arrival in watched if arrival.lag is not None]
        median = f", median lag {statistics.median(lags):.2f} s" if lags else ""
        found = f"{same} of {len(watched)}{median}"
        self._claim(f"Each user is in {self._other}, unchanged", found, holds=same == len(watched))

    def _failover(self) -> None:
        """The failover: traffic and writes move to the other Region, under load."""
        home, other = self._home, self._other
        self._telling.say(f"{PER_SECOND} requests a second, each a new connection, each adds a user, while")
        self._telling.say(f"dynamodr failover to {other} --planned")
        steps: list[Step] = []
        with Visitor(self._rehearsal.url) as stays:
            stayed = [self._acknowledge(stays.get(ADD_USER))]
            began = time.time()
            with self._telling.answers() as show, Traffic(self._rehearsal.url, PER_SECOND, show) as traffic:
                time.sleep(BEFORE_SECONDS)
                turned = time.time()
                show(TURNED)
                command = fail_over(
                    [other, "--planned", "--reason", "demo"],
                    inside(self._rehearsal).variables(),
                    steps.append,
                )
                done = time.time()
                show(MOVED)
                time.sleep(AFTER_SECONDS)
            answers = [self._acknowledge(answer) for answer in traffic.answers]
            stayed.append(self._acknowledge(stays.get(ADD_USER)))
        for step in steps:
            if step.kind == "step":
                self._telling.say(f"{step.at - turned:4.1f} s  {step.name:10}{step.detail}"[:76])
        found = f"{command.outcome}, exit {command.exit_code}, {done - turned:.1f} s"
        self._claim("The failover command is done", found, holds=command.exit_code == 0)
        failed = [answer for answer in answers if not answer.region]
        others = [answer for answer in failed if answer.refusal != NOT_ACTIVE]
        found = f"{len(failed)} of {len(answers)}"
        if command.paused_seconds is not None:
            found += f", paused for {command.paused_seconds:.1f} s"
        if others:
            found += f"; {self._otherwise(began, others)}"
        self._claim("Refused by the fence alone", found, holds=not others)
        before = {answer.region for answer in answers if answer.at < turned and answer.region}
        self._claim(f"Before, {home} answers", _named(before), holds=before == {home})
        after = {answer.region for answer in answers if answer.at - answer.seconds > done + POLL_SECONDS}
        self._claim(f"From then on, {other} answers", _named(after), holds=after == {other})
        found = ", then ".join(one.region or one.refusal or "nobody" for one in stayed)
        holds = stayed[0].region == home and stayed[1].refusal == NOT_ACTIVE
        self._claim("An open connection stays, and is fenced", found, holds=holds)
        self._the_doors_record(began, answers)

    def _otherwise(self, since: float, failed: list[Answer]) -> str:
        """How requests failed that no fence refused: to their clients, and at the front door."""
        told = [f"{one.error or one.refusal or one.status} after {one.seconds:.1f} s" for one in failed]
        doors = [
            f"{one.region or 'no Region'}: {one.outcome}, {one.why or 'not joined yet'}"
            for one in self._rehearsal.door.connections()
            if one.opened >= since and (not one.region or one.outcome != Outcome.CLOSED)
        ]
        return f"besides {'; '.join(told[:3])} (the door: {'; '.join(doors[:3]) or 'all went well'})"

    def _the_doors_record(self, since: float, answers: list[Answer]) -> None:
        """What the clients saw is what the front door did, connection by connection."""
        clients = Counter(answer.region for answer in answers if answer.region)
        door = Counter(one.region for one in self._rehearsal.door.connections() if one.opened >= since)
        found = ", ".join(f"{region} {count}" for region, count in sorted(door.items()))
        same = door.total() == len(answers) and clients <= door
        self._claim("The front door's own record says the same", found, holds=same)

    def _together(self) -> None:
        """Both Regions again the same."""
        urls = [self._rehearsal.services[region].url for region in (self._home, self._other)]
        with self._telling.waiting("replication, both ways"):
            _within(ARRIVAL_SECONDS, lambda: all_users(urls[0]) == all_users(urls[1]))
        first, second = (all_users(url) for url in urls)
        self._claim(
            "Both Regions hold the same users", f"{len(first)} and {len(second)}", holds=first == second
        )
        lost = [name for name, user in self._acknowledged.items() if first.get(name) != user]
        total = len(self._acknowledged)
        self._claim("Every acknowledged user is there", f"{total - len(lost)} of {total}", holds=not lost)
        # The fence is copied ahead of replication: two writes of one decision, of which one wins.
        overwritten = [
            one
            for one in self._rehearsal.world.ledger()["lost_updates"]
            if not one["key"]["username"]["S"].startswith("!")
        ]
        self._claim("The world's ledger: no user was lost", str(len(overwritten)), holds=not overwritten)

    def _drill(self) -> None:
        """The disaster: the Region that now takes the writes is lost."""
        report, self.page = disaster(self._rehearsal, self._telling, self._out)
        broken = [claim for claim in report.claims if not claim.holds]
        found = f"{len(report.claims) - len(broken)} of {len(report.claims)} claims"
        found += "".join(f"; {claim.text}: {claim.found}" for claim in broken)
        self._claim("The drill passes", found, holds=report.passed)

    def _acknowledge(self, answer: Answer) -> Answer:
        if answer.region:
            self._acknowledged[answer.body["username"]] = answer.body
        return answer

    def _claim(self, text: str, found: str, *, holds: bool) -> None:
        self._telling.claim(self.claims.add(text, found, holds=holds))


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _named(regions: set[str]) -> str:
    return ", ".join(sorted(region or "nobody" for region in regions)) or "nobody was asked"
