"""The Kubernetes cluster under test: found or made, and spoken to by kubectl."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynamodr"
CANNOT_RUN_HERE = (2, 3)
"""Exit codes of ci/cluster/up and ci/cluster/kind/up: no root, no Linux, no kubectl; no Go."""
NEEDED = ("E2E_HOST", "E2E_INGRESS", "E2E_LOAD_IMAGE")


class CommandError(Exception):
    """A command that failed: what it said."""

    def __init__(self, command: tuple[str, ...], done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self.said = f"{done.stdout}{done.stderr}".strip()
        super().__init__(f"{' '.join(command)} exited with {self.code}: {self.said}")


def run(*command: str | Path, seconds: float = 300, stdin: str = "", **environment: str) -> str:
    """Return a command's standard output. Raises CommandError, and TimeoutExpired after `seconds`."""
    words = tuple(map(str, command))
    done = subprocess.run(
        words,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )
    if done.returncode:
        raise CommandError(words, done)
    return done.stdout


def eventually(
    condition: Callable[[], Any], seconds: float, what: Callable[[], object] | str, every: float = 0.3
) -> Any:
    """Return what `condition` answers once it is true; an error of a command counts as not yet."""
    deadline = time.monotonic() + seconds
    last: Exception | None = None
    while True:
        try:
            if answer := condition():
                return answer
        except CommandError as error:
            last = error
        if time.monotonic() > deadline:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:g} s: {said}" + (f" ({last})" if last else ""))
        time.sleep(every)


@dataclass(frozen=True)
class Cluster:
    """A cluster, and the addresses by which this machine and its pods reach each other."""

    kubeconfig: Path
    host: str
    """This machine, as pods reach it."""
    bind: str
    """Where this machine listens for that: `host`, unless a virtual machine stands between."""
    node: str
    """The node, as this machine reaches its NodePorts."""
    ingress: str
    """HOST:PORT of the Ingress controller, as this machine reaches it."""
    loader: str
    """Shell command that gives the node an image: of $ARCHIVE, a docker-archive, under the name $NAME."""
    parts: frozenset[str] = frozenset()
    kubectl_program: str = "kubectl"

    def kubectl(self, *arguments: str, stdin: str = "", seconds: float = 120) -> str:
        return run(
            self.kubectl_program, "--kubeconfig", self.kubeconfig, *arguments, stdin=stdin, seconds=seconds
        )

    def get(self, *arguments: str) -> Any:
        """Return an object, or a list's items, as Kubernetes has them."""
        found = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found["items"] if found["kind"].endswith("List") else found

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        self.kubectl(
            "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        )

    def load_image(self, archive: Path, *names: str) -> None:
        """Give the node an image from a docker-archive, under each name; the first is the archive's own."""
        for name in names:
            run("sh", "-c", self.loader, ARCHIVE=str(archive), NAME=name, OWN=names[0])


SIGNS = {
    "dns": ("service/kube-dns", "-n", "kube-system"),
    "ingress": ("ingressclass/traefik", "gatewayclass/traefik"),
    "metrics": ("apiservice/v1beta1.metrics.k8s.io",),
    "argocd": ("crd/applicationsets.argoproj.io",),
}
ENFORCERS = (("crd/ciliumendpoints.cilium.io",), ("daemonset/kindnet", "-n", "kube-system"))
"""Each of these enforces NetworkPolicy."""


def lacking(said: Mapping[str, str]) -> str:
    """Say what E2E_KUBECONFIG, if it is set, is not enough without; nothing if nothing is missing."""
    missing = [name for name in NEEDED if said.get("E2E_KUBECONFIG") and not said.get(name)]
    if not missing:
        return ""
    return f"E2E_KUBECONFIG needs {', '.join(missing)} too: tests/e2e/conftest.py says what they mean"


def described(said: Mapping[str, str], kubectl: str = "kubectl") -> Cluster:
    """Return the cluster that E2E_ variables describe; the parts that it has are looked for."""
    host = said["E2E_HOST"]
    cluster = Cluster(
        kubeconfig=Path(said["E2E_KUBECONFIG"]),
        host=host,
        bind=said.get("E2E_BIND") or host,
        node=said.get("E2E_NODE") or host,
        ingress=said["E2E_INGRESS"],
        loader=said["E2E_LOAD_IMAGE"],
        kubectl_program=kubectl,
    )

    def has(*sign: str) -> bool:
        with contextlib.suppress(CommandError):
            cluster.kubectl("get", *sign)
            return True
        return False

    parts = {part for part, sign in SIGNS.items() if has(*sign)}
    if any(has(*sign) for sign in ENFORCERS):
        parts.add("policy")
    return replace(cluster, parts=frozenset(parts))


def docker_answers() -> bool:
    """Say whether a Docker engine is there for kind."""
    with contextlib.suppress(CommandError, OSError, subprocess.TimeoutExpired):
        run("docker", "info", seconds=20)
        return True
    return False


@contextlib.contextmanager
def opened(keep: bool) -> Iterator[Cluster]:
    """Give E2E_KUBECONFIG's cluster; else make one, by kind if Docker answers, else without Docker.

    What was made is ended again, unless `keep`.
    """
    if os.environ.get("E2E_KUBECONFIG"):
        yield described(os.environ)
        return
    maker, kubectl = ("ci/cluster", str(CACHE / "cluster/bin/kubectl"))
    if docker_answers():
        maker, kubectl = "ci/cluster/kind", "kubectl"
    try:
        said = run(f"{maker}/up", seconds=3600)
        sys.stderr.write(said)
        yield described(
            dict(line.split("=", 1) for line in said.splitlines() if line.startswith("E2E_")), kubectl
        )
    finally:
        if not keep:
            run(f"{maker}/down")
