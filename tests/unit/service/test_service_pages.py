"""Pages: how many calls one may take, and where it may end."""

from itertools import count
from typing import Any

from dynamodr.users.model import Key
from dynamodr.users.table import TRIPS, _page


def item(username: str) -> dict[str, dict[str, str]]:
    return {"username": {"S": username}, "last_name": {"S": "Doe"}}


def test_a_page_does_not_end_among_the_services_own_items() -> None:
    """Without anybody to make a cursor of, it would seem to be the last."""
    items = [*(item(f"!marker-{number}") for number in range(TRIPS + 5)), item("ada")]

    def read(_wanted: int, start: Any) -> Any:
        at = start.get("ExclusiveStartKey", 0)
        return {"Items": [items[at]], "LastEvaluatedKey": at + 1 if at + 1 < len(items) else None}

    page = _page(read, 1, None)
    assert ([user.username for user in page.users], page.more) == (["ada"], None)


def test_a_page_that_takes_too_many_calls_is_cut_short() -> None:
    trips = count(1)

    def read(_wanted: int, _start: Any) -> Any:
        trip = next(trips)
        return {"Items": [item(f"user{trip}")], "LastEvaluatedKey": trip}

    page = _page(read, 1000, None)
    assert len(page.users) == TRIPS
    assert page.more == Key(f"user{TRIPS}", "Doe")
