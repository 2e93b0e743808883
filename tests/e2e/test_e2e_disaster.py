"""The drills, on pods: a planned failover that loses nothing, and a Region that is gone with all its pods.

The scenario, the load, the real failover command and the verdict are `rehearsal drill`'s own; what fails is
a namespace.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from dynamodr.fence.items import key, read_heartbeat
from dynamodr.fence.record import HEARTBEATS

from rehearsal.core.faults import Outage
from rehearsal.drill.load import Settings
from rehearsal.drill.operator import fail_over
from rehearsal.drill.place import Eyes
from rehearsal.drill.report import Report, make, save
from rehearsal.drill.run import Drill
from rehearsal.drill.scenario import SCENARIOS
from tests.e2e.accelerator import Front, front
from tests.e2e.account import Account
from tests.e2e.cluster import eventually
from tests.e2e.conftest import OUT
from tests.e2e.release import NAME, Release
from tests.e2e.report import Step
from tests.unit.deploy.documents import HOME

pytestmark = pytest.mark.timeout(400, func_only=True)
RATE = 60.0
FENCE = {"username": {"S": "!fence"}, "last_name": {"S": "active"}}


class PodsGone:
    """Loses a Region: its DynamoDB, its connections and every pod, at once and without a drain."""

    def __init__(self, account: Account, stands: Front, releases: dict[str, Release]) -> None:
        self._account, self._stands, self._releases = account, stands, releases
        self._on: list[tuple[str, str]] = []

    def begin(self, name: str, faults: Sequence[dict[str, Any]]) -> None:
        """Lose each Region of a fault."""
        del name  # one at a time
        for fault in faults:
            assert fault["fault"] == "lose-region", fault
            region = fault["region"]
            release = self._releases[region]
            self._on.append((region, self._account.world.inject(Outage(region=region))))
            self._stands.door.cut(region)
            release.kubectl("scale", f"deployment/{NAME}", "--replicas=0")
            release.kubectl(
                "delete", "pods", "-l", "app.kubernetes.io/component=service", "--force", "--grace-period=0"
            )

    def end(self, name: str = "") -> None:
        """Bring them back: DynamoDB first, as the pods need it."""
        del name
        while self._on:
            region, fault = self._on.pop()
            self._account.world.undo(fault)
            self._releases[region].kubectl("scale", f"deployment/{NAME}", "--replicas=2")
            self._releases[region].settled(2)

    def left(self, name: str) -> str:
        """Nothing outside of this cluster."""
        del name
        return ""


@pytest.fixture(scope="module")
def stands(installed: dict[str, Release], account: Account) -> Iterator[Front]:
    """Both Regions under a fence, behind an accelerator."""

    def under(release: Release, mode: str) -> None:
        release.but({"app": {"writeMode": mode}}).upgrade()

    with ThreadPoolExecutor() as both:
        list(both.map(lambda each: under(each, "active-region"), installed.values()))
    settled(account, installed)
    with front(account.accelerator, installed) as opened:
        eventually(
            lambda: {each.state for each in opened.accelerator.states().values()} == {"HEALTHY"},
            60,
            lambda: f"both Regions are healthy: {opened.accelerator.states()}",
        )
        yield opened
    with ThreadPoolExecutor() as both:
        list(both.map(lambda each: under(each, "any"), installed.values()))


def settled(account: Account, releases: dict[str, Release]) -> None:
    """Wait for the end of those who speak for a Region too and obey no fence: old pods, and other tests'."""
    cluster = releases[HOME].cluster
    spaces = {release.namespace for release in releases.values()}

    def strangers() -> list[str]:
        pods = cluster.get("pods", "-A", "-l", "app.kubernetes.io/component=service")
        return [
            f"{each['namespace']}/{each['name']}"
            for each in (pod["metadata"] for pod in pods)
            if each["namespace"] not in spaces or "deletionTimestamp" in each
        ]

    eventually(lambda: not strangers(), 120, lambda: f"they end: {strangers()}")
    began = time.time() * 1000

    def obeyed() -> bool:
        items = [
            account.call(at, "GetItem", TableName="users", Key=key(HEARTBEATS, of)).get("Item")
            for at in releases
            for of in releases
        ]
        beats = [read_heartbeat(item) for item in items if item]
        return len(beats) == len(items) and all(
            beat.at > began and beat.mode == "active-region" for beat in beats
        )

    eventually(obeyed, 60, "each Region hears from both that the fence is obeyed")


def played(name: str, account: Account, stands: Front, installed: dict[str, Release], step: Step) -> Report:
    place = account.place(stands.door.url, stands.accelerator.arn)
    fence = account.call(HOME, "GetItem", TableName="users", Key=FENCE, ConsistentRead=True).get("Item")
    if fence and fence["active_region"]["S"] != HOME:
        home = fail_over([HOME, "--planned"], place.variables(), lambda _: None)
        assert home.exit_code == 0, home
    run = uuid.uuid4().hex[:8]
    eyes = Eyes(place, run)
    scenario = SCENARIOS[name]
    load = Settings(
        url=place.url,
        base_path=place.base_path,
        rate=RATE,
        staying=scenario.staying,
        seed=1,
        run=run,
        token="",
    )
    began = time.time()
    failing = PodsGone(account, stands, installed)
    try:
        evidence = Drill(scenario, eyes, failing, load, said=print, saw=lambda _: None).run()
    finally:
        failing.end()
    report = make(scenario, evidence, place, {"rate": RATE}, began)
    folder = OUT / name
    save(report, evidence, folder)
    # What a verdict was drawn from: every request, and what the pods said.
    (folder / "requests.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, evidence.requests)))
    for release in installed.values():
        for pod in release.pods():
            pod_name = pod["metadata"]["name"]
            (folder / f"{release.namespace}-{pod_name}.log").write_text(release.kubectl("logs", pod_name))
    verdict = report.verdict
    step.requests = verdict.requests
    step.failures = sum(1 for each in evidence.requests if not each.ok)
    step.writes = verdict.acknowledged
    step.says(
        f"RTO of reads {verdict.reads.seconds}, of writes {verdict.writes.seconds} s; "
        f"RPO {verdict.rpo_writes} writes; {len(verdict.lost)} lost; ledger agrees: {verdict.ledger_checked}"
    )
    assert verdict.ledger_checked, "the world's ledger was not asked"
    broken = [f"{each.text}: {each.found}" for each in report.claims if not each.holds]
    assert not broken, broken
    return report


def test_planned_failover_drill(
    account: Account, stands: Front, installed: dict[str, Release], step: Step
) -> None:
    report = played("planned-failover", account, stands, installed, step)
    assert report.verdict.rpo_writes == 0


def test_region_outage_drill(
    account: Account, stands: Front, installed: dict[str, Release], step: Step
) -> None:
    played("region-outage", account, stands, installed, step)
    for release in installed.values():
        release.settled(2)
