"""Nothing is lost or done twice by the order in which processes share the tests."""

from typing import Any

import pytest

from tests.conftest import spread


@pytest.mark.parametrize("workers", [1, 2, 4, 7])
@pytest.mark.parametrize("count", [0, 3, 8, 100])
def test_the_same_tests_in_another_order(count: int, workers: int) -> None:
    items: Any = [f"test {number}" for number in range(count)]
    first = items[-8:][::-1]
    dealt = spread(items, first, workers)
    assert sorted(map(str, dealt)) == sorted(map(str, items))
    rest: Any = [item for item in dealt if item not in first]
    assert rest == [item for item in items if item not in first], "fixtures of a module are made once"


def test_each_process_begins_with_one() -> None:
    items: Any = [f"test {number}" for number in range(100)]
    dealt = spread(items, items[-4:], 4)
    assert [dealt[0], dealt[25], dealt[50], dealt[75]] == items[-4:]
