"""The chart's NetworkPolicy, enforced: what pods reach, and who reaches them."""

import json

import pytest

from tests.e2e.account import Account
from tests.e2e.cluster import eventually
from tests.e2e.release import NAME, Release
from tests.e2e.report import Step

pytestmark = [pytest.mark.timeout(400, func_only=True), pytest.mark.needs("policy", "dns")]

# Each target once: whether a TCP connection comes about (or, for DNS, a name is answered).
PROBE = """
import json, socket, sys
def reaches(host, port):
    try:
        socket.create_connection((host, port), timeout=2).close()
        return True
    except OSError:
        return False
def resolves(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except OSError:
        return False
targets = json.loads(sys.argv[1])
answers = {name: reaches(*target) for name, target in targets.items()}
answers["DNS"] = resolves("kubernetes.default.svc.cluster.local")
print(json.dumps(answers))
"""


def probe(release: Release, where: str, targets: dict[str, tuple[str, int]]) -> dict[str, bool]:
    """Say from a pod which targets it reaches."""
    said = release.kubectl("exec", where, "--", "python", "-c", PROBE, json.dumps(targets))
    answers: dict[str, bool] = json.loads(said.splitlines()[-1])
    return answers


def other(release: Release, image: str, name: str, **labels: str) -> str:
    """Start a pod that is none of the chart's; return its address."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": release.namespace, "labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "python",
                    "image": image,
                    "command": [
                        "python",
                        "-c",
                        "import socket, time; s = socket.create_server(('', 7000)); time.sleep(3600)",
                    ],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    release.cluster.apply(pod)
    release.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=60s", seconds=70)
    address: str = release.get("pod", name)["status"]["podIP"]
    return address


def test_network_policy(east: Release, account: Account, images: tuple[str, str], step: Step) -> None:
    friend = {"podSelector": {"matchLabels": {"role": "friend"}}}
    guarded = east.but({"networkPolicy": {"enabled": True, "from": [friend], "metricsFrom": [friend]}})
    try:
        elsewhere = other(east, images[0], "stranger")
        # From its start: Cilium takes half a minute to believe in a changed label.
        other(east, images[0], "friend", role="friend")
        port = int(account.endpoint.rpartition(":")[2])
        aws = (east.cluster.host, port)
        slices = east.cluster.get(
            "endpointslices", "-n", "default", "-l", "kubernetes.io/service-name=kubernetes"
        )
        server = (slices[0]["endpoints"][0]["addresses"][0], slices[0]["ports"][0]["port"])
        outside = {"DynamoDB and STS": aws, "API server": server}
        aside = {"stranger": (elsewhere, 7000)}
        # So that from here on the policy is all that changes, and the pods stay.
        east.upgrade()
        pod = east.settled()[0]
        address = pod["status"]["podIP"]
        inwards = {"service": (address, 5000), "metrics": (address, 9090)}
        # Without the policy all is open: what is closed below is closed by it.
        assert all(probe(east, "deploy/dynamodr", outside | aside).values())
        assert all(probe(east, "stranger", inwards).values())

        # Where a namespace lets nothing out, the hook has its policy before it runs.
        closed = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "nothing-out", "namespace": east.namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
        }
        east.cluster.apply(closed)
        guarded.upgrade()
        east.kubectl("delete", "networkpolicy", "nothing-out")
        assert pod["metadata"]["uid"] in {each["metadata"]["uid"] for each in east.settled()}
        try:
            wanted = {"DynamoDB and STS": True, "API server": False, "stranger": False, "DNS": True}
            eventually(
                lambda: probe(east, "deploy/dynamodr", outside | aside) == wanted,
                90,
                lambda: f"wanted {wanted}, found {probe(east, 'deploy/dynamodr', outside | aside)}",
            )
            assert not any(probe(east, "stranger", inwards)[each] for each in inwards)
            assert all(probe(east, "friend", inwards)[each] for each in inwards)
            # The chart's test runs under its own policy, and the hook too.
            guarded.upgrade()
            assert "Succeeded" in east.helm("test", NAME, "--timeout", "100s")
            east.serves()

            # Red without the egress rule for table.endpoint: the rule is what lets them through.
            policy = east.get("networkpolicy", NAME)
            rules = [
                rule
                for rule in policy["spec"]["egress"]
                if {"port": port, "protocol": "TCP"} not in rule["ports"]
            ]
            assert len(rules) == len(policy["spec"]["egress"]) - 1
            patch = [{"op": "replace", "path": "/spec/egress", "value": rules}]
            east.kubectl("patch", "networkpolicy", NAME, "--type=json", "-p", json.dumps(patch))
            eventually(
                lambda: not probe(east, "deploy/dynamodr", outside)["DynamoDB and STS"],
                90,
                "the rule is gone",
            )
            # kindnet asks a policy about new connections alone, and the service keeps its own.
            account.world.cut()
            eventually(
                lambda: east.request("/dynamodr?limit=1").status == 503,
                60,
                "the service says it has no table",
            )
            step.says("red without the rule for table.endpoint: 503")
        finally:
            east.upgrade("--force-conflicts")
            east.serves()
    finally:
        east.kubectl("delete", "networkpolicy", "nothing-out", "--ignore-not-found")
        east.kubectl("delete", "pod", "stranger", "friend", "--ignore-not-found", "--now")
