"""The errors that DynamoDB answers with, in its own words.

Texts were measured on AWS (github.com/aws-controllers-k8s/dynamodb-controller, docs/api-quirks) or are quoted
from its documentation; clients match on them, so they are kept to the letter, typing mistakes included.
"""

from __future__ import annotations

from typing import Any

DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
CORAL_VALIDATE = "com.amazon.coral.validate#"
CORAL_SERVICE = "com.amazon.coral.service#"

_SPACES = {
    "ValidationException": CORAL_VALIDATE,
    "SerializationException": CORAL_SERVICE,
    "AccessDeniedException": CORAL_SERVICE,
    "UnknownOperationException": CORAL_SERVICE,
    "MissingAuthenticationTokenException": CORAL_SERVICE,
    "ThrottlingException": CORAL_SERVICE,
}


class AwsError(Exception):
    """An error as AWS answers it: a code, a message, an HTTP status, and members beside the message."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members

    def body(self) -> dict[str, Any]:
        """The JSON body, `__type` and message first."""
        space = _SPACES.get(self.code, DYNAMODB)
        return {"__type": space + self.code, "message": self.message, **self.members}


def validation(message: str) -> AwsError:
    """A request that can never succeed as it is."""
    return AwsError("ValidationException", message)


def invalid_value(message: str) -> AwsError:
    """A validation error with DynamoDB's usual beginning."""
    return validation("One or more parameter values were invalid: " + message)


def no_such_table(name: str) -> AwsError:
    """What the control plane says of a table that is not there, or not yet."""
    return AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")


def no_such_resource() -> AwsError:
    """What the data plane says of a table that is not there, or not yet."""
    return AwsError("ResourceNotFoundException", "Requested resource not found")


def no_such_resource_arn(arn: str) -> AwsError:
    """What the tagging calls say."""
    return AwsError(
        "ResourceNotFoundException", f"Requested resource not found: ResourceArn: {arn} not found"
    )


def no_such_table_for_backups(name: str) -> AwsError:
    """What the continuous backup calls say, with a code of their own."""
    return AwsError("TableNotFoundException", f"Table not found: {name}")


def in_use(detail: str) -> AwsError:
    """A table in a state that does not admit the call."""
    return AwsError("ResourceInUseException", "Attempt to change a resource which is still in use: " + detail)


def busy() -> AwsError:
    """UpdateTable while another change of the table or of a replica is in flight."""
    return AwsError("ResourceInUseException", "The resource which you are attempting to change is in use.")


def table_exists(name: str) -> AwsError:
    """CreateTable for a name taken in the Region."""
    return AwsError("ResourceInUseException", f"Table already exists: {name}")


def replica_exists(name: str) -> AwsError:
    """A Create where that name is taken: by a member, a foreign table, or a replica still being deleted."""
    return validation(
        f"Failed to create a the new replica of table with name: ‘{name}’ "
        "because one or more replicas already existed as tables."
    )


def replica_not_member(regions: list[str]) -> AwsError:
    """A Delete or Update of a Region that has no listed replica."""
    return validation(
        "Update global table operation failed because one or more replicas were not part of the global "
        f"table. Please retry the request without these replicas: [{', '.join(regions)}]."
    )


def local_region() -> AwsError:
    """A Create or Delete of the Region that the call was made in."""
    return validation(
        "Cannot add or delete the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required."
    )


def several_replica_actions() -> AwsError:
    """More than one Create or Delete in a call."""
    return validation(
        "Update table operation with more than one create or delete replica actions not allowed"
    )


def mixed_replica_actions() -> AwsError:
    """One element that asks for two kinds of action."""
    return validation("Update table operation with more than one type of replica actions not allowed.")


def no_replica_action() -> AwsError:
    """An element that asks for nothing."""
    return validation("There are no actions specified in the Replica Update Action of the request.")


def replica_being_added(name: str, region: str) -> AwsError:
    """A replica action at the endpoint of a replica that is being created."""
    return validation(
        "Create/Update/Delete of replica is not allowed while the replica is being added to table with name: "
        f"‘{name}’ in region: ‘{region}’."
    )


def not_autoscaled() -> AwsError:
    """A Create on a provisioned table without autoscaling, which this world does not have."""
    return validation("Table write capacity should either be Pay-Per-Request or AutoScaled.")


def index_not_autoscaled() -> AwsError:
    """The same of an index."""
    return validation("GSI write capacity should either be Pay-Per-Request or AutoScaled.")


def region_disabled(region: str) -> AwsError:
    """A Create in an opt-in Region that the account has not enabled."""
    return validation(
        f"Failed to access the region: ‘{region}’. "
        "User is missing the permissions since the region is disabled."
    )


def region_unsupported(region: str, supported: list[str]) -> AwsError:
    """A Create in a Region that does not exist."""
    return validation(
        f"Region {region} is not supported. The latest version of global tables are only supported in the "
        f"following regions: [{', '.join(supported)}]"
    )


def source_of_replica() -> AwsError:
    """Deleting a table within 24 hours of its having been the source of a replica that still stands."""
    return validation(
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to "
        "the table in the last 24 hours."
    )


def deletion_protected() -> AwsError:
    """DeleteTable on a protected table."""
    return validation(
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first."
    )


def replica_deletion_protected(name: str, region: str) -> AwsError:
    """A replica Delete of a protected replica."""
    return validation(
        f"Cannot delete table {name} in region {region} because it has deletion protection enabled. "
        "Disable deletion protection first."
    )


def deletion_of_one() -> AwsError:
    """Any way to delete one replica of a strongly consistent table."""
    return validation(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency "
        "set to STRONG."
    )


def stream_of_replica() -> AwsError:
    """Disabling the stream of a global table."""
    return invalid_value("Disabling Stream is not allowed for a Global Table replica.")


def access_denied(principal: str, action: str, resource: str) -> AwsError:
    """IAM's refusal."""
    return AwsError(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
    )


def throttled_capacity() -> AwsError:
    """The data plane's refusal when capacity is spent."""
    return AwsError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API.",
    )


def throttled_rate() -> AwsError:
    """The control plane's refusal when calls come too fast."""
    return AwsError("ThrottlingException", "Rate exceeded")


def backfilling(index: str) -> AwsError:
    """A read of a global secondary index that is being created."""
    return validation(f"Cannot read from backfilling global secondary index: {index}")


def internal() -> AwsError:
    """What an impaired Region answers."""
    return AwsError("InternalServerError", "Internal server error", 500)


def unavailable() -> AwsError:
    """What a Region answers that is down behind a load balancer that is not."""
    return AwsError("ServiceUnavailable", "The service is currently unavailable", 503)


def not_emulated(what: str, instead: str = "") -> AwsError:
    """A call that the rehearsal knows of and does not emulate: never silence."""
    return AwsError(
        "UnknownOperationException",
        f"The rehearsal does not emulate {what}.{' ' + instead if instead else ''}",
    )
