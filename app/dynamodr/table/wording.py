"""What a person reads when the job gives up: what is there, what was wanted, what to do."""

from dynamodr.table.calls import OPERATIONS
from dynamodr.table.decisions import Action, Stop
from dynamodr.table.observed import Fault, Kind, Replica, Table
from dynamodr.table.spec import KEYS, TYPES, Spec

RERUN = "run this again"


def key(keys: tuple[tuple[str, str], ...], types: tuple[tuple[str, str], ...]) -> str:
    """Write a key as `username (HASH, S), last_name (RANGE, S)`."""
    typed = dict(types)
    return ", ".join(f"{name} ({role}, {typed.get(name, '?')})" for name, role in keys)


def other_key(spec: Spec, region: str, table: Table) -> Stop:
    """Say that the key differs, which no call can change."""
    return Stop(
        there=f"table {spec.name} in {region} has the key {key(table.keys, table.types)}",
        wanted=f"the key {key(KEYS, TYPES)}",
        cure="set TABLE_NAME to another name, or move that table's data elsewhere and delete it yourself; "
        "nothing was changed",
    )


def provisioned(spec: Spec, region: str) -> Stop:
    """Say that the table has provisioned capacity."""
    return Stop(
        there=f"table {spec.name} in {region} has provisioned capacity",
        wanted="an on-demand table (PAY_PER_REQUEST)",
        cure=f"aws dynamodb update-table --region {region} --table-name {spec.name} "
        f"--billing-mode PAY_PER_REQUEST, wait until it is ACTIVE, then {RERUN}; nothing was changed",
    )


def legacy(spec: Spec, region: str, version: str) -> Stop:
    """Say that the global table is of the old kind, whose replicas are managed by other calls."""
    return Stop(
        there=f"table {spec.name} in {region} is a global table of version {version}",
        wanted="version 2019.11.21",
        cure=f"upgrade it in the DynamoDB console (Global tables), then {RERUN}; nothing was changed",
    )


def foreign(spec: Spec, region: str) -> Stop:
    """Say that a table that is no replica stands where a replica should."""
    return Stop(
        there=f"a table {spec.name} stands in {region}, and it is no replica of the one in {spec.home}",
        wanted=f"a replica of {spec.home}'s table there, which AWS makes only where no table has that name",
        cure=f"set TABLE_NAME to another name, or keep what you need of the table in {region} and delete it "
        "yourself; nothing was changed",
    )


def homeless(spec: Spec, regions: list[str]) -> Stop:
    """Say that the table is everywhere but at home."""
    where = " and ".join(regions)
    return Stop(
        there=f"table {spec.name} stands in {where}, but not in the home Region {spec.home}",
        wanted=f"the table in {spec.home}, the first of TABLE_REGIONS, with replicas in the others",
        cure=f"put {regions[0]} first in TABLE_REGIONS to grow from the table there; if it is not yours, "
        "set TABLE_NAME to another name; nothing was changed",
    )


def creation_failed(spec: Spec, replica: Replica) -> Stop:
    """Say that AWS could not make a replica, and that its entry is in the way."""
    why = f": {replica.detail}" if replica.detail else ""
    delete = f'\'[{{"Delete":{{"RegionName":"{replica.region}"}}}}]\''
    return Stop(
        there=f"the replica of {spec.name} in {replica.region} is CREATION_FAILED{why}",
        wanted="an ACTIVE replica",
        cure=f"clear the failed entry yourself: aws dynamodb update-table --region {spec.home} "
        f"--table-name {spec.name} --replica-updates {delete}, then {RERUN}",
    )


def broken(spec: Spec, region: str, status: str) -> Stop:
    """Say that the own replica is in a state that only a person gets it out of."""
    cures = {
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "enable the table's KMS key, or restore the key's policy",
        "REGION_DISABLED": "enable the Region for the account again",
        "REPLICATION_NOT_AUTHORIZED": "restore the permissions of DynamoDB's replication role on the table",
    }
    archived = "restore the table from its archival backup under another name, and set TABLE_NAME to it"
    return Stop(
        there=f"table {spec.name} in {region} is {status}",
        wanted="ACTIVE",
        cure=f"{cures.get(status, archived)}; nothing was changed",
    )


def cut_off(region: str) -> str:
    """Say that a replica serves, and that nothing is replicated to and from it."""
    return (
        f"replication to and from {region} is stopped (REPLICATION_NOT_AUTHORIZED): its replica serves, but "
        "after 20 hours AWS makes it a table of its own, for good. Restore the permissions of DynamoDB's "
        "replication role on it, or end the experiment that denies them"
    )


def strong(spec: Spec, region: str) -> Stop:
    """Say that a strongly consistent global table takes no replica later."""
    return Stop(
        there=f"table {spec.name} has multi-Region strong consistency, and no replica in {region}",
        wanted=f"a replica in {region}; AWS adds none to such a table",
        cure=f"take {region} off TABLE_REGIONS, or set TABLE_NAME to another name; nothing was changed",
    )


def unanswered(spec: Spec, region: str, fault: Fault, why: str) -> Stop:
    """Say that a Region that is needed gives no answer, or none that helps."""
    cure = (
        fault.cure
        or f"wait until DynamoDB in {region} answers from here (network, endpoint, AWS health), then {RERUN}"
    )
    return Stop(
        there=f"DynamoDB in {region} does not tell of table {spec.name} ({fault.text})",
        wanted=why,
        cure=cure,
        final=fault.kind is Kind.FINAL,
    )


def not_allowed(spec: Spec, region: str, fault: Fault, wish: str) -> Stop:
    """Name the missing permission, and on what."""
    resource = fault.resource or f"table {spec.name} in {region}"
    cure = (
        f"allow {fault.action} on {resource} in the IAM policy of the job's role, not of the service's, "
        f"then {RERUN}"
    )
    if not spec.own_role:
        cure = (
            "give the pod its role: it has neither IRSA's nor Pod Identity's variables and asks as its node. "
            f"Where the ServiceAccount has a role, a new pod gets it. Otherwise {cure}"
        )
    return Stop(
        there=f"the job's role may not {fault.action} on {resource} ({fault.text})",
        wanted=wish,
        cure=cure,
        final=spec.own_role,
    )


def refused(spec: Spec, action: Action, fault: Fault) -> Stop:
    """Say which call AWS refuses for good."""
    return Stop(
        there=f"AWS refuses to {action.key} ({OPERATIONS[type(action)]} of {spec.name}: {fault.text})",
        wanted=f"to {action.key}",
        cure=fault.cure or f"do what AWS says, then {RERUN}; the call changed nothing",
        final=fault.kind is not Kind.CREDENTIALS,
    )
