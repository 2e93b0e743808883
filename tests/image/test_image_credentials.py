"""The cut botocore makes every client in use, and gets credentials in every way that AWS offers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.image.containers import Image

KEYS = {"accessKeyId": "AKIDTEST", "secretAccessKey": "secret", "sessionToken": "token"}
EXPIRES = "2099-01-01T00:00:00Z"
STS = f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDTEST</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{EXPIRES}</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
SSO = json.dumps({"roleCredentials": KEYS | {"expiration": 4070908800000}})
POD = json.dumps(
    {"AccessKeyId": "AKIDTEST", "SecretAccessKey": "secret", "Token": "token", "Expiration": EXPIRES}
)


@contextmanager
def answering(body: str) -> Iterator[tuple[str, list[str]]]:
    """Answer every request with `body`; give its address, and each request as one line."""
    seen: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            seen.append(f"{self.command} {self.path} {self.headers.get('Authorization')} {sent}")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


# Run after what a test prepares in the container's /tmp.
RESOLVE = """
import botocore.session
credentials = botocore.session.get_session().get_credentials()
print(credentials.method, *credentials.get_frozen_credentials()[:3])
"""
TOKEN = "import os, pathlib; pathlib.Path('/tmp/jwt').write_text('a.b.c'); os.environ[{!r}] = '/tmp/jwt'"


@pytest.mark.parametrize("service", ["dynamodb", "globalaccelerator", "sts", "sso", "sso-oidc", "signin"])
def test_makes_the_clients_in_use(image: Image, service: str) -> None:
    code = f"""
import boto3  # as whoever looks for a fault in a pod would
client = boto3.client({service!r}, region_name="us-west-2")
print(client.meta.region_name, client.meta.endpoint_url)
"""
    region, endpoint = image.python(code).split()
    assert region == "us-west-2"
    assert endpoint.startswith("https://")
    assert endpoint.endswith((".amazonaws.com", ".aws.amazon.com"))


@pytest.mark.parametrize("service", ["s3", "ec2", "iam"])
def test_makes_no_other_client(image: Image, service: str) -> None:
    code = f"""
import botocore.session, botocore.exceptions
try:
    botocore.session.get_session().create_client({service!r}, region_name="us-east-1")
except botocore.exceptions.UnknownServiceError as error:
    print("unknown")
"""
    assert image.python(code) == "unknown"


def test_every_client_of_a_credential_provider_can_be_made(image: Image) -> None:
    """botocore may learn a new way to get credentials; its service must then be kept too."""
    code = """
import json, pathlib, re, botocore
files = [pathlib.Path(botocore.__path__[0], name) for name in ("credentials.py", "tokens.py")]
calls = r"(?:client_creator|create_nested_client)\\(\\s*(?:self\\._session,\\s*)?['\\"]([a-z-]+)['\\"]"
print(json.dumps(sorted({service for file in files for service in re.findall(calls, file.read_text())})))
"""
    assert json.loads(image.python(code)) == ["signin", "sso", "sso-oidc", "sts"]


def test_irsa(image: Image) -> None:
    with answering(STS) as (address, requests):
        env = {
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/users",
            "AWS_ENDPOINT_URL_STS": address,
            "AWS_REGION": "us-east-1",
        }
        code = TOKEN.format("AWS_WEB_IDENTITY_TOKEN_FILE")
        assert image.python(code + RESOLVE, env) == "assume-role-with-web-identity AKIDTEST secret token"
    assert "Action=AssumeRoleWithWebIdentity" in requests[0]
    assert "WebIdentityToken=a.b.c" in requests[0]


def test_pod_identity(image: Image) -> None:
    with answering(POD) as (address, requests):
        env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/v1/credentials"}
        code = TOKEN.format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        assert image.python(code + RESOLVE, env) == "container-role AKIDTEST secret token"
    assert requests == ["GET /v1/credentials a.b.c "]


def test_identity_center(image: Image) -> None:
    with answering(SSO) as (address, requests):
        code = """
import hashlib, json, pathlib
start = "https://example.awsapps.com/start"
cache = pathlib.Path.home() / ".aws/sso/cache"
cache.mkdir(parents=True)
(cache.parent.parent / "config").write_text(
    f"[default]\\nsso_start_url = {start}\\nsso_region = us-east-1\\n"
    "sso_account_id = 123456789012\\nsso_role_name = users\\nregion = us-east-1\\n"
)
name = hashlib.sha1(start.encode()).hexdigest()
token = {"startUrl": start, "accessToken": "t", "expiresAt": "2099-01-01T00:00:00Z"}
(cache / f"{name}.json").write_text(json.dumps(token))
"""
        assert image.python(code + RESOLVE, {"AWS_ENDPOINT_URL_SSO": address}) == "sso AKIDTEST secret token"
    assert requests[0].startswith("GET /federation/credentials?role_name=users&account_id=123456789012 ")
