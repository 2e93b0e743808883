"""Fence and heartbeats go to DynamoDB and come back; what can't be read is not taken for absent."""

import pytest
from dynamodr.fence.items import MalformedItemError, fence_item, heartbeat_item, read_fence, read_heartbeat
from dynamodr.fence.record import Fence, Heartbeat
from hypothesis import given
from hypothesis import strategies as st

COUNTS = st.integers(0, 2**53)
NUMBERS = st.dictionaries(st.text(max_size=12), COUNTS, max_size=3)


@given(st.builds(Fence, epoch=COUNTS, at=COUNTS, dials=NUMBERS))
def test_a_fence_comes_back(fence: Fence) -> None:
    assert read_fence(fence_item(fence)) == fence


@given(st.builds(Heartbeat, at=COUNTS, beat=COUNTS, epoch=COUNTS, vouched=COUNTS, heard=NUMBERS, lag=NUMBERS))
def test_a_heartbeat_comes_back(heartbeat: Heartbeat) -> None:
    kept = read_heartbeat(heartbeat_item(heartbeat))
    assert kept == heartbeat or (heartbeat.standing == "" and kept.standing == "unknown")


def test_no_item_is_no_fence() -> None:
    assert read_fence(None) is None
    assert read_fence({}) is None


@pytest.mark.parametrize(
    "item",
    [
        {"active_region": {"S": "us-east-1"}},
        {"epoch": {"N": "1"}},
        {"active_region": {"S": "us-east-1"}, "epoch": {"S": "1"}},
        {"active_region": {"S": "us-east-1"}, "epoch": {"N": "1.5"}},
        {"active_region": {"S": "us-east-1"}, "epoch": {"N": "-1"}},
        {"active_region": {"NULL": True}, "epoch": {"N": "1"}},
    ],
)
def test_a_fence_that_cannot_be_read_is_an_error(item: dict[str, dict[str, str]]) -> None:
    with pytest.raises(MalformedItemError):
        read_fence(item)


def test_a_fence_may_be_as_short_as_an_operator_would_write_it() -> None:
    short = read_fence({"active_region": {"S": "us-west-2"}, "epoch": {"N": "3"}})
    assert short == Fence(active_region="us-west-2", epoch=3)


def test_a_heartbeat_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(MalformedItemError):
        read_heartbeat({"last_name": {"S": "us-east-1"}})
