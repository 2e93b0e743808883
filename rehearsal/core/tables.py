"""What a table is: the definition that replicas share, and the copy that each Region has of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Request: TypeAlias = dict[str, Any]
"""A request or an answer in DynamoDB JSON."""

Status: TypeAlias = Literal["CREATING", "ACTIVE", "UPDATING", "DELETING"]


@dataclass(slots=True)
class Definition:
    """What every replica of a global table has in common; AWS syncs it to all of them."""

    name: str
    key_schema: list[dict[str, str]]
    attributes: list[dict[str, str]]
    billing: str = "PAY_PER_REQUEST"
    throughput: dict[str, int] = field(default_factory=dict)
    warm: dict[str, int] = field(default_factory=dict)
    """Units a second, where they were raised above what the table has anyway."""
    warming: dict[str, int] | None = None
    """What they are being raised to."""
    on_demand: dict[str, int] | None = None
    indexes: list[dict[str, Any]] = field(default_factory=list)
    local_indexes: list[dict[str, Any]] = field(default_factory=list)
    stream_view: str | None = None
    sse: dict[str, Any] | None = None
    table_class: str | None = None
    ttl_attribute: str | None = None

    @property
    def key_names(self) -> tuple[str, ...]:
        """The key attributes, HASH first."""
        return tuple(element["AttributeName"] for element in self.key_schema)

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Definition:
        """Read a CreateTable request."""
        stream = request.get("StreamSpecification") or {}
        sse = request.get("SSESpecification") or {}
        return cls(
            name=request["TableName"],
            key_schema=sorted(request["KeySchema"], key=lambda element: element["KeyType"] != "HASH"),
            attributes=list(request["AttributeDefinitions"]),
            billing=request.get("BillingMode", "PROVISIONED"),
            throughput=dict(request.get("ProvisionedThroughput") or {}),
            warm=dict(request.get("WarmThroughput") or {}),
            on_demand=request.get("OnDemandThroughput"),
            indexes=[
                {**index, "IndexStatus": "CREATING"} for index in request.get("GlobalSecondaryIndexes") or []
            ],
            local_indexes=list(request.get("LocalSecondaryIndexes") or []),
            stream_view=stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
            sse=sse if sse.get("Enabled") else None,
            table_class=request.get("TableClass"),
        )

    def request(self) -> Request:
        """The CreateTable request that makes an engine's copy: keys and indexes, no Regional settings."""
        request: Request = {
            "TableName": self.name,
            "KeySchema": self.key_schema,
            "AttributeDefinitions": self.attributes,
            "BillingMode": "PAY_PER_REQUEST",
        }
        wanted = ("IndexName", "KeySchema", "Projection")
        if self.indexes:
            request["GlobalSecondaryIndexes"] = [{k: index[k] for k in wanted} for index in self.indexes]
        if self.local_indexes:
            request["LocalSecondaryIndexes"] = [{k: index[k] for k in wanted} for index in self.local_indexes]
        return request


@dataclass(slots=True)
class Copy:
    """A table in one Region: regional, or a replica. What is here AWS does not sync."""

    region: str
    group: Group
    created_at: float
    table_id: str
    status: Status = "CREATING"
    replica_status: Status = "ACTIVE"
    visible: bool = True
    """Whether DescribeTable finds it: a replica is listed elsewhere some seconds before."""
    active_since: float | None = None
    stream_label: str | None = None
    deletion_protection: bool = False
    recovery_since: float | None = None
    recovery_days: int = 35
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The table's name, the same in every Region."""
        return self.group.definition.name

    @property
    def answers_data(self) -> bool:
        """Whether reads and writes are answered; a replica being created answers only DescribeTable."""
        return self.status != "CREATING"


@dataclass(slots=True)
class Witness:
    """The third Region of a strongly consistent table that has two replicas; it holds no table."""

    region: str
    status: Status = "CREATING"


@dataclass(slots=True)
class Group:
    """A table and its replicas, in the order in which they were made. A regional table is a group of one."""

    id: str
    """Names the items of this group in the replicator: a foreign table of the same name is another group."""
    definition: Definition
    copies: list[Copy] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    """Regions whose entry the others show in Replicas."""
    is_global: bool = False
    """Whether GlobalTableVersion shows: from the first Create's 200 until the last entry is gone."""
    acting: set[str] = field(default_factory=set)
    """Regions whose replica is being created or deleted; no other UpdateTable is admitted meanwhile."""
    is_strong: bool = False
    witness: Witness | None = None
    sourced: dict[str, tuple[str, float]] = field(default_factory=dict)
    """For each replica, the Region that it was made from, and when."""
    ttl_changed_at: float | None = None

    def copy(self, region: str) -> Copy | None:
        """The copy in a Region, if there is one."""
        return next((copy for copy in self.copies if copy.region == region), None)

    def others(self, region: str) -> list[Copy]:
        """The copies that DescribeTable in a Region lists as Replicas."""
        return [copy for copy in self.copies if copy.region != region and copy.region in self.listed]
