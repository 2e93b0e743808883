"""What a client of the load makes of each answer."""

from typing import Any

import pytest

from rehearsal.drill.client import Answer
from rehearsal.drill.load import Person, Settings, Users

PROBLEMS = "/dynamodr/problems"


class Fake:
    """Answers as told, and remembers what was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def ask(self, method: str, path: str, _body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        self.asked.append((method, path, headers or {}))
        return self.answers.pop(0)


def answer(status: int, body: Any = None, etag: str = "", cause: str = "", *, sent: bool = True) -> Answer:
    return Answer(1.0, 0.1, status, body, etag, "us-east-1", cause, sent)


def person(
    *answers: Answer, users: Users | None = None, draws: tuple[float, ...] = ()
) -> tuple[Person, Fake]:
    made = Person(3, Settings(url="http://door", run="r"), users or Users())
    fake = Fake(list(answers))
    made._client = fake  # type: ignore[assignment]  # stands in for a connection
    given = list(draws)
    made._draw.random = lambda: given.pop(0)  # type: ignore[method-assign]  # no chance in tests
    return made, fake


def created(etag: str = '"1-aa"') -> Answer:
    return answer(201, {"written_in": "us-west-2"}, etag)


READ, WRITE, OLD, REPLACE = 0.0, 0.9, 0.9, 0.9


def test_a_create_is_acknowledged_by_the_id_that_the_service_gave() -> None:
    one, fake = person(created())
    told = one.act()
    assert (told.write, told.over, told.region) == ("aa", "", "us-west-2"), "as the answer says, not the door"
    assert told.acknowledged
    assert fake.asked[0][:2] == ("POST", "/dynamodr/users")


def test_a_replacement_is_made_over_what_was_read() -> None:
    users = Users()
    users.add("ada/Drill")
    read, put = answer(200, {}, '"4-bb"'), answer(200, {"written_in": "us-east-1"}, '"5-cc"')
    one, fake = person(read, put, users=users, draws=(OLD, READ, OLD, WRITE, REPLACE))
    assert one.act().kind == "read"
    told = one.act()
    assert (told.key, told.write, told.over) == ("ada/Drill", "cc", "bb")
    assert fake.asked[1] == ("PUT", "/dynamodr/users/ada/Drill", {"If-Match": '"4-bb"'})


@pytest.mark.parametrize(
    ("came", "doubtful"),
    [
        (answer(503, {"type": f"{PROBLEMS}/region-not-active", "applied": "no"}, cause="503 x"), False),
        (
            answer(503, {"type": f"{PROBLEMS}/dynamodb-unavailable", "applied": "unknown"}, cause="503 x"),
            True,
        ),
        # The first attempt's answer was lost; before the second, the fence closed.
        (answer(503, {"type": f"{PROBLEMS}/region-not-active", "applied": "unknown"}, cause="503 x"), True),
        (answer(503, {"type": f"{PROBLEMS}/throttled", "applied": "no"}, cause="503 x"), False),
        (answer(0, cause="connection reset"), True),
        (answer(0, cause="connection refused", sent=False), False),
        (answer(500, cause="500"), True),
    ],
)
def test_a_write_that_failed_is_doubtful_if_it_may_have_been_made(came: Answer, doubtful: bool) -> None:
    users = Users()
    one, _ = person(came, users=users)
    told = one.act()
    assert not told.ok
    assert not told.acknowledged
    assert told.doubtful == doubtful
    assert users.writable(told.key) != doubtful, "what is doubtful is written no more"


@pytest.mark.parametrize(("body", "doubtful"), [({}, False), ({"applied": "unknown"}, True)])
def test_somebody_elses_being_faster_is_no_failure(body: Any, doubtful: bool) -> None:
    """It may have been faster than our second attempt, and have written over the first."""
    users = Users()
    users.add("ada/Drill")
    read, refused = answer(200, {}, '"4-bb"'), answer(412, body)
    one, _ = person(read, refused, users=users, draws=(OLD, READ, OLD, WRITE, REPLACE))
    one.act()
    told = one.act()
    assert (told.ok, told.conflict, told.acknowledged) == (True, True, False)
    assert (told.doubtful, users.writable(told.key)) == (doubtful, not doubtful)


def test_a_read_that_finds_nobody_is_an_answer() -> None:
    users = Users()
    users.add("ada/Drill")
    told = person(answer(404), users=users, draws=(OLD, READ))[0].act()
    assert (told.ok, told.missing, told.key) == (True, True, "ada/Drill")
