"""Why an operation on users did not come true.

UsersError
├── UserExists            create: somebody is there already
├── KeyReused             create: the Idempotency-Key has created this user with other content
├── PreconditionFailed    put, delete: If-Match or If-None-Match does not hold
└── Unavailable           DynamoDB throttles, fails or does not answer
    └── Throttled
"""

from typing import Literal

Applied = Literal["no", "unknown"]


class UsersError(Exception):
    """An operation on users did not come true."""


class UserExists(UsersError):  # noqa: N818 - answers, not mistakes; so are the next ones
    """A user with that key is there already."""


class KeyReused(UsersError):  # noqa: N818
    """The same Idempotency-Key has created this user with another name or mail."""


class PreconditionFailed(UsersError):  # noqa: N818
    """The user is not as the caller's If-Match or If-None-Match says."""


class Unavailable(UsersError):  # noqa: N818
    """DynamoDB gave no answer that counts.

    `code` is DynamoDB's error code, or the SDK's exception; `applied` tells whether a write may have been
    carried out all the same.
    """

    def __init__(self, operation: str, code: str, applied: Applied) -> None:
        self.operation = operation
        self.code = code
        self.applied: Applied = applied
        super().__init__(f"{operation}: {code}")


class Throttled(Unavailable):
    """DynamoDB asks for fewer requests."""
