"""Each literal AWS error, sorted by what the job should do about it.

AWS uses one code for what passes and for what never will, so the texts decide. They are matched by a
stable part: names, time stamps and quotation marks differ from call to call. Texts: measured on AWS and
published by aws-controllers-k8s/dynamodb-controller (docs/api-quirks), and terraform-provider-aws
(internal/service/dynamodb).
"""

import re

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from dynamodr.credentials import MISSING as MISSING_CREDENTIALS
from dynamodr.credentials import POD_CURE
from dynamodr.table.observed import Absent, Fault, Kind

THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"})
BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IDPCommunicationError",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# What the code alone tells.
BY_CODE = {
    "BackupInUseException": Kind.IN_FLIGHT,
    "ContinuousBackupsUnavailableException": Kind.IN_FLIGHT,
    "InternalFailure": Kind.UNREACHABLE,
    "InternalServerError": Kind.UNREACHABLE,
    "ReplicatedWriteConflictException": Kind.IN_FLIGHT,
    "ResourceNotFoundException": Kind.RACED,
    "ServiceUnavailable": Kind.UNREACHABLE,
    "TableInUseException": Kind.IN_FLIGHT,
    "TableNotFoundException": Kind.RACED,
}
# What only the text tells: (a part of it, in lower case; kind; cure). The first match holds.
BY_TEXT = (
    ("region is disabled", Kind.FINAL, "enable that Region for the account, or take it off TABLE_REGIONS"),
    ("already existed as tables", Kind.OCCUPIED, ""),
    (
        "add or delete the local region",
        Kind.FINAL,
        "correct DYNAMO_ENDPOINT: what answers for the first of TABLE_REGIONS is in another Region",
    ),
    # One call of ours holds one action: another caller's is under way.
    ("more than one create or delete replica actions", Kind.IN_FLIGHT, ""),
    ("while the replica is being added to table", Kind.IN_FLIGHT, ""),
    ("server-side encryption status is in updating state", Kind.IN_FLIGHT, ""),
    ("were not part of the global table", Kind.RACED, ""),
    ("replica update or replica delete action of the request was not found", Kind.RACED, ""),
    (
        "should either be pay-per-request or autoscaled",
        Kind.FINAL,
        "switch the table to on-demand (aws dynamodb update-table --billing-mode PAY_PER_REQUEST)",
    ),
    ("is not supported. the latest version of global tables", Kind.FINAL, "correct TABLE_REGIONS"),
    ("can be created, updated, or deleted simultaneously", Kind.IN_FLIGHT, ""),
    ("table tags are being updated", Kind.IN_FLIGHT, ""),
)
SILENCES = (
    boto.ConnectionError,  # a refused, closed or timed-out connection, a name that does not resolve, TLS
    boto.HTTPClientError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
)
NOT_AUTHORIZED = re.compile(
    r"not authorized to perform: (?P<action>[\w:*-]+)(?: on resource: (?P<resource>\S+))?"
)
MISSING = re.compile(r"missing the following permissions: (?P<action>['‘\w:*, -]+[\w*])")


def sort_error(operation: str, error: BotoCoreError | ClientError) -> Fault:
    """Say what `error`, raised by `operation` (CreateTable, …), means."""
    if isinstance(error, ClientError):
        return _answer(operation, error)
    if isinstance(error, MISSING_CREDENTIALS):
        return Fault(Kind.CREDENTIALS, str(error), POD_CURE)
    if isinstance(error, SILENCES):
        return Fault(Kind.UNREACHABLE, str(error))
    return Fault(Kind.FINAL, f"{operation}: {error}")


def sort_look(error: BotoCoreError | ClientError) -> Fault | Absent:
    """Say what `error`, raised by DescribeTable, means."""
    if isinstance(error, ClientError) and _code(error) == "ResourceNotFoundException":
        return Absent()
    return sort_error("DescribeTable", error)


def _answer(operation: str, error: ClientError) -> Fault:
    code, text = _code(error), error.response.get("Error", {}).get("Message", "") or str(error)
    said = f"{code}: {text}"
    lower = text.lower()
    if code in THROTTLES:
        return Fault(Kind.THROTTLED, said)
    for part, kind, cure in BY_TEXT:
        if part in lower:
            return Fault(kind, said, cure)
    if code in DENIALS or MISSING.search(text):
        return _denied(error.operation_name or operation, said)
    if code in BAD_CREDENTIALS:
        return Fault(Kind.CREDENTIALS, said, POD_CURE)
    if code == "ResourceInUseException":
        # CreateTable: another job was first. Anything else: the table is changing.
        return Fault(Kind.RACED if operation == "CreateTable" else Kind.IN_FLIGHT, said)
    if code in BY_CODE:
        return Fault(BY_CODE[code], said)
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500:
        return Fault(Kind.UNREACHABLE, said)
    return Fault(Kind.FINAL, said)


def _denied(operation: str, said: str) -> Fault:
    service = "sts" if operation.startswith("AssumeRole") else "dynamodb"
    if service == "sts":
        return Fault(Kind.CREDENTIALS, said, POD_CURE)
    named = NOT_AUTHORIZED.search(said) or MISSING.search(said)
    if not named:
        return Fault(Kind.DENIED, said, action=f"{service}:{operation}")
    groups = named.groupdict()
    action = re.sub(r"['‘’]", "", groups["action"])
    return Fault(Kind.DENIED, said, action=action, resource=groups.get("resource") or "")


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
