"""Both Regions synced by Argo CD from a git repository, with deploy/'s own ApplicationSet."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.ports import Choice, Wanted, settle
from tests.e2e.account import Account
from tests.e2e.cluster import ROOT, Cluster, eventually, run
from tests.e2e.release import NAME, Release, make_namespace, new_release
from tests.e2e.report import Step
from tests.unit.deploy.documents import DEPLOY, HOME, REGIONS, merged

pytestmark = [pytest.mark.timeout(400, func_only=True), pytest.mark.needs("argocd", "ingress")]


@pytest.fixture(scope="module", autouse=True)
def _meanwhile(request: pytest.FixtureRequest) -> None:
    """Begin the lives by either Helm: here as there most of the time is waiting."""
    with contextlib.suppress(Exception, pytest.skip.Exception):  # which their own tests will meet, too
        request.getfixturevalue("lives")


class Repository:
    """The git repository that Argo CD watches: chart, Regions' values files, and what is overridden."""

    def __init__(self, place: Path, bare: Path) -> None:
        self._place = place / "checkout"
        run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare)
        run("git", "init", "--quiet", "--initial-branch=main", self._place)
        self._git("remote", "add", "origin", str(bare))
        shutil.copytree(place / "chart", self._place / "chart")
        for region in REGIONS:
            shutil.copy(ROOT / f"values-{region}.yaml", self._place)

    def commit(self, values: dict[str, dict[str, Any]], subject: str) -> str:
        """Commit what is overridden in each Region; return the revision."""
        for region, each in values.items():
            (self._place / f"overridden-{region}.yaml").write_text(yaml.safe_dump(each))
        self._git("add", "--all")
        self._git(
            "-c", "user.name=e2e", "-c", "user.email=e2e@example.com", "commit", "--quiet", "-m", subject
        )
        self._git("push", "--quiet", "origin", "main")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        return run("git", "-C", self._place, *arguments)


class Sync:
    """The Applications that the ApplicationSet makes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def status(self, region: str) -> dict[str, Any]:
        found: dict[str, Any] = self._cluster.get("application", f"{NAME}-{region}", "-n", "argocd")
        status: dict[str, Any] = found.get("status", {})
        return status

    def refresh(self) -> None:
        """Let Argo CD look now, not when its next time comes."""
        self._cluster.kubectl(
            "annotate",
            "applications",
            "--all",
            "-n",
            "argocd",
            "--overwrite",
            "argocd.argoproj.io/refresh=normal",
        )

    def synced(self, revision: str, seconds: float = 120) -> None:
        """Wait until both Regions are Synced and Healthy at a revision."""
        self.refresh()

        def stands(region: str) -> bool:
            status = self.status(region)
            return bool(
                status.get("sync", {}).get("status") == "Synced"
                and status["sync"].get("revision") == revision
                and status.get("health", {}).get("status") == "Healthy"
                and status.get("operationState", {}).get("phase") == "Succeeded"
            )

        eventually(
            lambda: all(map(stands, REGIONS)), seconds, lambda: "; ".join(map(self.said, REGIONS)), every=1
        )

    def said(self, region: str) -> str:
        """What Argo CD says of a Region."""
        status = self.status(region)
        operation = status.get("operationState", {})
        return (
            f"{region}: {status.get('sync', {}).get('status')}, {status.get('health', {}).get('status')}, "
            f"{operation.get('phase')}: {operation.get('message')} {status.get('conditions')}"
        )


class Place:
    """Everything of these tests: the repository, the Applications, and the releases as they make them."""

    def __init__(
        self, repository: Repository, sync: Sync, releases: dict[str, Release], account: Account
    ) -> None:
        self.repository, self.sync, self.releases, self._account = repository, sync, releases, account
        self.first = self.commit({}, "Install both Regions")

    def commit(self, values: dict[str, Any], subject: str) -> str:
        """Commit the releases' values with more of them overridden."""
        every = {region: merged(release.values, values) for region, release in self.releases.items()}
        return self.repository.commit(every, subject)

    def hooks(self) -> int:
        """How often a table job has looked at the table, in both Regions: it does in each run."""
        roles = {f"table-job-{release.namespace}-dynamo-sa-hook" for release in self.releases.values()}
        return sum(n for (role, _), n in self._account.asked.items() if role in roles)

    def pods(self) -> set[str]:
        return {pod["metadata"]["uid"] for release in self.releases.values() for pod in release.settled(2)}


@pytest.fixture(scope="module")
def served(cluster: Cluster, scratch: Path) -> Iterator[tuple[Path, str]]:
    """Where a bare repository goes, and its URL for Argo CD: git's own daemon serves it."""
    ports, _ = settle([Wanted("git", 9418, "")], Choice.AUTO)
    place = scratch / "git"
    place.mkdir()
    listening = f"--listen={cluster.bind}", f"--port={ports['git']}"
    command = ["git", "daemon", "--reuseaddr", "--export-all", *listening, f"--base-path={place}", str(place)]
    daemon = subprocess.Popen(command, start_new_session=True)
    yield place / "dynamodr.git", f"git://{cluster.host}:{ports['git']}/dynamodr.git"
    # git has started it as a process of its own: the group is both.
    os.killpg(daemon.pid, signal.SIGTERM)
    daemon.wait(10)


def application_set(namespaces: dict[str, str], url: str) -> dict[str, Any]:
    """Return deploy/'s, for this cluster in the role of both, this repository, and what is overridden."""
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "argocd/applicationset.yaml").read_text())
    spec = document["spec"]
    for element in spec["generators"][0]["list"]["elements"]:
        element |= {"cluster": "in-cluster", "revision": "main", "namespace": namespaces[element["region"]]}
    template = spec["template"]["spec"]
    template["source"]["repoURL"] = url
    helm = template["source"]["helm"]
    helm["valueFiles"].append("../overridden-{{.region}}.yaml")
    # It wins over every file, and says what eksctl and a registry have: here the chart makes the accounts.
    del helm["valuesObject"]
    template["destination"]["namespace"] = "{{.namespace}}"
    return document


@pytest.fixture(scope="module")
def place(
    account: Account,
    images: tuple[str, str],
    installed: dict[str, Release],
    scratch: Path,
    served: tuple[Path, str],
) -> Iterator[Place]:
    cluster = installed[HOME].cluster
    namespaces = {region: f"argo-{region}" for region in REGIONS}
    helm = installed[HOME].helm_program
    releases = {}
    for region, namespace in namespaces.items():
        make_namespace(cluster, region, namespace)
        releases[region] = new_release(
            cluster, account, region, images[0], scratch=scratch, helm=helm, namespace=namespace
        )
    repository = Repository(scratch, served[0])
    made = Place(repository, Sync(cluster), releases, account)
    cluster.apply(application_set(namespaces, served[1]))
    yield made
    cluster.kubectl("delete", "applicationset", NAME, "-n", "argocd", "--cascade=orphan")
    cluster.kubectl("delete", "applications", "--all", "-n", "argocd", "--wait=false")
    cluster.kubectl("delete", "namespace", *namespaces.values(), "--wait=false")


def test_argocd_syncs_both_regions(place: Place) -> None:
    eventually(lambda: all(map(place.sync.status, REGIONS)), 60, "the ApplicationSet made its Applications")
    place.sync.synced(place.first, 180)
    for release in place.releases.values():
        release.serves()
    assert place.hooks()


def test_argocd_sees_no_drift(place: Place, step: Step) -> None:
    before, hooks, histories = place.pods(), place.hooks(), {}
    for _ in range(2):
        seen = {region: place.sync.status(region)["reconciledAt"] for region in REGIONS}
        histories = {region: len(place.sync.status(region)["history"]) for region in REGIONS}
        place.sync.refresh()
        for region in REGIONS:

            def looked(here: str = region, then: str = seen[region]) -> bool:
                return bool(place.sync.status(here)["reconciledAt"] != then)

            eventually(looked, 60, "Argo CD looks again")
            status = place.sync.status(region)
            assert status["sync"]["status"] == "Synced", place.sync.said(region)
            assert len(status["history"]) == histories[region] == 1
    assert place.pods() == before
    assert place.hooks() == hooks
    step.says("two more looks: Synced, nothing done")


def test_argocd_heals_without_the_hook(place: Place, step: Step) -> None:
    hooks = place.hooks()
    release = place.releases[HOME]
    release.kubectl("delete", "service", NAME)
    release.kubectl("scale", f"deployment/{NAME}", "--replicas=1")
    place.sync.refresh()
    eventually(lambda: release.get("service", NAME), 60, "the Service is back")
    release.settled(2)
    release.serves()
    assert place.hooks() == hooks, "healing ran the table job"
    step.says("Service and replicas back, no table job")


def test_argocd_runs_the_hook_for_a_changed_table(place: Place, account: Account) -> None:
    before = place.pods()
    revision = place.commit({"table": {"tags": {"cost-center": "e2e"}}}, "Tag the table")
    place.sync.synced(revision)
    for region in REGIONS:
        arn = account.call(region, "DescribeTable", TableName="users")["Table"]["TableArn"]
        tags = account.call(region, "ListTagsOfResource", ResourceArn=arn)["Tags"]
        assert {"Key": "cost-center", "Value": "e2e"} in tags, f"{region}: {tags}"
    assert place.pods() == before, "a tag of the table rolled pods"


def test_argocd_stops_at_a_failing_hook_and_goes_on_when_mended(
    place: Place, account: Account, step: Step
) -> None:
    account.tables.add("strangers")
    account.call(
        HOME,
        "CreateTable",
        TableName="strangers",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    before = place.pods()
    place.commit({"table": {"name": "strangers"}}, "Name a table that is somebody else's")
    place.sync.refresh()

    def says_so() -> str:
        operation = place.sync.status(HOME).get("operationState", {})
        message = str(operation.get("message", ""))
        hooks = operation.get("syncResult", {}).get("resources", [])
        failed = [each for each in hooks if each.get("hookPhase") == "Failed"]
        return f"{message} {failed[0]['kind']} {failed[0].get('message', '')}" if failed else ""

    said = eventually(says_so, 120, lambda: place.sync.said(HOME), every=1)
    step.says(said[:160])
    assert "Job" in said, said
    release = place.releases[HOME]
    assert place.pods() == before, "pods rolled although the table job failed"
    assert release.get("configmap", NAME)["data"]["TABLE_NAME"] == "users"
    release.serves()
    mended = place.commit({"table": {"tags": {"cost-center": "e2e"}}}, "Back to our own table")
    place.sync.synced(mended, 180)
    assert place.pods() == before
