"""Who takes the next connection."""

import multiprocessing

import pytest
from dynamodr.serve.balance import Balance


@pytest.mark.parametrize(
    ("own", "other", "heavy"),
    [(0, 0, False), (1, 0, True), (1, 1, False), (2, 1, True), (3, 4, False), (5, 4, False), (6, 4, True)],
)
def test_who_has_more_lets_the_other_go_first(own: int, other: int, heavy: bool) -> None:
    balance = Balance(2)
    balance.tell(1, own)
    balance.tell(2, other)
    assert balance.heavy(1) is heavy


def test_who_is_alone_waits_for_nobody() -> None:
    balance = Balance(2)
    balance.tell(1, 9)
    balance.tell(2, 0)
    assert balance.heavy(1)
    balance.gone(2)
    assert not balance.heavy(1)


def test_workers_that_come_after_others_have_room() -> None:
    balance = Balance(2)
    for worker in range(1, 100):
        balance.tell(worker, 3)
        balance.gone(worker - 1)
        assert not balance.heavy(worker)


def test_a_child_tells_its_siblings() -> None:
    balance = Balance(2)
    balance.tell(1, 3)
    child = multiprocessing.get_context("fork").Process(target=balance.tell, args=(2, 1))
    child.start()
    child.join(10)
    assert balance.heavy(1)
