"""Last writer wins: what holds of any two versions of an item."""

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.core.versions import Stamp, Version, successor, winner

REGIONS = ("eu-west-1", "us-east-1", "us-west-2")
stamps = st.builds(Stamp, st.integers(0, 5), st.sampled_from(REGIONS))


@st.composite
def built(draw: st.DrawFn) -> Version:
    seen = draw(st.dictionaries(st.sampled_from(REGIONS), st.integers(1, 3)))
    lost = draw(st.sets(st.sampled_from([(r, n) for r in REGIONS for n in range(1, 4)])))
    image = draw(st.none() | st.fixed_dictionaries({"v": st.integers(0, 9)}))
    return Version(draw(stamps), image, seen, frozenset((r, n) for r, n in lost if n <= seen.get(r, 0)))


versions = built()
writes = [(region, number) for region in REGIONS for number in range(1, 6)]


@given(versions, versions)
def test_the_winner_does_not_depend_on_who_asks(one: Version, other: Version) -> None:
    assert winner(one, other).stamp == winner(other, one).stamp


@given(versions, versions, versions)
def test_nor_on_the_order_of_arrival(a: Version, b: Version, c: Version) -> None:
    assert winner(winner(a, b), c).stamp == winner(a, winner(b, c)).stamp


@given(versions, st.sampled_from(REGIONS), st.integers(1, 2), st.floats(-1.0, 1.0))
def test_a_write_beats_and_holds_what_it_was_made_on_whatever_its_clock_says(
    base: Version, region: str, skipped: int, clock: float
) -> None:
    number = base.seen.get(region, 0) + skipped
    made = successor(base, region, number, clock, {"v": 1})
    assert winner(base, made) is made
    assert not list(base.beyond(made))
    assert list(made.beyond(base)) == [(region, number)]


@given(versions, versions)
def test_beyond_is_what_one_holds_and_the_other_does_not(one: Version, other: Version) -> None:
    named = list(one.beyond(other))
    assert len(named) == len(set(named))
    assert set(named) == {write for write in writes if one.holds(write) and not other.holds(write)}


def test_equal_timestamps_are_decided_by_region() -> None:
    east = Version(Stamp(1, "us-east-1"), {}, {"us-east-1": 1})
    west = Version(Stamp(1, "us-west-2"), {}, {"us-west-2": 1})
    assert winner(east, west) is west
    assert winner(west, east) is west
