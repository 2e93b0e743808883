"""Users as DynamoDB holds them: attribute values, keys, and what is reserved."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from dynamodr.users.model import Key, NewUser, User, UserBody

# What the SDK gives and takes: {"name": {"S": "Ada"}}. Its own type has a member for each of ten kinds.
Item = Mapping[str, Mapping[str, Any]]

RESERVED = "!"
"""How the keys of the service's own items begin (fence, heartbeats, deep health). No username can."""


class Stored(NamedTuple):
    """A user and the write that made it so."""

    user: User
    write_id: str


class Stamp(NamedTuple):
    """Who writes, when and where: kept with what is written."""

    write_id: str
    at: str
    region: str


def is_reserved(item: Item) -> bool:
    """Tell whether an item is the service's own."""
    return _text(item, "username").startswith(RESERVED)


def key_of(user: Key | NewUser | User) -> dict[str, dict[str, str]]:
    """Name an item."""
    return {"username": {"S": user.username}, "last_name": {"S": user.last_name}}


def new_item(user: NewUser, stamp: Stamp) -> dict[str, dict[str, str]]:
    """Make the item of a user who is not there yet."""
    return {
        **key_of(user),
        "name": {"S": user.name},
        "mail": {"S": user.mail},
        "created_at": {"S": stamp.at},
        "updated_at": {"S": stamp.at},
        "version": {"N": "1"},
        "written_in": {"S": stamp.region},
        "write_id": {"S": stamp.write_id},
    }


def user_of(item: Item) -> User:
    """Read an item, also one that another program wrote without all our attributes."""
    try:
        user = User(
            item["username"]["S"],
            item["last_name"]["S"],
            item["name"]["S"],
            item["mail"]["S"],
            item["created_at"]["S"],
            item["updated_at"]["S"],
            int(item["version"]["N"]),
            item["written_in"]["S"],
        )
    except (KeyError, ValueError):
        return _incomplete(item)
    whole = user.created_at and user.updated_at and user.written_in and user.version >= 0
    return user if whole else _incomplete(item)


def _incomplete(item: Item) -> User:
    return User(
        username=_text(item, "username"),
        last_name=_text(item, "last_name"),
        name=_text(item, "name"),
        mail=_text(item, "mail"),
        created_at=_text(item, "created_at") or UNSET,
        updated_at=_text(item, "updated_at") or UNSET,
        version=_version(item),
        written_in=_text(item, "written_in") or UNSET,
    )


def stored_of(item: Item) -> Stored:
    """Read an item together with its write's id."""
    return Stored(user_of(item), _text(item, "write_id"))


def replaced(key: Key, body: UserBody, stamp: Stamp, before: Item | None) -> Stored:
    """Tell what an update made of the item that was there `before`."""
    old = user_of(before) if before else None
    user = User(
        username=key.username,
        last_name=key.last_name,
        name=body.name,
        mail=body.mail,
        created_at=old.created_at if old and old.created_at else stamp.at,
        updated_at=stamp.at,
        version=(old.version if old else 0) + 1,
        written_in=stamp.region,
    )
    return Stored(user, stamp.write_id)


def same_content(user: User, body: NewUser | UserBody) -> bool:
    """Tell whether a user holds what a body asks for."""
    return user.name == body.name and user.mail == body.mail


def _text(item: Item, attribute: str) -> str:
    value = item.get(attribute)
    return value.get("S", "") if value else ""


def _version(item: Item) -> int:
    value = item.get("version")
    number = value.get("N", "") if value else ""
    return int(number) if number.isdigit() else 0
