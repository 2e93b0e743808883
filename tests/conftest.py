"""What holds for all tests: their order, where several processes share them, and no hurry."""

import os

import pytest
from hypothesis import HealthCheck, settings

# A machine that runs other things besides is slow now and then; that is nothing about the code.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")

# Each waits for most of half a minute: a process that begins with one leaves the machine to the others.
LONG = (
    "test_a_region_is_lost_and_the_writes_come_home",
    "test_the_story_comes_true",
    "test_each_role_needs_its_policy_whole_and_no_more",
    "test_the_runbook_brings_the_service_through_the_loss_of_a_region",
    "test_it_stands_tells_its_state_and_stops",
    "test_what_breaks_is_not_told_as_true",
    "test_a_planned_failover_under_load_loses_nothing",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with long tests: `--dist worksteal` gives each a run of the list."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0"))
    if not workers:
        return
    items[:] = spread(items, [item for name in LONG for item in items if item.name == name], workers)


def spread(items: list[pytest.Item], first: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Deal `first` out to the beginnings of as many runs, as long as each other, as there are workers."""
    rest = [item for item in items if item not in first]
    hands = [first[worker::workers] for worker in range(workers)]
    dealt: list[pytest.Item] = []
    for worker, hand in enumerate(hands):
        share = len(items) * (worker + 1) // workers - len(items) * worker // workers - len(hand)
        share = len(rest) if worker == workers - 1 else max(0, share)
        dealt += hand + rest[:share]
        rest = rest[share:]
    return dealt
