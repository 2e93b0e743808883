"""Which cluster `make e2e` takes, and what ci/cluster/kind asks of Docker. The programs are played."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e import cluster
from tests.e2e.accelerator import PORTS

ROOT = Path(__file__).parents[3]
KIND = ROOT / "ci/cluster/kind"
PROGRAMS = {
    "kubectl": 'echo "kubectl $*" >>"$CALLS"; [ -t 0 ] || cat >/dev/null',
    "kind": 'echo "kind $*" >>"$CALLS"',
    "docker": """echo "docker $*" >>"$CALLS"
case "$*" in
  *getent*) [ -n "$DESKTOP" ] && echo "$DESKTOP STREAM host.docker.internal" || exit 2 ;;
  "network inspect"*) printf 'fc00:f853:ccd:e793::1\\n172.18.0.1\\n' ;;
esac""",
}


def played(tmp_path: Path, programs: dict[str, str], desktop: str = "") -> dict[str, str]:
    """Return an environment whose PATH has these programs and the system's small tools only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    for tool in (
        "awk",
        "bash",
        "cat",
        "cut",
        "date",
        "dirname",
        "env",
        "grep",
        "mkdir",
        "sed",
        "sh",
        "sleep",
    ):
        if tool not in programs and (found := shutil.which(tool)):
            (folder / tool).symlink_to(found)
    environment = {"PATH": str(folder), "HOME": str(tmp_path), "KIND": str(folder / "kind")}
    return environment | {"DESKTOP": desktop, "CALLS": str(tmp_path / "calls")}


def up(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [KIND / "up"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("desktop", "host", "bind"),
    [("", "172.18.0.1", "172.18.0.1"), ("192.168.65.254", "192.168.65.254", "0.0.0.0")],
    ids=["linux", "desktop"],
)
def test_kind_tells_how_pods_and_this_machine_reach_each_other(
    tmp_path: Path, desktop: str, host: str, bind: str
) -> None:
    done = up(played(tmp_path, PROGRAMS, desktop))
    assert done.returncode == 0, done.stderr
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("E2E_"))
    assert (said["E2E_HOST"], said["E2E_BIND"], said["E2E_NODE"]) == (host, bind, "127.0.0.1")
    assert all(said[name] for name in cluster.NEEDED)
    calls = (tmp_path / "calls").read_text()
    assert "kind create cluster" in calls
    assert "@sha256:" in calls


@pytest.mark.parametrize("missing", ["docker", "kubectl"])
def test_kind_says_what_it_lacks(tmp_path: Path, missing: str) -> None:
    done = up(played(tmp_path, {k: v for k, v in PROGRAMS.items() if k != missing}))
    assert done.returncode in cluster.CANNOT_RUN_HERE
    assert done.stderr.startswith(f"cluster: {missing} is not on PATH")


def documents(path: Path, kind: str) -> list[Any]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each["kind"] == kind]


def traefik() -> Any:
    [deployment] = documents(KIND / "traefik.yaml", "Deployment")
    return deployment["spec"]


def test_the_node_maps_every_port_that_the_tests_use(tmp_path: Path) -> None:
    node = yaml.safe_load((KIND / "cluster.yaml").read_text())["nodes"][0]
    mapped = {each["hostPort"]: each["containerPort"] for each in node["extraPortMappings"]}
    assert {port: mapped[port] for port in PORTS.values()} == {port: port for port in PORTS.values()}
    [gateway] = documents(KIND.parent / "manifests/ingress.yaml", "Gateway")
    port = gateway["spec"]["listeners"][0]["port"]
    [container] = traefik()["template"]["spec"]["containers"]
    assert f"--entrypoints.web.address=:{port}" in container["args"]
    # On the node itself: no Service stands between.
    assert mapped[port] == port
    assert f"E2E_INGRESS=127.0.0.1:{port}" in up(played(tmp_path, PROGRAMS)).stdout.splitlines()


def test_traefik_is_one_of_the_nodes_root_processes_which_no_policy_shuts_out() -> None:
    pod = traefik()["template"]["spec"]
    assert pod["hostNetwork"] is True
    assert pod["containers"][0]["securityContext"]["runAsUser"] == 0
    # A second one beside it would find its ports taken.
    assert traefik()["strategy"] == {"type": "Recreate"}
    assert not documents(KIND / "traefik.yaml", "Service")


def test_both_clusters_traefiks_are_told_the_same() -> None:
    def told(text: str) -> set[str]:
        return set(re.findall(r"--(?:providers|global)\.\S+", text))

    here, there = ((KIND.parent / each).read_text() for each in ("parts/ingress.sh", "kind/traefik.yaml"))
    assert told(there) == told(here) != set()


def test_loading_by_kind_gives_both_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = played(tmp_path, PROGRAMS)
    said = dict(line.split("=", 1) for line in up(environment).stdout.splitlines() if line.startswith("E2E_"))
    (tmp_path / "calls").unlink()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = cluster.described(said)
    found.load_image(Path("image.tar"), "dynamodr:1", "dynamodr:2")
    calls = [line for line in (tmp_path / "calls").read_text().splitlines() if "kubectl" not in line]
    assert calls == [
        "kind load image-archive image.tar --name dynamodr",
        (
            "docker exec dynamodr-control-plane ctr -n k8s.io image tag --force "
            "docker.io/library/dynamodr:1 docker.io/library/dynamodr:2"
        ),
    ]


def test_a_given_cluster_goes_first_then_kind_then_without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    said = "E2E_KUBECONFIG=k\nE2E_HOST=h\nE2E_INGRESS=i:1\nE2E_LOAD_IMAGE=a=b\n"

    def run(*command: object, **_: object) -> str:
        commands.append(str(command[0]))
        if command[0] == "docker" and not docker:
            raise FileNotFoundError("docker")
        return said if str(command[0]).endswith("/up") else ""

    monkeypatch.setattr(cluster, "run", run)
    monkeypatch.delenv("E2E_KUBECONFIG", raising=False)
    docker = True
    with cluster.opened(keep=False) as found:
        assert (found.host, found.node, found.ingress, found.loader) == ("h", "h", "i:1", "a=b")
    assert [each for each in commands if "ci/" in each] == ["ci/cluster/kind/up", "ci/cluster/kind/down"]
    commands.clear()
    docker = False
    with cluster.opened(keep=True):
        pass
    assert [each for each in commands if "ci/" in each] == ["ci/cluster/up"]
    commands.clear()
    for line in said.splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    with cluster.opened(keep=False):
        pass
    assert not [each for each in commands if "ci/" in each]


def test_a_given_cluster_needs_addresses() -> None:
    assert not cluster.lacking({})
    said = {"E2E_KUBECONFIG": os.devnull, "E2E_HOST": "10.0.0.1"}
    assert cluster.lacking(said).startswith("E2E_KUBECONFIG needs E2E_INGRESS, E2E_LOAD_IMAGE too")
    assert not cluster.lacking(said | {"E2E_INGRESS": "127.0.0.1:80", "E2E_LOAD_IMAGE": "true"})


@pytest.mark.parametrize("shell", ["", "unset EPOCHREALTIME"], ids=["bash-5", "bash-3"])
def test_a_lap_is_timed_by_any_bash_and_any_date(tmp_path: Path, shell: str) -> None:
    # An older macOS has bash 3.2, and a date that knows no nanoseconds.
    environment = played(tmp_path, {"date": "case $1 in *%N) echo 1764500000N ;; *) echo 1764500000 ;; esac"})
    script = f'{shell}\n. "{KIND.parent}/process.sh"\nLAP=$(($(now_ms) - 2500))\nlap kind\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert re.fullmatch(r"cluster: +2\.[5-9] s  kind\n", done.stdout), done
