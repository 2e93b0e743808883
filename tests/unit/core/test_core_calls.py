"""What faults do to calls, decided without a clock or a wire."""

import json

import msgspec
import pytest

from rehearsal.core.calls import Call, Calls, Decision
from rehearsal.core.faults import Deny, Fault, Latency, Outage, ServiceOutage, Skew, Throttle
from rehearsal.core.global_tables import GlobalTables

EAST, WEST = "us-east-1", "us-west-2"
PUT = Call(EAST, "PutItem", "users", "AKIASERVICE")
CREATE = Call(EAST, "UpdateTable", "users", "AKIAJOB", (("Create", WEST),))


def decide(call: Call, *faults: Fault) -> Decision:
    calls = Calls("123456789012")
    for number, fault in enumerate(faults):
        calls.add(str(number), fault)
    return calls.decide(call)


def code(decision: Decision) -> str | None:
    return None if decision.error is None else decision.error.code


def test_without_faults_calls_go_on() -> None:
    assert not Calls("123456789012")
    assert decide(PUT) == Decision()


@pytest.mark.parametrize(
    ("mode", "answered"),
    [("close", None), ("unavailable", "ServiceUnavailable"), ("errors", "InternalServerError")],
)
def test_an_outage_ends_all_calls_of_its_region_and_no_others(mode: str, answered: str | None) -> None:
    fault = msgspec.convert({"fault": "outage", "region": EAST, "mode": mode}, Fault)
    decision = decide(PUT, fault)
    assert code(decision) == answered
    assert decision.hang_up is (mode == "close")
    assert decide(PUT._replace(region=WEST), fault) == Decision()
    assert decide(PUT._replace(service="globalaccelerator"), fault) == Decision()


def test_a_service_outage_leaves_dynamodb_alone() -> None:
    fault = ServiceOutage(service="globalaccelerator")
    assert decide(PUT, fault) == Decision()
    assert decide(Call(WEST, "UpdateEndpointGroup", "", "k", service="globalaccelerator"), fault).hang_up


def test_latencies_add_up_also_before_an_error() -> None:
    slow, slower = Latency(region=EAST, delay=0.2), Latency(region=EAST, delay=0.3, operations=("PutItem",))
    assert decide(PUT, slow, slower).delay == pytest.approx(0.5)
    assert decide(PUT._replace(operation="GetItem"), slow, slower).delay == pytest.approx(0.2)
    refused = decide(PUT, slow, Throttle(region=EAST))
    assert (refused.delay, code(refused)) == (0.2, "ProvisionedThroughputExceededException")
    assert decide(PUT, slow, Outage(region=EAST)).hang_up


def test_throttling_counts_calls_and_keeps_to_its_table_and_operations() -> None:
    calls = Calls("123456789012")
    calls.add("a", Throttle(region=EAST, table="users", operations=("PutItem",), calls=2))
    others = [PUT._replace(table="x"), PUT._replace(operation="GetItem"), PUT._replace(region=WEST)]
    assert [calls.decide(call) for call in others] == [Decision()] * 3
    throttled = "ProvisionedThroughputExceededException"
    assert [code(calls.decide(PUT)) for _ in range(4)] == [throttled, throttled, None, None]


def test_the_control_plane_is_throttled_by_rate() -> None:
    error = decide(CREATE, Throttle(region=EAST)).error
    assert error is not None
    assert (error.code, error.message) == ("ThrottlingException", "Rate exceeded")


def test_a_denied_action_answers_with_iams_words() -> None:
    error = decide(PUT, Deny(action="dynamodb:PutItem")).error
    assert error is not None
    assert error.body() == {
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "message": "User: arn:aws:iam::123456789012:user/AKIASERVICE is not authorized to perform: "
        "dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/users because no "
        "identity-based policy allows the dynamodb:PutItem action",
    }


@pytest.mark.parametrize(
    ("fault", "denied"),
    [
        (Deny(action="dynamodb:*"), "dynamodb:UpdateTable"),
        (Deny(action="dynamodb:CreateTableReplica"), "dynamodb:CreateTableReplica"),
        (Deny(action="iam:CreateServiceLinkedRole"), "iam:CreateServiceLinkedRole"),
        (Deny(action="dynamodb:Scan", region=WEST), "dynamodb:Scan"),
        (Deny(action="dynamodb:Scan", region=EAST), None),
        (Deny(action="dynamodb:UpdateTable", access_key="AKIAOTHER"), None),
        (Deny(action="dynamodb:DeleteTableReplica"), None),
    ],
)
def test_a_replica_create_needs_rights_in_the_replicas_region_too(fault: Deny, denied: str | None) -> None:
    error = decide(CREATE, fault).error
    assert (error and error.message.split("perform: ")[1].split(" ")[0]) == denied


def test_faults_are_json_and_unknown_ones_are_refused_by_field() -> None:
    decoder = msgspec.json.Decoder(Fault)
    assert decoder.decode(b'{"fault": "clock-skew", "region": "us-east-1", "by": -2}') == Skew(
        region=EAST, by=-2.0
    )
    for wrong, named in (
        ({"fault": "earthquake"}, "earthquake"),
        ({"fault": "outage"}, "region"),
        ({"fault": "outage", "region": EAST, "mode": "melt"}, "mode"),
        ({"fault": "throttle", "region": EAST, "calls": "many"}, "calls"),
        ({"fault": "partition", "regions": [EAST]}, "regions"),
    ):
        with pytest.raises(msgspec.ValidationError, match=named):
            decoder.decode(json.dumps(wrong))


def test_a_fault_in_a_region_that_is_not_there_is_refused_and_changes_nothing() -> None:
    core = GlobalTables((EAST, WEST), 1)
    with pytest.raises(
        ValueError, match="no Region 'eu-west-1' in this world; there are us-east-1, us-west-2"
    ):
        core.inject(Outage(region="eu-west-1"), 0.0)
    assert not core.faults
    assert not core.calls


def test_two_faults_of_a_kind_are_undone_one_by_one() -> None:
    core = GlobalTables((EAST, WEST), 1)
    first = core.inject(Outage(region=EAST), 0.0)
    second = core.inject(Outage(region=EAST), 0.0)
    skews = [core.inject(Skew(region=EAST, by=by), 0.0) for by in (1.0, 2.0)]
    assert core.replication.skew[EAST] == 3.0
    assert core.undo(first, 1.0)
    assert not core.undo(first, 1.0)
    assert core.calls.decide(PUT).hang_up
    assert core.replication.links[EAST, WEST].holds == {second}
    assert core.undo(second, 1.0)
    assert core.undo(skews[0], 1.0)
    assert core.calls.decide(PUT) == Decision()
    assert core.replication.skew[EAST] == 2.0
    assert not core.replication.links[EAST, WEST].holds
