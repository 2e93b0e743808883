"""DynamoDB's control plane over a few Regions, small enough to script, in virtual time.

It raises real ClientErrors with AWS's own texts, and refuses every request that botocore's model of the
service does not know: the job's own client has that check off.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.exceptions import EndpointConnectionError
from botocore.validate import ParamValidator
from dynamodr.table.look import Api, Apis

from tests.unit.table.aws_errors import SAID, refuse
from tests.unit.table.virtual_time import VirtualTime

KEY = [{"AttributeName": "username", "KeyType": "HASH"}, {"AttributeName": "last_name", "KeyType": "RANGE"}]
TYPES = [
    {"AttributeName": "last_name", "AttributeType": "S"},
    {"AttributeName": "username", "AttributeType": "S"},
]
READS = frozenset({"DescribeTable", "DescribeContinuousBackups", "ListTagsOfResource"})

Rule = Callable[[str, str, Mapping[str, Any]], Exception | None]
"""Region, operation, request: an error to raise in place of the call, or None."""


@functools.cache
def model() -> Any:
    return botocore.session.get_session().get_service_model("dynamodb")


def no_route(region: str) -> EndpointConnectionError:
    return EndpointConnectionError(endpoint_url=f"https://dynamodb.{region}.amazonaws.com/")


def warmth(read: int = 12_000, write: int = 4_000, status: str = "ACTIVE") -> dict[str, Any]:
    return {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": status}


@dataclass
class Copy:
    """A table in one Region."""

    status: str = "ACTIVE"
    on_demand: bool = True
    key: list[dict[str, str]] = field(default_factory=lambda: KEY)
    types: list[dict[str, str]] = field(default_factory=lambda: TYPES)
    protected: bool = True
    recovery: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    shown_tags: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    warm: dict[str, Any] | None = field(default_factory=warmth)


@dataclass(frozen=True)
class Made:
    """A call that was let through."""

    region: str
    operation: str
    request: Mapping[str, Any]
    at: float


class FakeAws:
    """Tables by Region. `members` are those of the one global table, with the others' word of each."""

    def __init__(self, time: VirtualTime, *, latency: float = 0.02) -> None:
        self.time = time
        self.latency = latency
        self.copies: dict[str, Copy] = {}
        self.members: dict[str, str] = {}
        self.down: set[str] = set()
        self.rules: list[Rule] = []
        self.made: list[Made] = []
        self.drops = 0
        self.durations = {
            "create": 6.0,
            "entry": 6.0,
            "visible": 10.0,
            "active": 20.0,
            "protect": 35.0,
            "tags": 2.0,
            "warming": 0.0,
            "warm": 400.0,
        }
        self._due: list[tuple[float, Callable[[], object]]] = []

    # What a test asks

    def mutations(self) -> list[Made]:
        return [made for made in self.made if made.operation not in READS]

    def apis(self, *regions: str) -> Apis:
        return {region: self.api(region) for region in regions}

    def global_table(self, *regions: str, **fields: Any) -> None:
        for region in regions:
            self.copies[region] = Copy(**fields)
            self.members[region] = "ACTIVE"

    def settle(self) -> None:
        """Let all that is due, ever, happen."""
        while self._due:
            self.time.now = max(self.time.now, min(due for due, _ in self._due))
            self._advance()

    # What a job asks

    def api(self, region: str) -> Api:
        def ask(operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
            shape = model().operation_model(operation).input_shape
            wrong = ParamValidator().validate(request, shape)
            assert not wrong.has_errors(), wrong.generate_report()
            self.time.sleep(self.latency / 2)
            if region in self.down:
                raise no_route(region)
            for rule in self.rules:
                error = rule(region, operation, request)
                if error is not None:
                    raise error
            self._advance()
            answer: Mapping[str, Any] = getattr(self, f"_{operation}")(region, request)
            self.made.append(Made(region, operation, request, self.time.now))
            self.time.sleep(self.latency / 2)
            return answer

        return ask

    def later(self, seconds: float, happen: Callable[[], object]) -> None:
        self._due.append((self.time.now + seconds, happen))

    def _advance(self) -> None:
        while ready := sorted(
            (each for each in self._due if each[0] <= self.time.now), key=lambda each: each[0]
        ):
            self._due.remove(ready[0])
            ready[0][1]()

    def _copy(self, region: str, operation: str, *, creating: bool = False) -> Copy:
        copy = self.copies.get(region)
        if copy is None or (copy.status == "CREATING" and not creating):
            kind = "TableNotFoundException" if "Backups" in operation else "ResourceNotFoundException"
            raise refuse(kind, "Requested resource not found: Table: users not found", operation)
        return copy

    def _DescribeTable(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        copy = self._copy(region, "DescribeTable", creating=True)
        shown: dict[str, Any] = {
            "TableName": request["TableName"],
            "TableArn": f"arn:aws:dynamodb:{region}:123456789012:table/{request['TableName']}",
            "TableStatus": copy.status,
            "KeySchema": copy.key,
            "AttributeDefinitions": copy.types,
            "DeletionProtectionEnabled": copy.protected,
        }
        if copy.warm:
            shown["WarmThroughput"] = copy.warm
        if copy.on_demand:
            shown["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
        if region in self.members and len(self.members) > 1:
            shown["GlobalTableVersion"] = "2019.11.21"
            others = ((other, status) for other, status in self.members.items() if other != region)
            shown["Replicas"] = [{"RegionName": other, "ReplicaStatus": status} for other, status in others]
        return {"Table": {**shown, **copy.extra}}

    def _DescribeContinuousBackups(self, region: str, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        status = "ENABLED" if self._copy(region, "DescribeContinuousBackups").recovery else "DISABLED"
        described = {"PointInTimeRecoveryStatus": status}
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": described,
            }
        }

    def _ListTagsOfResource(self, region: str, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        tags = self._copy(region, "ListTagsOfResource").shown_tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _CreateTable(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        if region in self.copies:
            raise SAID["table exists"].error()
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
        copy = self.copies[region] = Copy(
            status="CREATING",
            on_demand=request["BillingMode"] == "PAY_PER_REQUEST",
            key=request["KeySchema"],
            types=request["AttributeDefinitions"],
            protected=request.get("DeletionProtectionEnabled", False),
            recovery=False,
            tags=tags,
            shown_tags=tags,
        )
        self.members = {region: "ACTIVE"}
        self.later(self.durations["create"], lambda: _become(copy, "ACTIVE"))
        return {"TableDescription": {}}

    def _UpdateTable(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        copy = self._copy(region, "UpdateTable")
        if "ReplicaUpdates" in request:
            (update,) = request["ReplicaUpdates"]
            self._add_replica(region, copy, update["Create"]["RegionName"])
        elif "WarmThroughput" in request:
            self._raise_warmth(request["WarmThroughput"])
        else:
            if copy.status != "ACTIVE" or "CREATING" in self.members.values():
                raise SAID["global table busy"].error()
            copy.protected = request["DeletionProtectionEnabled"]
            members = [self.copies[member] for member in self.members] if len(self.members) > 1 else [copy]
            for member in members:
                member.status = "UPDATING"
                self.later(
                    self.durations["protect"] if len(members) > 1 else 1.0,
                    functools.partial(_become, member, "ACTIVE"),
                )
        return {"TableDescription": {}}

    def _raise_warmth(self, asked: Mapping[str, int]) -> None:
        """In every Region: the old values show for some minutes, and the table stays ACTIVE."""
        for copy in self.copies.values():
            before = copy.warm or warmth()
            if any(asked.get(name, before[name]) < before[name] for name in warmth() if name != "Status"):
                raise SAID["cooler"].error()
            shown = functools.partial(setattr, copy, "warm", {**before, "Status": "UPDATING"})
            self.later(self.durations["warming"], shown)
            after = {**before, **asked, "Status": "ACTIVE"}
            self.later(self.durations["warm"], functools.partial(setattr, copy, "warm", after))

    def _add_replica(self, home: str, base: Copy, region: str) -> None:
        if not base.on_demand:
            raise SAID["provisioned"].error()
        there = self.copies.get(region)
        if there is not None and there.status != "CREATING":
            raise SAID["occupied"].error()
        if base.status != "ACTIVE" or there is not None or "CREATING" in self.members.values():
            raise SAID["global table busy"].error()
        base.status = "UPDATING"
        if self.drops:
            self.drops -= 1
            self.later(self.durations["entry"], lambda: _become(base, "ACTIVE"))
            return
        replica = Copy(status="CREATING", protected=False, recovery=False)

        def finish() -> None:
            self.members[region] = base.status = replica.status = "ACTIVE"

        self.members.setdefault(home, "ACTIVE")
        self.later(self.durations["entry"], lambda: self.members.update({region: "CREATING"}))
        self.later(self.durations["visible"], lambda: self.copies.update({region: replica}))
        self.later(self.durations["active"], finish)

    def _UpdateContinuousBackups(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        copy = self._copy(region, "UpdateContinuousBackups")
        copy.recovery = request["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        return {}

    def _TagResource(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        copy = self._copy(region, "TagResource")
        copy.tags = {**copy.tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
        self.later(self.durations["tags"], lambda: setattr(copy, "shown_tags", copy.tags))
        return {}


def first(times: int, region: str, operation: str, error: Exception) -> Rule:
    """Raise `error` at the first so many calls."""
    left = [times]

    def rule(at: str, called: str, _: object) -> Exception | None:
        if (at, called) == (region, operation) and left[0] > 0:
            left[0] -= 1
            return error
        return None

    return rule


def _become(copy: Copy, status: str) -> None:
    copy.status = status
