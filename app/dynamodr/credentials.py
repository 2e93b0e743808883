"""AWS credentials that fail in one way, whatever kept them from coming.

botocore's providers raise what their parts raise: a token file that is not there is an OSError, an STS that
answers no XML a ResponseParserError, a host that is not allowed a ValueError, half an answer a KeyError. No
caller expects those of a call to DynamoDB.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError
from botocore.session import Session

MISSING = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.TokenRetrievalError,
    boto.NoAuthTokenError,
    boto.SSOError,
)
"""There are none, or not now."""
POD_CURE = (
    "check the ServiceAccount's role (the eks.amazonaws.com/role-arn annotation, or the Pod Identity "
    "association), its trust policy, and that the Region is enabled for the account"
)
OPERATOR_CURE = "check AWS_PROFILE and its like: `aws sts get-caller-identity` must answer"


def guard(session: Session) -> None:
    """Let every failure to get this session's credentials be a BotoCoreError, or STS's own ClientError."""
    resolver = session.get_component("credential_provider")
    session.register_component("credential_provider", _Resolver(resolver))


class _Resolver:
    """Stands for botocore's CredentialResolver."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    def load_credentials(self) -> Any:
        """Find the first provider that has some; None when none has. Some providers fetch them here."""
        with _told("the credential providers"):
            found = self._resolver.load_credentials()
        return None if found is None else _Credentials(found)


class _Credentials:
    """Stands for a provider's credentials, which may be fetched, or fetched anew, as a call is signed."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def __getattr__(self, name: str) -> Any:
        return getattr(self._credentials, name)

    def get_frozen_credentials(self) -> Any:
        """Return what signs a call now."""
        with _told(self._credentials.method):
            return self._credentials.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return what reads a property later, as an endpoint is resolved; that may fetch them, too."""
        read = self._credentials.get_deferred_property(name)

        def told() -> Any:
            with _told(self._credentials.method):
                return read()

        return told


def sentence(error: BotoCoreError, cure: str) -> str:
    """Tell an error that a client could not be made for; `cure` is told of credentials."""
    return f"{error}. To do: {cure}." if isinstance(error, MISSING) else str(error)


@contextmanager
def _told(provider: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError):
        raise
    except Exception as error:
        said = str(error) or type(error).__name__
        if isinstance(error, KeyError):
            said = f"the answer has no {error}"
        one_line = " ".join(said.split())
        raise CredentialRetrievalError(provider=provider, error_msg=one_line) from error
