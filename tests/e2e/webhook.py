"""The part of EKS's pod identity webhook: a pod whose ServiceAccount names a role gets that role and a
token for it.

It injects what https://github.com/aws/amazon-eks-pod-identity-webhook injects, and where STS is, which on
AWS needs no saying.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.e2e.account import AUDIENCE
from tests.e2e.cluster import Cluster, run

ANNOTATION = "eks.amazonaws.com/role-arn"
MOUNT = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
NAME = "pod-identity-webhook"
REGIONS = {"AWS_DEFAULT_REGION", "AWS_REGION"}
LABEL = "e2e.dynamodr/region"
"""Of a namespace: it stands for a cluster in that Region."""


def patches(pod: Mapping[str, Any], role: str, region: str, endpoint: str) -> list[dict[str, Any]]:
    """Return the JSON patch that gives a pod its role."""
    token = {"serviceAccountToken": {"audience": AUDIENCE, "expirationSeconds": 86400, "path": "token"}}
    volume = {"name": "aws-iam-token", "projected": {"sources": [token]}}
    mount = {"name": "aws-iam-token", "mountPath": MOUNT, "readOnly": True}
    variables = {
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ROLE_ARN": role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{MOUNT}/token",
        "AWS_ENDPOINT_URL_STS": endpoint,
    }
    made = [{"op": "add", "path": "/spec/volumes", "value": [*pod["spec"].get("volumes", []), volume]}]
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(pod["spec"].get(kind, [])):
            there = {each["name"] for each in container.get("env", [])}
            if there & REGIONS:  # as EKS's: either counts for both
                there |= REGIONS
            added = [{"name": key, "value": value} for key, value in variables.items() if key not in there]
            at = f"/spec/{kind}/{index}"
            made += [
                {"op": "add", "path": f"{at}/env", "value": [*container.get("env", []), *added]},
                {
                    "op": "add",
                    "path": f"{at}/volumeMounts",
                    "value": [*container.get("volumeMounts", []), mount],
                },
            ]
    return made


@contextmanager
def serving(cluster: Cluster, endpoint: str, scratch: Path) -> Iterator[None]:
    """Admit pods in the namespaces with LABEL, for as long as the context is open."""
    key, certificate = scratch / "webhook.key", scratch / "webhook.crt"
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=IP:{cluster.host}", "-days", "2")
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
        *subject,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = review["request"]
            review["response"] = {
                "uid": request["uid"],
                "allowed": True,
                **_patched(cluster, request, endpoint),
            }
            raw = json.dumps(review).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((cluster.bind, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, name=NAME, daemon=True)
    thread.start()
    try:
        cluster.apply(
            _configuration(f"https://{cluster.host}:{server.server_port}", certificate.read_bytes())
        )
        yield
    finally:
        cluster.kubectl("delete", "mutatingwebhookconfiguration", NAME, "--ignore-not-found")
        server.shutdown()
        server.server_close()


def _patched(cluster: Cluster, request: Mapping[str, Any], endpoint: str) -> dict[str, str]:
    pod, namespace = request["object"], request["namespace"]
    name = pod["spec"].get("serviceAccountName", "default")
    account = cluster.get("serviceaccount", name, "-n", namespace)
    role = account["metadata"].get("annotations", {}).get(ANNOTATION)
    if role is None:
        return {}
    region = cluster.get("namespace", namespace)["metadata"]["labels"][LABEL]
    patch = json.dumps(patches(pod, role, region, endpoint)).encode()
    return {"patchType": "JSONPatch", "patch": base64.b64encode(patch).decode()}


def _configuration(url: str, certificate: bytes) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [
            {
                "name": "pod-identity-webhook.amazonaws.com",
                "clientConfig": {"url": f"{url}/mutate", "caBundle": base64.b64encode(certificate).decode()},
                "namespaceSelector": {"matchExpressions": [{"key": LABEL, "operator": "Exists"}]},
                "rules": [
                    {
                        "operations": ["CREATE"],
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["pods"],
                    }
                ],
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                # EKS's is Ignore. Here a pod without its role would only fail later, and say less.
                "failurePolicy": "Fail",
                "timeoutSeconds": 15,
            }
        ],
    }
