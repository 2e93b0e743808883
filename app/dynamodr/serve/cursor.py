"""Cursors: the key of the last user on a page, in a form that a URL carries and nobody should read."""

import base64
import binascii
import re

import msgspec

from dynamodr.users.items import RESERVED
from dynamodr.users.model import Key

MAX_LENGTH = 4300  # two keys of DynamoDB's longest (2048 and 1024 bytes), as JSON, as base64
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
_decoder = msgspec.json.Decoder(tuple[str, str])


def encode(key: Key) -> str:
    """Write a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode((key.username, key.last_name))).rstrip(b"=").decode()


def decode(text: str) -> Key | None:
    """Read a cursor; None unless `encode` could have written it."""
    if len(text) > MAX_LENGTH or not _ALPHABET.fullmatch(text):
        return None
    try:
        username, last_name = _decoder.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None
    key = Key(username, last_name)  # unchecked on purpose: other programs' keys may be listed too
    if not username or not last_name or username.startswith(RESERVED) or encode(key) != text:
        return None
    return key
