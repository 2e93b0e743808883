"""A release's life by Helm 3 and by Helm 4, from an OCI registry: begun early, for most of it is waiting."""

import contextlib
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from rehearsal.ports import Choice, Wanted, settle
from tests.e2e.account import Account
from tests.e2e.cluster import Cluster, CommandError, eventually, run
from tests.e2e.loads import Loads
from tests.e2e.release import NAME, Release, make_namespace, new_release
from tests.e2e.report import NOT_RUN, Step
from tests.unit.deploy.documents import REPLICA

TOOLS = ("helm", "helm3")


@pytest.fixture(scope="session")
def packed(installed: dict[str, Release], scratch: Path, helm: Path) -> Iterator[tuple[str, str]]:
    """The chart in a registry of its own, on loopback: its OCI reference, and its version."""
    assert installed  # the copy of the chart is there
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip(f"{NOT_RUN}no registry: apt install docker-registry")
    ports, _ = settle([Wanted("registry", 5000, "")], Choice.AUTO)
    address = f"127.0.0.1:{ports['registry']}"
    configuration = scratch / "registry.yaml"
    settings = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(scratch / "registry")}},
        "http": {"addr": address},
    }
    configuration.write_text(yaml.safe_dump(settings))
    log = (scratch / "registry.log").open("w")
    process = subprocess.Popen([program, "serve", configuration], stdout=log, stderr=log)
    try:

        def answers() -> bool:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{address}/v2/", timeout=2):
                return True
            return False

        eventually(answers, 60, (scratch / "registry.log").read_text)
        run(helm, "package", scratch / "chart", "--destination", scratch)
        package = next(scratch.glob("dynamodr-*.tgz"))
        run(helm, "push", package, f"oci://{address}/charts", "--plain-http")
        yield f"oci://{address}/charts/{NAME}", package.stem.removeprefix(f"{NAME}-")
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def life(tool: str, release: Release, load: Loads, account: Account, step: Step) -> Step:
    """Install, upgrade under load, roll back a bad upgrade, test, uninstall; return what was counted."""
    release.install()
    release.serves()
    before = {each["metadata"]["uid"] for each in release.settled(2)}
    release.upgrade()
    assert {each["metadata"]["uid"] for each in release.settled(2)} == before, "pods rolled for nothing"
    with load.on(release, rate=80) as running:
        release.but({"app": {"logLevel": "warning"}}).upgrade()
        now = {each["metadata"]["uid"] for each in release.settled(2)}
        assert not now & before
        undo = "--atomic" if tool == "helm3" else "--rollback-on-failure"
        with pytest.raises(CommandError) as caught:
            release.but({"app": {"authToken": {"secretName": "absent"}}}).upgrade(undo, "--timeout", "20s")
        step.says(" ".join(caught.value.said[caught.value.said.rfind("Error:") :].split())[:200])
        result = load.ended(running, release)
    assert not result.failures, result.failures[:5]
    assert "STATUS: deployed" in release.helm("status", NAME)
    assert "Succeeded" in release.helm("test", NAME, "--timeout", "100s")
    release.helm("uninstall", NAME, "--wait")
    assert account.items(release.region)
    return step


@pytest.fixture(scope="session")
def lives(
    cluster: Cluster,
    account: Account,
    images: tuple[str, str],
    packed: tuple[str, str],
    scratch: Path,
) -> "Iterator[dict[str, Future[Step]]]":
    """A release by each Helm, in a namespace of its own. At once: most of a release's life is waiting."""
    spaces = {tool: f"by-{tool}" for tool in TOOLS}
    with ThreadPoolExecutor(len(TOOLS)) as at_once:
        begun = {}
        for tool, namespace in spaces.items():
            program = Path(run("ci/tools/build", tool, seconds=900).strip())
            make_namespace(cluster, REPLICA, namespace)
            release = new_release(
                cluster, account, REPLICA, images[0], scratch=scratch, helm=program, namespace=namespace
            ).but(chart=packed[0], options=("--plain-http", "--version", packed[1]))
            step = Step(tool)
            begun[tool] = at_once.submit(life, tool, release, Loads(scratch, step, account), account, step)
        yield begun
    for namespace in spaces.values():
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")
