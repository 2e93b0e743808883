"""The AWS account of these tests: the rehearsal's world, with an STS that wants proof and an IAM that is
obeyed.

The world takes any key pair, unless it has a permit. By this one a pod gets a key only for its projected
token, as with IRSA on EKS: STS checks the token's signature by the cluster's own keys, and the role's trust
policy (deploy/iam/trust-irsa.json) checks its audience and subject. What a key may then do is what deploy/iam
says of its role; the rest is denied and remembered.
"""

import base64
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from rehearsal.core.errors import AwsError
from rehearsal.drill.place import OPERATOR, Place
from rehearsal.tethered import CREDENTIALS
from rehearsal.wire.app_permit import Asked
from rehearsal.world import World, WorldConfig
from tests.contract.deploy.recorder import of
from tests.e2e.edge import new_accelerator, services
from tests.unit.deploy.documents import ACCOUNT, REGIONS, policy
from tests.unit.deploy.policy import Call, allows

OPERATORS = {OPERATOR, CREDENTIALS["AWS_ACCESS_KEY_ID"]}
"""The drills' access keys: those of a person who may do everything."""
AUDIENCE = "sts.amazonaws.com"
LOG = logging.getLogger(__name__)


class Issuer(NamedTuple):
    """Who signs a cluster's ServiceAccount tokens: its URL, and its JSON Web Key Set."""

    url: str
    keys: Mapping[str, Any]


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
        provider = claims["iss"].removeprefix("https://")
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


class Account:
    """A running world with roles, at `host` for pods, listening at `bind`.

    `issuer` asks the cluster who signs its tokens.
    """

    def __init__(self, host: str, bind: str, issuer: Callable[[], Issuer]) -> None:
        self._issuer = issuer
        self._roles: dict[str, Role] = {}
        self.refusals: list[Refusal] = []
        self.tables = {"users"}
        """The tables that every role's policy is attached for."""
        self.assumed: Counter[str] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        """How often a role called an operation."""
        self.accelerator = new_accelerator()
        self.world = World(
            WorldConfig(
                host=bind,
                port=0,
                regions=REGIONS,
                seed=1,
                services=services(self.accelerator),
                permit=self._permit,
            )
        )
        self.endpoint = f"http://{host}:{self.world.port}"
        self._here = f"http://{'127.0.0.1' if bind == '0.0.0.0' else bind}:{self.world.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def place(self, url: str, accelerator_arn: str) -> Place:
        """Return the place of a drill, run on this machine, where the address that pods use may be none."""
        return Place(
            url=url,
            accelerator_arn=accelerator_arn,
            regions=REGIONS,
            aws_endpoint=self._here,
            admin=f"{self._here}/_rehearsal",
        )

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

    def _permit(self, asked: Asked) -> None:
        """Give STS to who has a token, DynamoDB to who has a role's key, and all to the operator."""
        if asked.access_key in OPERATORS:
            return
        if asked.service == "sts" and not asked.access_key:
            self._assume(asked)
        elif asked.service == "dynamodb":
            self._call(asked)

    def _call(self, asked: Asked) -> None:
        role = self._roles.get(asked.role)
        if role is None:
            LOG.warning("%s: nobody has the key %s", asked.operation, asked.access_key)
            raise AwsError(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        self.asked[role.name, asked.operation] += 1
        for call in of("dynamodb", asked.region, asked.operation, asked.request):
            if not role.may(call, self.tables):
                self.refusals.append(Refusal(role.name, call.action, asked.region))
                raise AwsError(
                    "AccessDeniedException",
                    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/pod is not authorized to "
                    f"perform: {call.action} on resource: {call.resource} because no identity-based policy "
                    f"allows the {call.action} action",
                )

    def _assume(self, asked: Asked) -> None:
        """Let a pod have a role's key if its token proves who it is."""
        try:
            role = self._roles[asked.request["RoleArn"]]
            claims = verified(asked.request["WebIdentityToken"], self._issuer(), time.time())
            role.admit(claims)
        except (KeyError, ValueError, PermissionError, InvalidSignature) as error:
            self.refusals.append(Refusal(str(error), f"sts:{asked.operation}", ""))
            raise AwsError("AccessDenied", str(error), 403) from error
        self.assumed[role.name] += 1


def verified(token: str, issuer: Issuer, now: float) -> Mapping[str, Any]:
    """Return the claims of a ServiceAccount's token. Raises InvalidSignature, PermissionError, ValueError."""
    header, claims, signature = token.split(".")
    key = next(each for each in issuer.keys["keys"] if each["kid"] == json.loads(_decoded(header))["kid"])
    numbers = RSAPublicNumbers(*(int.from_bytes(_decoded(key[part])) for part in ("e", "n")))
    numbers.public_key().verify(_decoded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    said: Mapping[str, Any] = json.loads(_decoded(claims))
    if said["iss"] != issuer.url or not said["nbf"] <= now + 5 <= said["exp"] + 5:
        raise PermissionError(f"the token of {said['sub']} is from {said['iss']}, or not of this time")
    return said


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
