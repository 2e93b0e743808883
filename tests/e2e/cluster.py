"""The Kubernetes cluster under test: found or made, and spoken to by kubectl."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STATE = Path(os.environ.get("CLUSTER_STATE") or "/var/lib/dynamodr-cluster")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynamodr"
CANNOT_RUN_HERE = (2, 3)
"""Exit codes of ci/cluster/up: no root or no Linux; no Go."""
PARTS = ("policy", "dns", "ingress", "metrics", "argocd")


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
    """A cluster. `host` is this machine's address as pods reach it; `ingress` the controller's."""

    kubeconfig: Path
    host: str
    ingress: str
    parts: frozenset[str]
    kubectl_program: str

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
        """Give the node an image from a docker-archive, under each name."""
        if loader := os.environ.get("E2E_LOAD_IMAGE"):
            for name in names:
                run("sh", "-c", loader, ARCHIVE=str(archive), NAME=name)
            return
        ctr = ("ctr", "-a", STATE / "run/containerd.sock", "-n", "k8s.io", "image")
        run(*ctr, "import", archive)
        for name in names[1:]:
            run(*ctr, "tag", "--force", f"docker.io/library/{names[0]}", f"docker.io/library/{name}")


def given(kubeconfig: str) -> Cluster:
    """Use the cluster that E2E_KUBECONFIG names. The parts it has are looked for."""
    cluster = Cluster(
        Path(kubeconfig),
        os.environ.get("E2E_HOST", ""),
        os.environ.get("E2E_INGRESS", ""),
        frozenset(),
        "kubectl",
    )
    signs = {
        "dns": ("service/kube-dns", "-n", "kube-system"),
        "ingress": ("ingressclass/traefik",),
        "metrics": ("apiservice/v1beta1.metrics.k8s.io",),
        "policy": ("crd/ciliumendpoints.cilium.io",),
    }
    parts = set()
    for part, sign in signs.items():
        with contextlib.suppress(CommandError):
            cluster.kubectl("get", *sign)
            parts.add(part)
    return Cluster(cluster.kubeconfig, cluster.host, cluster.ingress, frozenset(parts), "kubectl")


@contextlib.contextmanager
def opened(keep: bool) -> Iterator[Cluster]:
    """Give E2E_KUBECONFIG's cluster, or one that `ci/cluster/up` makes; `down` ends that unless `keep`."""
    if kubeconfig := os.environ.get("E2E_KUBECONFIG"):
        yield given(kubeconfig)
        return
    try:
        sys.stderr.write(run("ci/cluster/up", *PARTS, seconds=3600))
        bin_directory = CACHE / "cluster/bin"
        yield Cluster(
            STATE / "admin.kubeconfig",
            "10.88.0.1",
            "127.0.0.1:8880",
            frozenset(PARTS),
            str(bin_directory / "kubectl"),
        )
    finally:
        if not keep:
            run("ci/cluster/down")
