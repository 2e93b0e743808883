"""The routing rules, by AWS's own examples and for any dials."""

import random
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.core.routing import Group, Route, Target, Why, choose, nearest_first

EAST, WEST, EUROPE = "us-east-1", "us-west-2", "eu-west-1"


def group(region: str, dial: float = 100, *, healthy: bool = True, weight: int = 128) -> Group:
    return Group(region, dial, (Target(f"alb-{region}", weight, healthy),))


def shares(groups: Sequence[Group], draws: int = 2000) -> dict[str, float]:
    """The share of each Region, with draws that fill [0, 1) evenly."""
    rng = random.Random(1)
    routes = [choose(groups, rng.random) for _ in range(draws)]
    counts = Counter(route.region for route in routes if route)
    return {region: round(count / draws, 1) for region, count in counts.items()}


def never() -> float:
    raise AssertionError("no chance is needed here")


def test_all_at_100_each_client_reaches_its_nearest_region() -> None:
    assert choose([group(EAST), group(WEST)], never) == Route(EAST, f"alb-{EAST}", Why.NEAREST)


def test_aws_example_both_at_50_halve_the_clients_of_each_coast() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    assert shares([group(EAST, 50), group(WEST, 50)]) == {EAST: 0.5, WEST: 0.5}
    assert shares([group(WEST, 50), group(EAST, 50)]) == {EAST: 0.5, WEST: 0.5}


def test_a_dial_holds_for_what_reaches_the_group_not_for_all() -> None:
    assert shares([group(EAST, 50), group(WEST, 20), group(EUROPE)]) == {EAST: 0.5, WEST: 0.1, EUROPE: 0.4}


def test_the_furthest_that_is_dialled_up_takes_what_is_left() -> None:
    assert shares([group(EAST, 0), group(WEST, 10)]) == {WEST: 1.0}
    assert shares([group(EAST, 10), group(WEST, 0)]) == {EAST: 1.0}


def test_an_overflow_says_so() -> None:
    route = choose([group(EAST, 10), group(WEST)], lambda: 0.1)
    assert route == Route(WEST, f"alb-{WEST}", Why.OVERFLOW)


def test_failover_ignores_a_dial_at_0() -> None:
    route = choose([group(EAST, healthy=False), group(WEST, 0)], never)
    assert route == Route(WEST, f"alb-{WEST}", Why.FAILOVER)


def test_failover_takes_the_closest_healthy_group_not_the_next_one() -> None:
    """The dials chose the far group: failover still starts at the client."""
    groups = [group(EAST, 0), group(WEST, 0), group(EUROPE, 100, healthy=False)]
    assert choose(groups, never) == Route(EAST, f"alb-{EAST}", Why.FAILOVER)


def test_failover_looks_at_three_groups_at_most() -> None:
    sick = [group(f"sick-{n}", healthy=False) for n in range(3)]
    route = choose([*sick, group(EUROPE)], lambda: 0.0)
    assert route == Route("sick-0", "alb-sick-0", Why.FAIL_OPEN)
    assert choose([*sick[:2], group(EUROPE)], never) == Route(EUROPE, f"alb-{EUROPE}", Why.FAILOVER)


def test_weight_0_counts_as_no_healthy_endpoint() -> None:
    assert choose([group(EAST, weight=0), group(WEST, 0)], never) == Route(WEST, f"alb-{WEST}", Why.FAILOVER)


def test_with_nothing_healthy_it_fails_open_to_the_closest_though_its_dial_is_0() -> None:
    groups = [group(EAST, 0, healthy=False), group(WEST, 100, healthy=False)]
    assert choose(groups, lambda: 0.99) == Route(EAST, f"alb-{EAST}", Why.FAIL_OPEN)


def test_weights_share_a_group() -> None:
    two = Group(EAST, 100, (Target("one", 1, True), Target("three", 3, True), Target("sick", 200, False)))
    draws = [n / 100 for n in range(100)]
    routes = [choose([two], iter([draw]).__next__) for draw in draws]
    counts = Counter(route.endpoint_id for route in routes if route)
    assert counts == {"one": 25, "three": 75}


def test_every_dial_at_0_refuses_and_so_do_no_endpoints() -> None:
    assert choose([group(EAST, 0), group(WEST, 0)], never) is None
    assert choose([Group(EAST, 100, ()), Group(WEST, 100, ())], never) is None
    assert choose([], never) is None


def test_a_group_without_endpoints_is_passed_over() -> None:
    assert choose([Group(EAST, 100, ()), group(WEST)], never) == Route(WEST, f"alb-{WEST}", Why.NEAREST)


def test_distance_is_the_clients() -> None:
    groups = [group(EAST), group(WEST), group(EUROPE)]
    assert [one.region for one in nearest_first(groups, [EUROPE, WEST])] == [EUROPE, WEST, EAST]


dialled = st.floats(0, 100)
some_groups = st.lists(
    st.builds(
        lambda dial, targets: (dial, tuple(targets)),
        dialled,
        st.lists(st.tuples(st.integers(0, 255), st.booleans()), max_size=3),
    ),
    max_size=4,
)


@given(some_groups, st.randoms(use_true_random=False))
def test_for_any_dials_and_health(
    drawn: list[tuple[float, tuple[tuple[int, bool], ...]]], rng: random.Random
) -> None:
    """A dialled-up world never drops; nothing sick is chosen but by failing open."""
    groups = [
        Group(f"r{n}", dial, tuple(Target(f"r{n}e{m}", w, h) for m, (w, h) in enumerate(targets)))
        for n, (dial, targets) in enumerate(drawn)
    ]
    route = choose(groups, rng.random)
    open_groups = [one for one in groups if one.targets and one.dial > 0]
    if route is None:
        assert not open_groups
        return
    assert open_groups
    (chosen,) = [one for group in groups for one in group.targets if one.endpoint_id == route.endpoint_id]
    usable = chosen.healthy and chosen.weight > 0
    assert usable == (route.why != Why.FAIL_OPEN)
    if route.why in {Why.NEAREST, Why.OVERFLOW}:
        assert route.region in {one.region for one in open_groups}
