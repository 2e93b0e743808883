"""The chart's release in one Region, by Helm, and what stands of it."""

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import yaml

from tests.e2e.account import Account, Role
from tests.e2e.cluster import ROOT, Cluster, eventually, run
from tests.e2e.webhook import ANNOTATION, LABEL
from tests.unit.deploy.documents import merged

NAME = "dynamodr"
SERVICE_ACCOUNT = "dynamo-sa"
SECONDS = 240


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Release:
    """A Region's release: its namespace stands for the Region's cluster. `values` are what is overridden."""

    cluster: Cluster
    region: str
    namespace: str
    values: Mapping[str, Any]
    scratch: Path
    helm_program: Path
    chart: str
    options: tuple[str, ...] = field(default=())

    @property
    def host(self) -> str:
        """The host name that the Ingress serves."""
        return f"{self.namespace}.ingress.test"

    def but(self, values: Mapping[str, Any] | None = None, **changes: Any) -> Self:
        """Return the release with more values overridden, or another Helm or chart."""
        return replace(self, values=merged(self.values, values or {}), **changes)

    def helm(self, *arguments: str, seconds: float = SECONDS + 60) -> str:
        return run(
            self.helm_program,
            *arguments,
            "--namespace",
            self.namespace,
            "--kubeconfig",
            self.cluster.kubeconfig,
            seconds=seconds,
        )

    def install(self, *more: str, verb: str = "install") -> str:
        """Install from the Region's values file and what is overridden, and wait until it serves."""
        waiting = ("--wait", "--timeout", f"{SECONDS}s")
        return self.helm(verb, NAME, self.chart, *self._files(), *waiting, *self.options, *more)

    def upgrade(self, *more: str) -> str:
        return self.install(*more, verb="upgrade")

    def uninstall(self) -> None:
        self.helm("uninstall", NAME, "--wait", "--ignore-not-found")

    def ensure(self) -> None:
        """Bring the release to these values from whatever state it is in."""
        self.helm(
            "upgrade", "--install", NAME, self.chart, *self._files(), "--wait", "--timeout", f"{SECONDS}s"
        )
        self.settled()

    def _files(self) -> tuple[str, ...]:
        overlay = self.scratch / f"{self.namespace}-{uuid.uuid4().hex[:6]}.yaml"
        overlay.write_text(yaml.safe_dump(dict(self.values)))
        return "-f", str(ROOT / f"values-{self.region}.yaml"), "-f", str(overlay)

    def get(self, *arguments: str) -> Any:
        return self.cluster.get(*arguments, "-n", self.namespace)

    def kubectl(self, *arguments: str, stdin: str = "", seconds: float = 120) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin, seconds=seconds)

    def pods(self, *, leaving: bool = False) -> list[dict[str, Any]]:
        """Return the service's pods, without those on their way out unless asked."""
        found = self.get("pods", "-l", "app.kubernetes.io/component=service")
        return [each for each in found if leaving or "deletionTimestamp" not in each["metadata"]]

    def settled(self, pods: int | None = None, seconds: float = 180) -> list[dict[str, Any]]:
        """Wait until every pod is ready, as many as wanted, and none is leaving; return them."""

        def stands() -> list[dict[str, Any]] | None:
            there = self.pods(leaving=True)
            wanted = pods if pods is not None else self.get("deployment", NAME)["spec"]["replicas"]
            good = all(ready(each) and "deletionTimestamp" not in each["metadata"] for each in there)
            return there if good and len(there) == wanted else None

        found: list[dict[str, Any]] = eventually(stands, seconds, f"the pods of {self.namespace} stand still")
        return found

    def request(self, path: str, method: str = "GET", body: Any = None, host: str | None = None) -> Answer:
        """Send one request through the Ingress, or as another host."""
        connection = HTTPConnection(self.cluster.ingress, timeout=15)
        headers = {"Host": host or self.host, "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def serves(self, host: str | None = None, seconds: float = 60) -> None:
        """Wait until the route leads to a pod."""
        eventually(
            lambda: self.request("/dynamodr?limit=1", host=host).status == 200,
            seconds,
            f"{host or self.host} leads to the service",
        )

    def events(self) -> str:
        return self.kubectl("get", "events", "--sort-by=.lastTimestamp")


def ready(pod: Mapping[str, Any]) -> bool:
    """Say whether a pod is ready."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def namespace_of(region: str) -> str:
    """Name the namespace that stands for a Region's cluster."""
    return {"us-east-1": "east", "us-west-2": "west"}[region]


def annotated(role: Role) -> dict[str, Any]:
    """Return what a ServiceAccount needs so that its pods get a role."""
    return {"annotations": {ANNOTATION: role.arn}}


def make_namespace(cluster: Cluster, region: str, name: str) -> None:
    """Make a namespace, empty, that enforces the restricted Pod Security Standard."""
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait", seconds=180)
    labels = {"pod-security.kubernetes.io/enforce": "restricted", LABEL: region}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


def new_release(
    cluster: Cluster,
    account: Account,
    region: str,
    image: str,
    *,
    scratch: Path,
    helm: Path,
    namespace: str = "",
) -> Release:
    """Describe a Region's release: its values file, with endpoint, image, roles and routes filled in."""
    namespace = namespace or namespace_of(region)
    service = account.role("service", region, namespace, SERVICE_ACCOUNT)
    hook = account.role("table-job", region, namespace, f"{SERVICE_ACCOUNT}-hook")
    repository, _, tag = image.rpartition(":")
    values = {
        "table": {"endpoint": account.endpoint},
        "image": {"repository": repository, "tag": tag},
        "serviceAccount": annotated(service),
        "tableJob": {"serviceAccount": annotated(hook)},
        "ingress": {"enabled": True, "className": "traefik", "host": f"{namespace}.ingress.test"},
        "httpRoute": {
            "enabled": True,
            "parentRefs": [{"name": "shared", "namespace": "default"}],
            "hostnames": [f"{namespace}.gateway.test"],
        },
    }
    chart = scratch / "chart"
    if not chart.exists():
        # Of one moment: an edit meanwhile would be a change that no step has made.
        shutil.copytree(os.environ.get("E2E_CHART") or ROOT / "chart", chart)
    return Release(cluster, region, namespace, values, scratch, helm, str(chart))


def timed(action: Callable[[], Any]) -> float:
    """Return how many seconds an action took."""
    began = time.monotonic()
    action()
    return time.monotonic() - began
