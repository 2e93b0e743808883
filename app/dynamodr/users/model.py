"""What a user is, and what may be one: the types that check, document and carry it."""

import unicodedata
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, convert
from msgspec.structs import force_setattr

# A name is kept out of a path's grammar ('/', '\\', '.', '..'), off the reserved keys ('!') and free of what
# a log or a terminal obeys: controls, line separators, direction overrides. U+FFFD is what bad UTF-8 became.
_UNPRINTABLE = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd"
_END = r"(?!\n)$"  # in Python, a `$` alone lets a last line feed through

Username = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}{_END}",
        min_length=1,
        max_length=64,
        description="1 to 64 letters, digits, '.', '_' and '-', the first a letter or a digit",
        examples=["ada"],
    ),
]
LastName = Annotated[
    str,
    Meta(
        pattern=rf"^(?!\.{{1,2}}$)(?![!\s])[^/\\{_UNPRINTABLE}]*[^\s/\\{_UNPRINTABLE}]{_END}",
        min_length=1,
        max_length=64,
        description="1 to 64 characters, none of them '/', '\\' or a control, no '!' or space first, "
        "no space last; kept in Unicode's form NFC",
        examples=["Lovelace"],
    ),
]
Name = Annotated[
    str,
    Meta(
        pattern=rf"^(?!\s*$)[^{_UNPRINTABLE}]+{_END}",
        min_length=1,
        max_length=256,
        description="1 to 256 characters, no controls, not spaces alone",
        examples=["Ada Lovelace"],
    ),
]
Mail = Annotated[
    str,
    Meta(
        pattern=rf"^[^@\s{_UNPRINTABLE}]+@[^@\s{_UNPRINTABLE}]+{_END}",
        min_length=3,
        max_length=254,
        description="an address: something, '@', something, 254 characters at most",
        examples=["ada@example.org"],
    ),
]
Timestamp = Annotated[
    str,
    Meta(
        description="RFC 3339, UTC, milliseconds",
        examples=["2026-11-23T09:30:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]


class Key(Struct, frozen=True, gc=False):
    """What names one user in the table."""

    username: Username
    last_name: LastName


class UserBody(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a PUT replaces."""

    name: Name
    mail: Mail


class NewUser(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a POST creates."""

    username: Username
    last_name: LastName
    name: Name
    mail: Mail

    def __post_init__(self) -> None:
        if not unicodedata.is_normalized("NFC", self.last_name):
            spelled = {"username": self.username, "last_name": nfc(self.last_name)}
            force_setattr(self, "last_name", convert(spelled, Key).last_name)  # some grow longer by it


class User(Struct, frozen=True, gc=False, omit_defaults=True):
    """A user, as everyone sees it. What another program left out of the item is left out here."""

    username: str
    last_name: str
    name: str = ""
    mail: str = ""
    created_at: Timestamp | UnsetType = UNSET
    updated_at: Timestamp | UnsetType = UNSET
    version: Annotated[int, Meta(ge=0, description="1 when created, one more with each replacement")] = 0
    written_in: Annotated[str, Meta(description="the Region that took the last write")] | UnsetType = UNSET


def nfc(text: str) -> str:
    """Spell a name in the one way that keys have: an accent typed apart is the same accent."""
    return unicodedata.normalize("NFC", text)
