"""AWS clients, with every knob that matters under failure set here and nowhere else.

They are boto3's low-level clients, made from botocore's session: boto3's own import adds resources and
S3 transfers (35 ms of start-up) that nothing here uses.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from dynamodr import __version__
from dynamodr.credentials import guard
from dynamodr.settings import check_endpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_globalaccelerator import GlobalAcceleratorClient
    from mypy_boto3_sts import STSClient

    from dynamodr.settings import Settings


class Patience(NamedTuple):
    """How long a call may take, and how often it is tried. Seconds."""

    connect: float
    read: float
    attempts: int


# A request's: DynamoDB is a millisecond away, so what takes longer than this is lost, not slow. A connect
# that waits less than a second never sits through the kernel's first SYN retransmission; it is tried anew.
SERVING = Patience(connect=0.5, read=1.5, attempts=3)
# The control plane's: across Regions, minutes to spare, and callers that poll.
CONTROL = Patience(connect=3.0, read=10.0, attempts=5)


class AnsweredLateError(BotoCoreError):
    """A write's answer came so late that the writes may have moved to another Region before it was made."""

    fmt = "The answer came too late to be passed on as a promise"


class SdkSettingsError(BotoCoreError):
    """An AWS_... variable or the profile says what can't be."""

    fmt = (
        "{said}. To do: correct the AWS_... variables or the profile; AWS_ENDPOINT_URL_{service}, where set, "
        "names an endpoint as http://host:port or https://host"
    )


_creating = threading.Lock()
_models: list[Any] = []
"""The loader of the first session, which the others share: a model takes 50 ms and megabytes to read anew."""


@overload
def client(
    service: Literal["dynamodb"],
    region: str,
    settings: "Settings",
    patience: Patience = SERVING,
    pool: int = 10,
    *,
    sts: str = "",
) -> "DynamoDBClient": ...
@overload
def client(
    service: Literal["globalaccelerator"],
    region: str,
    settings: "Settings",
    patience: Patience = SERVING,
    pool: int = 10,
    *,
    sts: str = "",
) -> "GlobalAcceleratorClient": ...
@overload
def client(
    service: Literal["sts"],
    region: str,
    settings: "Settings",
    patience: Patience = SERVING,
    pool: int = 10,
    *,
    sts: str = "",
) -> "STSClient": ...
def client(
    service: str,
    region: str,
    settings: "Settings",
    patience: Patience = SERVING,
    pool: int = 10,
    *,
    sts: str = "",
) -> Any:
    """Make a client of `service` in `region`, usable from any thread; `pool` is how many will use it at once.

    DYNAMO_ENDPOINT is for DynamoDB alone. Everything else is found as the SDK finds it
    (AWS_ENDPOINT_URL_<SERVICE> included). Credentials of a role are fetched at the first call or, where an
    agent gives them (EKS Pod Identity), here. Raises BotoCoreError when they or the SDK's own files fail.

    A role's credentials come from the STS of `region`, so that a client needs no Region but its own; or from
    that of the Region `sts`, and are good in every Region.
    """
    endpoint = settings.dynamo_endpoint if service == "dynamodb" else None
    config = configuration(patience, pool)
    with _creating:  # a session is not thread-safe, and making one is not either
        session = botocore.session.Session()
        _models[:] = _models or [session.get_component("data_loader")]
        session.register_component("data_loader", _models[0])
        # Reaches the STS client that fetches web identity credentials: its own default is to wait a minute.
        session.set_default_client_config(config)
        # `guard` makes the providers before botocore knows the client's Region: their STS would be that of
        # AWS_DEFAULT_REGION or of the profile (AWS_REGION is not read), or else the global one, in us-east-1.
        session.set_config_variable("region", sts or region)
        session.set_config_variable("sts_regional_endpoints", "regional")
        with _told(session, service):
            guard(session)
            made = session.create_client(
                service,
                region_name=region,
                endpoint_url=endpoint.replace("{region}", region) if endpoint else None,
            )
            check_endpoint(made.meta.endpoint_url)
            return made


@contextmanager
def _told(session: botocore.session.Session, service: str) -> Iterator[None]:
    """Let a mistake in what the SDK itself reads be a BotoCoreError; some are a ValueError of botocore's."""
    try:
        yield
    except BotoCoreError:
        raise
    except ValueError as error:
        name = session.get_service_model(service).service_id.replace(" ", "_").upper()
        raise SdkSettingsError(service=name, said=str(error)) from error


def configuration(patience: Patience, pool: int) -> Config:
    """Pin what the environment or a new SDK could change."""
    return Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
        max_pool_connections=pool,
        tcp_keepalive=True,  # a peer Region's connection that died silently is found out
        # A fixed user agent and no client-side validation (our types did it) save a seventh of a call's CPU.
        user_agent=f"dynamodr/{__version__} Botocore/{botocore.__version__}",
        parameter_validation=False,
        # dynamodb.<region>.amazonaws.com, the one name that a gateway endpoint and an egress policy know.
        account_id_endpoint_mode="disabled",
    )
