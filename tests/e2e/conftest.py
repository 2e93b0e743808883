"""Fixtures of the tests on a real Kubernetes, and the report that they end with.

E2E_KUBECONFIG  a cluster that is there; else one is made: by kind (ci/cluster/kind/up) if Docker answers,
                else without Docker (ci/cluster/up). With it go
  E2E_HOST        this machine's address as the cluster's pods reach it
  E2E_INGRESS     HOST:PORT of its Traefik, whose Gateway is default/shared
  E2E_LOAD_IMAGE  shell command that gives the nodes the image $OWN of $ARCHIVE, a docker-archive, as $NAME
  E2E_NODE        a node's address as this machine reaches NodePorts 31001 and 31002 (E2E_HOST)
  E2E_BIND        where this machine listens for E2E_HOST (E2E_HOST)
E2E_SKIP        steps that may stay not run where they can't, comma between; any other fails the whole
E2E_KEEP        1: leave the cluster up at the end
E2E_OUT         where the report goes (out/e2e)
E2E_CHART       another chart than the checkout's, as ci/e2e/planted has them
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.e2e import webhook
from tests.e2e.account import Account, Issuer
from tests.e2e.cluster import CANNOT_RUN_HERE, ROOT, Cluster, CommandError, lacking, opened, run
from tests.e2e.image import NEW, OLD, build
from tests.e2e.lives import lives, packed
from tests.e2e.loads import Loads
from tests.e2e.release import Release, make_namespace, namespace_of, new_release
from tests.e2e.report import NOT_RUN, Step, line, table, write
from tests.unit.deploy.documents import HOME, REGIONS, REPLICA

# They share one cluster: in this order, each leaves both Regions standing.
ORDER = ("install", "rollouts", "failures", "identity", "policy", "argocd", "helm", "disaster")
OUT = Path(os.environ.get("E2E_OUT") or ROOT / "out/e2e")
__all__ = ["lives", "packed"]  # fixtures, which pytest finds here
STEPS = pytest.StashKey[list[Step]]()


def pytest_configure(config: pytest.Config) -> None:
    if wrong := lacking(os.environ):
        raise pytest.UsageError(wrong)
    config.stash[STEPS] = []
    config.addinivalue_line(
        "markers", "needs(*parts): the parts of the cluster without which a step can't run"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.stem.removeprefix("test_e2e_")))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[STEPS].append(Step(item.name.removeprefix("test_")))


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    step = item.config.stash[STEPS][-1]
    step.seconds += call.duration
    if call.excinfo is not None:
        said = str(call.excinfo.value)
        step.outcome = "not run" if call.excinfo.errisinstance(pytest.skip.Exception) else "FAILED"
        step.says(said if step.outcome == "not run" else said.replace("\n", " ")[:300])
    if call.when == "teardown":
        if step.outcome == "unfinished":
            step.outcome = "passed"
        # Steps take long: each is told when it ends.
        item.config.get_terminal_writer().line(f" {line(step)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    steps = session.config.stash[STEPS]
    allowed = {name.strip() for name in os.environ.get("E2E_SKIP", "").split(",")}
    if (
        any(each.outcome == "not run" and each.name not in allowed for each in steps)
        and not session.exitstatus
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    write(steps, OUT)


def pytest_unconfigure(config: pytest.Config) -> None:
    # After pytest's own summary: the table is what comes last.
    if steps := config.stash.get(STEPS, []):
        print(f"\n{table(steps)}")


@pytest.fixture
def step(request: pytest.FixtureRequest) -> Step:
    """This step's line in the report."""
    return request.config.stash[STEPS][-1]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def archive(scratch: Path) -> Iterator[Future[Path]]:
    """The image, which is built while the cluster comes up."""
    with ThreadPoolExecutor(1) as aside:
        yield aside.submit(build, scratch)


@pytest.fixture(scope="session")
def cluster(archive: Future[Path]) -> Iterator[Cluster]:
    del archive  # only begun before
    with ExitStack() as up:
        try:
            found = up.enter_context(opened(keep=os.environ.get("E2E_KEEP") == "1"))
        except CommandError as error:
            if error.code not in CANNOT_RUN_HERE:
                raise
            pytest.skip(f"{NOT_RUN}{error.said.splitlines()[-1]}")
        yield found


@pytest.fixture(autouse=True)
def _needed(request: pytest.FixtureRequest, cluster: Cluster) -> None:
    marker = request.node.get_closest_marker("needs")
    missing = set(marker.args if marker else ()) - cluster.parts
    if missing:
        pytest.skip(f"{NOT_RUN}the cluster has no {', '.join(sorted(missing))}")


@pytest.fixture(scope="session")
def images(cluster: Cluster, archive: Future[Path]) -> tuple[str, str]:
    """The image under two tags, on the node."""
    cluster.load_image(archive.result(), OLD, NEW)
    return OLD, NEW


@pytest.fixture(scope="session")
def account(cluster: Cluster, scratch: Path) -> Iterator[Account]:
    """AWS, as pods reach it; its webhook admits the pods."""

    @cache
    def issuer() -> Issuer:
        about = json.loads(cluster.kubectl("get", "--raw", "/.well-known/openid-configuration"))
        return Issuer(about["issuer"], json.loads(cluster.kubectl("get", "--raw", "/openid/v1/jwks")))

    with (
        Account(cluster.host, cluster.bind, issuer) as made,
        webhook.serving(cluster, made.endpoint, scratch),
    ):
        yield made


@pytest.fixture(scope="session")
def helm() -> Path:
    return Path(run("ci/tools/build", "helm", seconds=900).strip())


@pytest.fixture(scope="session")
def fresh(
    cluster: Cluster, account: Account, images: tuple[str, str], helm: Path, scratch: Path
) -> dict[str, Release]:
    """Both Regions' releases, in namespaces that are made anew, not installed yet."""
    for region in REGIONS:
        make_namespace(cluster, region, namespace_of(region))
    return {
        region: new_release(cluster, account, region, images[0], scratch=scratch, helm=helm)
        for region in REGIONS
    }


@pytest.fixture(scope="session")
def installed(fresh: dict[str, Release]) -> dict[str, Release]:
    """Both Regions, installed at once."""
    with ThreadPoolExecutor(len(fresh)) as at_once:
        list(at_once.map(Release.ensure, fresh.values()))
    for release in fresh.values():
        release.serves()
    return fresh


@pytest.fixture
def both(request: pytest.FixtureRequest, installed: dict[str, Release]) -> dict[str, Release]:
    """Both Regions, as they were installed: what a failed step left is put right."""
    steps = request.config.stash[STEPS]
    if any(each.outcome == "FAILED" for each in steps[-2:-1]):
        for release in installed.values():
            release.ensure()
    return installed


@pytest.fixture
def east(both: dict[str, Release]) -> Release:
    return both[HOME]


@pytest.fixture
def west(both: dict[str, Release]) -> Release:
    return both[REPLICA]


@pytest.fixture
def load(scratch: Path, step: Step, account: Account) -> Loads:
    return Loads(scratch, step, account)
