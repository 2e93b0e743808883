"""If-Match and If-None-Match, read from HTTP and written as DynamoDB conditions.

A user's entity tag is `"<version>-<write id>"`. The version alone would not do: two Regions that take a write
of the same user at once both count to the same number, one of the writes wins everywhere, and a client that
holds the loser's tag must not pass for one who has seen the winner. A client that knows only the version
(from a list, say) may send `"<version>"`, and gets what that can promise.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from dynamodr.users.items import Stored

MAX_TAGS = 20
_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')
_OURS = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{32}))?")


class Tag(NamedTuple):
    """An entity tag of ours; without a write id it stands for any write of that version."""

    version: int
    write_id: str | None


class Tags(NamedTuple):
    """What a header lists. Tags that can't be ours are dropped: they match nothing."""

    any: bool
    tags: tuple[Tag, ...] = ()


class Condition(NamedTuple):
    """A DynamoDB condition expression and what it names."""

    expression: str
    names: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


def etag_of(stored: Stored) -> str:
    """Name this state of this user."""
    suffix = f"-{stored.write_id}" if stored.write_id else ""
    return f'"{stored.user.version}{suffix}"'


def parse(header: str, *, weak: bool) -> Tags:
    """Read a header's list. ValueError: it is no `*`, and no list of at most MAX_TAGS quoted tags.

    `weak` admits W/ tags: If-None-Match compares weakly, If-Match strongly (RFC 9110, 13.1).
    """
    if header.strip() == "*":
        return Tags(any=True)
    tags: list[Tag] = []
    at = count = 0
    while at < len(header):
        match = _TAG.match(header, at)
        count += 1
        if not match or count > MAX_TAGS:
            raise ValueError
        ours = _OURS.fullmatch(match[2])
        if ours and (weak or not match[1]):
            tags.append(Tag(int(ours[1]), ours[2]))
        at = match.end()
    if not count:
        raise ValueError
    return Tags(any=False, tags=tuple(tags))


def holds(tags: Tags, stored: Stored) -> bool:
    """Tell whether one of the tags names this state."""
    return tags.any or any(
        tag.version == stored.user.version and tag.write_id in (None, stored.write_id) for tag in tags.tags
    )


def condition(write_id: str, if_match: Tags | None, if_none_match: Tags | None) -> Condition:
    """Write both as a condition that is also false once this very write has been applied.

    The SDK sends a call again when its answer is lost; the condition keeps that from counting twice.
    """
    names = {"#username": "username", "#write_id": "write_id"}
    values = {":own": {"S": write_id}}
    clauses = ["(attribute_not_exists(#username) OR attribute_not_exists(#write_id) OR #write_id <> :own)"]
    for prefix, tags in (("m", if_match), ("n", if_none_match)):
        if tags is None:
            continue
        expected = _any_of(tags, prefix, names, values)
        clauses.append(
            f"(attribute_exists(#username) AND {expected})"
            if prefix == "m"
            else f"(attribute_not_exists(#username) OR NOT {expected})"
        )
    return Condition(" AND ".join(clauses), names, values)


def _any_of(tags: Tags, prefix: str, names: dict[str, str], values: dict[str, dict[str, str]]) -> str:
    if tags.any:
        return "attribute_exists(#username)"
    if not tags.tags:
        return "attribute_not_exists(#username)"  # beside "exists": never
    names["#version"] = "version"
    alternatives = []
    for index, tag in enumerate(tags.tags):
        if tag == (0, None):  # what `etag_of` calls an item that another program wrote
            alternatives.append("attribute_not_exists(#version)")
            continue
        version = f":{prefix}v{index}"
        values[version] = {"N": str(tag.version)}
        alternative = f"#version = {version}"
        if tag.write_id is not None:
            write_id = f":{prefix}w{index}"
            values[write_id] = {"S": tag.write_id}
            alternative += f" AND #write_id = {write_id}"
        alternatives.append(alternative)
    if len(alternatives) == 1:
        return f"({alternatives[0]})"  # DynamoDB refuses redundant parentheses
    return "(" + " OR ".join(f"({alternative})" for alternative in alternatives) + ")"
