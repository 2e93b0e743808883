"""What a client sends, made into types, or into a problem that names what is wrong."""

import hashlib
import re
from functools import cache
from typing import Any, Literal, TypeVar

import msgspec
from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge

from dynamodr.serve import cursor, problems
from dynamodr.serve.problems import Problem, invalid
from dynamodr.users.conditions import MAX_TAGS, Tags
from dynamodr.users.conditions import parse as parse_tags
from dynamodr.users.model import Key, NewUser, UserBody, nfc

MAX_BODY = 16 * 1024
MAX_LIMIT = 1000
T = TypeVar("T", NewUser, UserBody)

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_AT = re.compile(r"(?P<text>.*?)(?: - at `\$\.?(?P<field>.*)`)?", re.DOTALL)
_FIELD_IN_TEXT = re.compile(r"(?:required|unknown) field `([^`]*)`")
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (NewUser, UserBody)
}


def body(request: Request, kind: type[T]) -> T:
    """Read the body. Problems: unsupported-media-type, body-too-large, bad-request, bad-json,
    invalid-input.
    """
    content_type = request.environ.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(problems.MEDIA_TYPE, headers={"Accept": "application/json"})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        detail = "Send the body without a Content-Encoding."
        raise Problem(problems.MEDIA_TYPE, detail, headers={"Accept-Encoding": "identity"})
    try:
        data = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem(problems.TOO_LARGE) from None
    except ParseException:  # of chunks that are none; it quotes them, and no log should
        raise Problem(problems.BAD_REQUEST) from None
    if len(data) > MAX_BODY:  # a chunked body is cut off at the application's limit, not refused
        raise Problem(problems.TOO_LARGE)
    try:
        decoded: T = _DECODERS[kind].decode(data)
    except msgspec.ValidationError as error:
        raise _named("body", error, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(problems.BAD_JSON, f"The body is not JSON: {error}") from None
    return decoded


def key(username: str, last_name: str) -> Key:
    """Read a key out of the path."""
    try:
        return msgspec.convert({"username": username, "last_name": nfc(last_name)}, Key)
    except msgspec.ValidationError as error:
        raise _named("path", error, Key) from None


def username(text: str) -> str:
    """Read a username out of the path."""
    return key(text, "-").username


def limit(request: Request, default: int) -> int:
    """Read how many users a page may have."""
    text = request.args.get("limit")
    if text is None:
        return default
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise invalid("query", "limit", f"give a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def after(request: Request, username: str | None = None) -> Key | None:
    """Read where a page begins; with `username`, it must be among that one's users."""
    text = request.args.get("cursor")
    if text is None:
        return None
    start = cursor.decode(text)
    if start is None or username not in (None, start.username):
        raise invalid("query", "cursor", "give one that a Link header of this resource has given, unchanged")
    return start


def flag(request: Request, name: str) -> bool:
    """Read a boolean of the query; absent is false."""
    if not request.environ.get("QUERY_STRING"):
        return False  # mostly so, and dearer to parse than to see
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise invalid("query", name, "give true or false")
    return text == "true"


def tags(request: Request, name: Literal["If-Match", "If-None-Match"]) -> Tags | None:
    """Read a list of entity tags."""
    header = request.environ.get(f"HTTP_{name.upper().replace('-', '_')}")
    if header is None:
        return None
    try:
        return parse_tags(header, weak=name == "If-None-Match")
    except ValueError:
        raise invalid("header", name, f'give *, or at most {MAX_TAGS} ETags in quotes: "1", "2"') from None


def idempotency_key(request: Request) -> str | None:
    """Read the key and make of it a write id: as long as every other, and telling nobody the key."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        raise invalid("header", "Idempotency-Key", "give 1 to 255 printable ASCII characters, no spaces")
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _named(at: Literal["body", "path"], error: msgspec.ValidationError, kind: type) -> Problem:
    match = _AT.fullmatch(str(error))
    text, field = (match["text"], match["field"] or "") if match else (str(error), "")
    missing = _FIELD_IN_TEXT.search(text)
    if missing and not field:
        field = missing[1]
    if "regex" in text or "length" in text:
        return invalid(at, field, f"give {_descriptions(kind).get(field, 'something else')}")
    return invalid(at, field, text[:1].lower() + text[1:].replace("`", "'"))


@cache
def _descriptions(kind: type) -> dict[str, str]:
    _, components = msgspec.json.schema_components([kind])
    properties = components[kind.__name__]["properties"]
    return {name: schema.get("description", "") for name, schema in properties.items()}
