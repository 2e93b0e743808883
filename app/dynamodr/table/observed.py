"""What one look at AWS shows: a table, none, or a fault in its place."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

# TableStatus and ReplicaStatus share these words (botocore dynamodb/2012-08-10).
SERVING = frozenset({"ACTIVE", "UPDATING"})
CHANGING = frozenset({"CREATING", "UPDATING", "DELETING"})
# Only a person gets a table out of these.
BROKEN = frozenset({"ARCHIVED", "ARCHIVING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "REGION_DISABLED"})
# DynamoDB's replication role is denied, as AWS FIS does to pause replication. With eventual consistency the
# replica serves, alone, and after 20 hours AWS makes it a table of its own; with strong consistency it takes
# no writes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
CUT_OFF = "REPLICATION_NOT_AUTHORIZED"


class Kind(Enum):
    """What an AWS error means to the job."""

    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    """No answer, or none that was meant: time-outs, DNS, HTTP 5xx. The call may have been carried out."""
    RACED = "raced"
    """The state is not what it was when we looked: look again."""
    IN_FLIGHT = "in flight"
    """Another change is under way: the same call works later."""
    OCCUPIED = "occupied"
    """A table of that name is where the replica should go; AWS does not say whose."""
    DENIED = "denied"
    CREDENTIALS = "credentials"
    """None, expired, or not accepted: another pod may get good ones."""
    FINAL = "final"
    """The same call never works."""


class Fault(msgspec.Struct, frozen=True):
    """An AWS error, sorted. `text` is AWS's own."""

    kind: Kind
    text: str
    cure: str = ""
    """What a person should do, where the error itself tells."""
    action: str = ""
    """DENIED: the missing IAM action, such as dynamodb:UpdateTable."""
    resource: str = ""
    """DENIED: what it is missing on, where AWS said."""


class Absent(msgspec.Struct, frozen=True):
    """The Region answers that it has no such table."""


class Replica(msgspec.Struct, frozen=True):
    """One entry of a table's Replicas, which never lists the Region that was asked."""

    region: str
    status: str
    detail: str = ""


class WarmThroughput(msgspec.Struct, frozen=True):
    """Units a second that the table takes at once."""

    read: int
    write: int
    rising: bool = False
    """AWS is raising it; what is shown is what there still is."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What DescribeTable tells, of what the job looks at."""

    status: str
    keys: tuple[tuple[str, str], ...]
    """(attribute, HASH or RANGE), in order."""
    types: tuple[tuple[str, str], ...]
    """(attribute, S, N or B) of the key attributes, in the order of `keys`."""
    on_demand: bool
    replicas: tuple[Replica, ...] = ()
    protected: bool = False
    arn: str = ""
    version: str = ""
    """Of global tables: 2019.11.21, the legacy 2017.11.29, or empty on a regional table."""
    strong: bool = False
    """Multi-Region strong consistency."""
    warm: WarmThroughput | None = None
    """None: not told, as an emulator may."""

    @property
    def serving(self) -> frozenset[str]:
        """The statuses in which a replica of this table serves."""
        return SERVING if self.strong else SERVING | {CUT_OFF}

    @property
    def broken(self) -> frozenset[str]:
        """The statuses in which it does not, until a person does something."""
        return BROKEN | {CUT_OFF} if self.strong else BROKEN

    def replica(self, region: str) -> Replica | None:
        """Find the entry of `region`."""
        return next((each for each in self.replicas if each.region == region), None)


Observation = Table | Absent | Fault


class Extras(msgspec.Struct, frozen=True):
    """What DescribeTable does not tell of the own Region's replica. None: not asked."""

    recovery: bool | Fault | None = None
    """Point-in-time recovery."""
    tags: dict[str, str] | Fault | None = None


class Seen(msgspec.Struct, frozen=True):
    """One look: every Region of the spec, and the own Region's extras."""

    tables: dict[str, Observation]
    extras: Extras = Extras()


def table(description: Mapping[str, Any]) -> Table:
    """Read DescribeTable's `Table`."""
    keys = tuple((key["AttributeName"], key["KeyType"]) for key in description.get("KeySchema", ()))
    types = {
        each["AttributeName"]: each["AttributeType"] for each in description.get("AttributeDefinitions", ())
    }
    billing = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    return Table(
        status=description["TableStatus"],
        keys=keys,
        types=tuple((name, types.get(name, "?")) for name, _ in keys),
        on_demand=billing == "PAY_PER_REQUEST",
        replicas=tuple(
            Replica(
                each["RegionName"], each.get("ReplicaStatus", ""), each.get("ReplicaStatusDescription", "")
            )
            for each in description.get("Replicas", ())
        ),
        protected=description.get("DeletionProtectionEnabled", False),
        arn=description.get("TableArn", ""),
        version=description.get("GlobalTableVersion", ""),
        strong=description.get("MultiRegionConsistency") == "STRONG",
        warm=_warm(description.get("WarmThroughput", {})),
    )


def _warm(shown: Mapping[str, Any]) -> WarmThroughput | None:
    read, write = shown.get("ReadUnitsPerSecond"), shown.get("WriteUnitsPerSecond")
    if read is None or write is None:
        return None
    return WarmThroughput(read, write, rising=shown.get("Status") == "UPDATING")


def recovery(response: Mapping[str, Any]) -> bool:
    """Read DescribeContinuousBackups. Its ContinuousBackupsStatus is not the one that tells."""
    backups = response["ContinuousBackupsDescription"]
    status = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return bool(status == "ENABLED")
