"""What moves pods in daily life, under load through the Ingress: not one request may fail, nor a write get
lost.
"""

import json

import pytest

from tests.e2e.cluster import CommandError, eventually
from tests.e2e.loads import Loads
from tests.e2e.release import NAME, Release, ready
from tests.e2e.report import Step

pytestmark = [pytest.mark.timeout(400, func_only=True), pytest.mark.needs("ingress")]


def uids(release: Release) -> set[str]:
    return {each["metadata"]["uid"] for each in release.settled()}


def test_upgrade_to_a_new_image(east: Release, images: tuple[str, str], load: Loads) -> None:
    before = uids(east)
    with load.on(east) as running:
        east.but({"image": {"tag": images[1].rpartition(":")[2]}}).upgrade()
        assert not uids(east) & before, "pods of the old image are left"
        load.unharmed(running, east)
    assert {pod["spec"]["containers"][0]["image"] for pod in east.pods()} == {images[1]}


def test_rollback(east: Release, images: tuple[str, str], load: Loads) -> None:
    before = uids(east)
    with load.on(east) as running:
        east.helm("rollback", NAME, "--wait", "--timeout", "150s")
        assert not uids(east) & before, "pods of the new image are left"
        load.unharmed(running, east)
    assert {pod["spec"]["containers"][0]["image"] for pod in east.pods()} == {images[0]}


def test_upgrade_to_changed_values(east: Release, load: Loads) -> None:
    before = uids(east)
    with load.on(east) as running:
        east.but({"app": {"logLevel": "warning", "threads": 12}}).upgrade()
        assert not uids(east) & before, "the ConfigMap changed and pods run on with the old one"
        load.unharmed(running, east)


def test_eviction_under_the_pdb(east: Release, load: Loads, step: Step) -> None:
    before = uids(east)
    refused = 0
    with load.on(east) as running:
        for name in [each["metadata"]["name"] for each in east.pods()]:

            def evicted(name: str = name) -> bool:
                nonlocal refused
                try:
                    evict(east, name)
                except CommandError as error:
                    if "disruption budget" not in error.said:
                        raise
                    refused += 1
                    return False
                return True

            # At once, as a drain does: the budget is what keeps the second pod until the first is replaced.
            eventually(evicted, 120, f"{name} is evicted")
        assert not uids(east) & before
        load.unharmed(running, east)
    assert refused, "the budget refused nothing: both pods could go at once"
    step.says(f"the budget refused {refused} times")


def evict(release: Release, pod: str) -> None:
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": release.namespace},
    }
    path = f"/api/v1/namespaces/{release.namespace}/pods/{pod}/eviction"
    release.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))


@pytest.mark.needs("metrics")
def test_scaling_up_and_down(east: Release, load: Loads, step: Step) -> None:
    # A target that the load is sure to pass, and none that it is sure not to.
    at_once = [{"type": "Percent", "value": 100, "periodSeconds": 15}]
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 0, "policies": at_once}}
    scaling = {"enabled": True, "minReplicas": 2, "maxReplicas": 4, "behavior": behavior}
    with load.on(east) as running:
        east.but({"autoscaling": {**scaling, "targetCPUUtilizationPercentage": 10}}).upgrade()
        eventually(lambda: len([p for p in east.pods() if ready(p)]) >= 3, 120, east.events)
        most = len(east.pods())
        east.but({"autoscaling": {**scaling, "targetCPUUtilizationPercentage": 5000}}).upgrade()
        eventually(lambda: len(east.pods(leaving=True)) == 2, 150, east.events)
        load.unharmed(running, east)
    step.says(f"2 to {most} to 2 pods")
    east.upgrade()


def test_a_pod_killed_outright(east: Release, load: Loads, step: Step) -> None:
    """It costs at most what it had in flight: 8 clients, so 8 at a moment; and no acknowledged write."""
    with load.on(east) as running:
        victim = east.pods()[0]["metadata"]["name"]
        east.kubectl("delete", "pod", victim, "--grace-period=0", "--force", "--wait=false")
        east.settled()
        result = load.ended(running, east)
    step.says(f"{len(result.failures)} lost with the pod")
    assert len(result.failures) <= 8, result.failures


def test_a_drain_shows_in_readiness(east: Release, load: Loads) -> None:
    """A pod that is told to stop, by whomever, leaves the Service first, and serves on until it has left."""
    east.but({"shutdown": {"drainSeconds": 12}}).upgrade()
    name = east.settled()[0]["metadata"]["name"]

    def state() -> tuple[bool, int]:
        pod = east.get("pod", name)
        return ready(pod), pod["status"]["containerStatuses"][0]["restartCount"]

    with load.on(east) as running:
        # Not a deletion, of which every load balancer is told: a SIGTERM to the process alone.
        east.kubectl("exec", name, "--", "python", "-c", "import os; os.kill(1, 15)")
        left = eventually(
            lambda: (not state()[0]) and (state(),), 90, "the pod has left the Service", every=0.1
        )
        assert left[0][1] == 0, "it ended before it had left"
        eventually(lambda: state() == (True, 1), 180, "it is back")
        load.unharmed(running, east)
    east.upgrade()
