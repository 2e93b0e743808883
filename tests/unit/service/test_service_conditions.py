"""If-Match and If-None-Match: read strictly, written as DynamoDB would have them."""

import re

import pytest
from dynamodr.users.conditions import MAX_TAGS, Tag, Tags, condition, etag_of, holds, parse
from dynamodr.users.items import Stored
from dynamodr.users.model import User
from hypothesis import given, settings
from hypothesis import strategies as st

patient = settings(deadline=None, max_examples=60)  # a test machine may be busy

WRITE = "0123456789abcdef0123456789abcdef"
USER = User("ada", "Lovelace", version=3)
STORED = Stored(USER, WRITE)
tags = st.builds(Tag, st.integers(0, 10**18 - 1), st.none() | st.from_regex(r"[0-9a-f]{32}", fullmatch=True))


@patient
@given(tags, st.booleans())
def test_a_tag_that_was_given_is_read_again(tag: Tag, weak: bool) -> None:
    stored = Stored(User("ada", "Lovelace", version=tag.version), tag.write_id or "")
    given_tag = etag_of(stored)
    assert parse(given_tag, weak=weak).tags == (tag,)
    assert holds(parse(given_tag, weak=weak), stored)


@patient
@given(st.text(max_size=40))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        read = parse(text, weak=True)
    except ValueError:
        return
    assert read.any == (text.strip() == "*")


def test_strong_comparison_takes_no_weak_tag() -> None:
    assert parse('W/"3"', weak=False) == Tags(any=False)
    assert parse('W/"3"', weak=True).tags == (Tag(3, None),)


@pytest.mark.parametrize(
    ("header", "held"),
    [
        ('"3"', True),
        (f'"3-{WRITE}"', True),
        ("*", True),
        ('"2", "3"', True),
        ('"2"', False),
        ('"3-' + "0" * 32 + '"', False),
    ],
)
def test_a_tag_holds_for_its_state_only(header: str, held: bool) -> None:
    assert holds(parse(header, weak=False), STORED) is held


def test_a_version_alone_is_not_a_tag_that_two_regions_can_share() -> None:
    here, there = Stored(USER, "a" * 32), Stored(USER, "b" * 32)
    assert etag_of(here) != etag_of(there)
    assert not holds(parse(etag_of(here), weak=False), there)


lists = (
    st.none()
    | st.builds(Tags, st.just(value=True))
    | st.builds(Tags, st.just(value=False), st.tuples())
    | st.builds(Tags, st.just(value=False), st.lists(tags, min_size=1, max_size=MAX_TAGS).map(tuple))
)


@patient
@given(lists, lists)
def test_a_condition_names_exactly_what_it_uses_and_has_no_redundant_parentheses(
    if_match: Tags | None, if_none_match: Tags | None
) -> None:
    """DynamoDB refuses an unused name or value, a doubled parenthesis, and more than 4 KB."""
    written = condition(WRITE, if_match, if_none_match)
    assert set(re.findall(r"#\w+", written.expression)) == set(written.names)
    assert set(re.findall(r":\w+", written.expression)) == set(written.values)
    assert written.expression.count("(") == written.expression.count(")")
    assert not _doubled(written.expression)
    assert len(written.expression) < 4096


def _doubled(expression: str) -> bool:
    """Whether some parenthesis holds nothing but another one."""
    opened: list[int] = []
    pairs = set()
    for at, character in enumerate(expression):
        if character == "(":
            opened.append(at)
        elif character == ")":
            pairs.add((opened.pop(), at))
    return any((start + 1, end - 1) in pairs for start, end in pairs)
