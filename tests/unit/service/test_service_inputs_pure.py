"""Cursors, templates, ids and names: small things that are read back or shown."""

import base64
import json
import re

import msgspec
import pytest
from dynamodr.serve import cursor
from dynamodr.serve.observe import _SANE_ID, template
from dynamodr.users.model import Key, NewUser
from dynamodr.users.people import People, _plain
from hypothesis import given, settings
from hypothesis import strategies as st

patient = settings(deadline=None, max_examples=60)  # a test machine may be busy

keys = st.builds(
    Key,
    st.text(min_size=1, max_size=64).filter(lambda text: not text.startswith("!")),
    st.text(min_size=1, max_size=64),
)
plain = st.characters(exclude_categories=["Cs"])
sendable = st.builds(
    Key,
    st.text(plain, min_size=1, max_size=64).filter(lambda text: not text.startswith("!")),
    st.text(plain, min_size=1, max_size=64),
)


@patient
@given(sendable)
def test_a_cursor_says_where_it_was_made(key: Key) -> None:
    text = cursor.encode(key)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert cursor.decode(text) == key


@patient
@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode())
)
def test_nothing_else_is_a_cursor(text: str) -> None:
    read = cursor.decode(text)
    assert read is None or cursor.encode(read) == text


@patient
@given(st.recursive(st.none() | st.text(), st.lists), st.sampled_from(["", "=", "=="]))
def test_other_json_in_its_clothes_is_none(value: object, padding: str) -> None:
    text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=") + padding
    read = cursor.decode(text)
    assert read is None or [read.username, read.last_name] == value


def test_a_route_is_shown_as_the_contract_writes_it() -> None:
    assert template("/d/users/<username>/<last_name>") == "/d/users/{username}/{last_name}"
    assert template("/d/<path:rest>") == "/d/{rest}"
    assert template("") == "unmatched"


@patient
@given(st.text())
def test_a_request_id_is_fit_for_a_header_and_a_log(text: str) -> None:
    if _SANE_ID.fullmatch(text):
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= 128


def test_made_up_people_are_what_a_create_takes() -> None:
    people = People()
    for _ in range(200):
        person = people.person()
        assert msgspec.convert(msgspec.to_builtins(person), NewUser) == person
        assert person.name.endswith(f" {person.last_name}")


@pytest.mark.parametrize(("name", "ascii_only"), [("O'Brien", "obrien"), ("Müller", "muller"), ("李", "")])
def test_usernames_are_made_of_plain_letters(name: str, ascii_only: str) -> None:
    assert _plain(name) == ascii_only
