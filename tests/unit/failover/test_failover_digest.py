"""Digests are equal exactly when the users are."""

from random import Random

from dynamodr.failover.digest import BUCKETS, Digesting, Written, digest
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(max_size=4)
KEYS = st.tuples(TEXT, TEXT)
WRITES = st.tuples(st.none() | TEXT, st.none() | TEXT)
USERS = st.dictionaries(KEYS, WRITES, max_size=30)


Users = dict[tuple[str, str], tuple[str | None, str | None]]


def of(users: Users) -> list[Written]:
    return [Written(*key, *write) for key, write in users.items()]


@given(USERS, USERS)
def test_equal_means_equal(
    ours: Users,
    theirs: Users,
) -> None:
    assert (digest(of(ours)).differs(digest(of(theirs))) == 0) == (ours == theirs)


@given(USERS, st.randoms(use_true_random=False))
def test_in_any_order_and_in_any_parts(users: Users, rng: Random) -> None:
    items = of(users)
    whole = digest(items)
    rng.shuffle(items)
    one, other = Digesting(), Digesting()
    for number, item in enumerate(items):
        (one if number % 2 else other).add(item)
    one.merge(other)
    assert one.done() == whole


def test_a_later_write_a_delete_and_a_new_user_all_show() -> None:
    before = [Written("jane", "Doe", "1", "a"), Written("joe", "Doe", "1", "b")]
    again = [Written("jane", "Doe", "2", "c"), before[1]]
    for after in (again, before[:1], [*before, Written("jim", "Doe", "1", "d")]):
        assert digest(before).differs(digest(after)) == 1


def test_parts_do_not_run_into_each_other() -> None:
    assert digest([Written("ab", "c", "1", "x")]).differs(digest([Written("a", "bc", "1", "x")]))
    assert digest([Written("a", "b", None, "1")]).differs(digest([Written("a", "b", "", "1")]))


def test_items_of_others_are_counted() -> None:
    found = digest([Written("jane", "Doe", None, None), Written("joe", "Doe", "1", "b")])
    assert (found.items, found.plain, len(found.buckets)) == (2, 1, BUCKETS)
