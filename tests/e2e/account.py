"""The AWS account of these tests: the rehearsal's world, with an STS that wants proof and an IAM that is
obeyed.

The world takes any key pair. Here a pod gets one only for its projected token, as with IRSA on EKS: STS
checks the token's signature by the cluster's own keys, and the role's trust policy (deploy/iam/trust-
irsa.json) checks its audience and subject. What a key may then do is what deploy/iam says of its role; the
rest is denied and remembered.
"""

import base64
import io
import json
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from unittest import mock
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from rehearsal.core.errors import AwsError
from rehearsal.drill.place import OPERATOR
from rehearsal.tethered import CREDENTIALS
from rehearsal.wire.app import Endpoint
from rehearsal.wire.app_answers import answer
from rehearsal.wire.app_scope import credential_scope
from rehearsal.wire.app_sts import sts
from rehearsal.world import World, WorldConfig
from tests.contract.deploy.recorder import of
from tests.e2e.edge import new_accelerator, services
from tests.unit.deploy.documents import ACCOUNT, REGIONS, policy
from tests.unit.deploy.policy import Call, allows

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


OPERATORS = {OPERATOR, CREDENTIALS["AWS_ACCESS_KEY_ID"]}
"""The drills' access keys: those of a person who may do everything."""
ISSUER = "https://kubernetes.default.svc"
AUDIENCE = "sts.amazonaws.com"
LOG = logging.getLogger(__name__)
Keys = Callable[[], Mapping[str, Any]]


class Role(NamedTuple):
    """An IAM role: one of deploy/iam's policies, in one Region, for one ServiceAccount."""

    name: str
    document: str
    region: str
    namespace: str
    service_account: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.name}"

    def admit(self, claims: Mapping[str, Any]) -> None:
        """Raise PermissionError unless the trust policy takes a token with these claims."""
        provider = ISSUER.removeprefix("https://")
        document = policy(
            "trust-irsa",
            OIDC_PROVIDER=provider,
            NAMESPACE=self.namespace,
            SERVICE_ACCOUNT=self.service_account,
        )
        trust = [
            {**{k: v for k, v in each.items() if k != "Principal"}, "Resource": self.arn}
            for each in document["Statement"]
        ]
        keys = {f"{provider}:aud": tuple(claims["aud"]), f"{provider}:sub": (claims["sub"],)}
        if not allows({"Statement": trust}, Call("sts:AssumeRoleWithWebIdentity", self.arn, keys)):
            raise PermissionError(f"{self.name} does not trust {claims['sub']} for {claims['aud']}")

    def may(self, call: Call, tables: Iterable[str]) -> bool:
        return any(
            allows(policy(self.document, AWS_REGION=self.region, TABLE_NAME=table), call) for table in tables
        )


class Refusal(NamedTuple):
    """What IAM denied: the role's name, the action, and the Region it was tried in."""

    role: str
    action: str
    region: str


class _Gate(Endpoint):
    """In front of the world: STS for those that have a token, IAM for those that have a key."""

    account: "Account"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        scope = credential_scope(environ)
        form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
        if scope is None and form:
            return self.account.assume(environ, start_response)
        if scope is None or scope.access_key in OPERATORS or scope.service != "dynamodb":
            return super().__call__(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rsplit(".", 1)[-1]
        denial = self.account.denial(scope.access_key, scope.region, operation, json.loads(body or b"{}"))
        if denial is not None:
            return answer(start_response, denial.body(), denial.status)
        return super().__call__(environ, start_response)


class Account:
    """A running world with roles. `keys` fetches the cluster's JSON Web Key Set."""

    def __init__(
        self,
        host: str,
        keys: Keys,
    ) -> None:
        self._keys = keys
        self._sts = threading.Lock()
        self._roles: dict[str, Role] = {}
        self._holders: dict[str, Role] = {}
        self.refusals: list[Refusal] = []
        self.tables = {"users"}
        """The tables that every role's policy is attached for."""
        self.assumed: Counter[str] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        """How often a role called an operation."""
        self.accelerator = new_accelerator()
        gate = type("Gate", (_Gate,), {"account": self})
        with mock.patch("rehearsal.world.Endpoint", gate):
            self.world = World(
                WorldConfig(host=host, port=0, regions=REGIONS, seed=1, services=services(self.accelerator))
            )
        self.endpoint = self.world.endpoint

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def role(self, document: str, region: str, namespace: str, service_account: str) -> Role:
        """Make the role that deploy/iam describes for a ServiceAccount."""
        role = Role(f"{document}-{namespace}-{service_account}", document, region, namespace, service_account)
        self._roles[role.arn] = role
        return role

    def call(self, region: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call DynamoDB as the operator."""
        return self.world.dynamodb.call(region, operation, request)

    def items(self, region: str, table: str = "users") -> dict[str, dict[str, Any]]:
        """Return every user in a Region, by user name."""
        found: dict[str, dict[str, Any]] = {}
        start: dict[str, Any] = {}
        while True:
            page = self.call(region, "Scan", TableName=table, ConsistentRead=True, **start)
            found |= {item["username"]["S"]: item for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return {name: item for name, item in found.items() if not name.startswith("!")}
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def denial(
        self, access_key: str, region: str, operation: str, request: dict[str, Any]
    ) -> AwsError | None:
        """Say why a call is not let through; None if it is."""
        role = self._holders.get(access_key)
        if role is None:
            LOG.warning("%s: nobody has the key %s", operation, access_key)
            return AwsError(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        self.asked[role.name, operation] += 1
        for call in of("dynamodb", region, operation, request):
            if not role.may(call, self.tables):
                self.refusals.append(Refusal(role.name, call.action, region))
                return AwsError(
                    "AccessDeniedException",
                    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/pod is not authorized to "
                    f"perform: {call.action} on resource: {call.resource} because no identity-based policy "
                    f"allows the {call.action} action",
                )
        return None

    def assume(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer AssumeRoleWithWebIdentity: moto makes the keys, if the token proves who asks."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        try:
            role = self._roles[form["RoleArn"]]
            claims = verified(form["WebIdentityToken"], self._keys(), time.time())
            if form["Action"] != "AssumeRoleWithWebIdentity":
                raise ValueError(f"no {form['Action']} without keys")  # noqa: TRY301 - answered as the others
            role.admit(claims)
        except (KeyError, ValueError, PermissionError, InvalidSignature) as error:
            self.refusals.append(Refusal(str(error), "sts:AssumeRoleWithWebIdentity", ""))
            start_response("403 Forbidden", [("Content-Type", "text/xml")])
            said = f"<Error><Code>AccessDenied</Code><Message>{error}</Message></Error>"
            return [f"<ErrorResponse>{said}</ErrorResponse>".encode()]
        environ["wsgi.input"] = io.BytesIO(body)
        with self._sts:  # moto is imported on the first call, and keeps its state without a lock
            made = b"".join(sts(environ, start_response))
        key = re.search(rb"<AccessKeyId>(\w+)</AccessKeyId>", made)
        if key is None:
            raise RuntimeError(f"moto's STS made no key: {made!r}")
        self._holders[key[1].decode()] = role
        self.assumed[role.name] += 1
        return [made]


def verified(token: str, keys: Mapping[str, Any], now: float) -> Mapping[str, Any]:
    """Return the claims of a ServiceAccount's token. Raises InvalidSignature, PermissionError, ValueError."""
    header, claims, signature = token.split(".")
    key = next(each for each in keys["keys"] if each["kid"] == json.loads(_decoded(header))["kid"])
    numbers = RSAPublicNumbers(*(int.from_bytes(_decoded(key[part])) for part in ("e", "n")))
    numbers.public_key().verify(_decoded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    said: Mapping[str, Any] = json.loads(_decoded(claims))
    if said["iss"] != ISSUER or not said["nbf"] <= now + 5 <= said["exp"] + 5:
        raise PermissionError(f"the token of {said['sub']} is from {said['iss']}, or not of this time")
    return said


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
