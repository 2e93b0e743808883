"""The state behind the Global Accelerator API, in virtual time."""

from typing import Any

import pytest

from rehearsal.core.dials import AcceleratorError, Accelerators, Endpoint, EndpointGroup

DEPLOY = 20.0
ALB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/users/1"


def standing(known: frozenset[str] | None = None) -> tuple[Accelerators, EndpointGroup]:
    """One group, deployed at second 20, with one endpoint and the dial at 100."""
    state = Accelerators(DEPLOY, known)
    accelerator = state.create_accelerator(0, "users", "a")
    listener = state.create_listener(0, accelerator.arn, [(443, 443)], "l")
    group = state.create_endpoint_group(0, listener.arn, "us-east-1", "g", {"endpoints": (Endpoint(ALB),)})
    return state, group


def dial(group: EndpointGroup, now: float) -> float | None:
    settings = group.in_effect(now)
    return None if settings is None else settings.dial


def refused(code: str, text: str) -> "pytest.RaisesExc[AcceleratorError]":
    return pytest.raises(AcceleratorError, match=text, check=lambda error: error.code == code)


def test_a_change_is_told_at_once_and_obeyed_when_deployed() -> None:
    state, group = standing()
    state.update_endpoint_group(100, group.arn, {"dial": 0.0})
    assert group.settings.dial == 0
    assert [dial(group, now) for now in (100, 119.9, 120)] == [100, 100, 0]
    assert [state.all[0].status(now) for now in (119.9, 120)] == ["IN_PROGRESS", "DEPLOYED"]


def test_changes_made_while_one_rolls_out_follow_in_order() -> None:
    state, group = standing()
    state.update_endpoint_group(100, group.arn, {"dial": 50.0})
    state.update_endpoint_group(110, group.arn, {"dial": 0.0})
    assert [state.all[0].status(now) for now in (120, 130)] == ["IN_PROGRESS", "DEPLOYED"]
    assert [dial(group, now) for now in (119, 120, 129, 130)] == [100, 50, 50, 0]


def test_a_new_group_takes_nothing_before_it_is_deployed() -> None:
    _, group = standing()
    assert [dial(group, now) for now in (0, 19.9, 20)] == [None, None, 100]


def test_absent_endpoints_stay_and_an_empty_list_detaches_them() -> None:
    state, group = standing()
    state.update_endpoint_group(100, group.arn, {"dial": 10.0})
    assert list(group.settings.endpoints) == [Endpoint(ALB)]
    state.update_endpoint_group(100, group.arn, {"endpoints": ()})
    assert list(group.settings.endpoints) == []
    assert group.settings.dial == 10


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"dial": 100.5}, "TrafficDialPercentage 100.5"),
        ({"dial": -1.0}, "TrafficDialPercentage -1"),
        ({"endpoints": (Endpoint(ALB), Endpoint(ALB, 1))}, "twice"),
        ({"endpoints": (Endpoint(ALB, 256),)}, "Weight 256"),
        ({"endpoints": (Endpoint("arn:of:nothing"),)}, "'arn:of:nothing' is not a valid load balancer ARN"),
    ],
)
def test_a_refused_change_changes_nothing(changes: dict[str, Any], text: str) -> None:
    state, group = standing(frozenset({ALB}))
    before = group.settings
    with refused("InvalidArgumentException", text):
        state.update_endpoint_group(100, group.arn, {"health_check_path": "/new", **changes})
    assert group.settings == before
    assert state.all[0].status(100) == "DEPLOYED"


def test_what_is_not_there_has_aws_own_names() -> None:
    state, group = standing()
    with refused("EndpointGroupNotFoundException", "endpoint group"):
        state.update_endpoint_group(0, group.arn + "0", {})
    with refused("ListenerNotFoundException", "listener"):
        state.listener(group.listener_arn + "0")
    with refused("AcceleratorNotFoundException", "accelerator"):
        state.accelerator(state.all[0].arn + "0")
    with refused("InvalidArgumentException", "Invalid EndpointGroupArn users"):
        state.endpoint_group("users")


def test_a_retried_create_gives_the_same_thing_back() -> None:
    state, group = standing()
    listener = state.listener(group.listener_arn)
    assert state.create_accelerator(9, "users", "a") is state.all[0]
    assert state.create_listener(9, state.all[0].arn, [(443, 443)], "l") is listener
    assert state.create_endpoint_group(9, listener.arn, "us-east-1", "g", {}) is group
    assert len(state.all) == len(state.all[0].listeners) == len(listener.groups) == 1


def test_one_group_a_region_and_no_port_twice() -> None:
    state, group = standing()
    with refused("EndpointGroupAlreadyExistsException", "us-east-1"):
        state.create_endpoint_group(0, group.listener_arn, "us-east-1", "g2", {})
    with refused("InvalidPortRangeException", "440-450 overlaps"):
        state.create_listener(0, state.all[0].arn, [(440, 450)], "l2")
    with refused("InvalidPortRangeException", "90 is after 80"):
        state.create_listener(0, state.all[0].arn, [(90, 80)], "l3")
    state.create_listener(0, state.all[0].arn, [(443, 443)], "l4", protocol="UDP")


@pytest.mark.parametrize("name", ["", "-users", "users.", "us_ers", "u" * 65])
def test_a_bad_name_is_refused(name: str) -> None:
    with refused("InvalidArgumentException", "Name"):
        Accelerators(DEPLOY).create_accelerator(0, name, "t")


def test_a_clock_that_is_put_back_undoes_no_deployment() -> None:
    state = Accelerators(10.0)
    listener = state.create_listener(0, state.create_accelerator(0, "a", "a").arn, [(80, 80)], "l")
    group = state.create_endpoint_group(0, listener.arn, "us-east-1", "g", {"dial": 40})
    assert group.in_effect(9.9) is None
    deployed = group.in_effect(10.0)
    assert deployed is not None
    assert group.in_effect(9.9) == deployed
    state.update_endpoint_group(20.0, group.arn, {"dial": 60})
    assert group.in_effect(30.0) == group.in_effect(29.0) == group.settings
