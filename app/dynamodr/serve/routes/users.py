"""Users: list, create, read, replace, delete."""

import threading
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from flask import Response, request

from dynamodr.serve import cursor, inputs, problems, shaping
from dynamodr.serve.operations import JSON
from dynamodr.serve.problems import Problem
from dynamodr.users.conditions import etag_of, holds
from dynamodr.users.errors import UserExists
from dynamodr.users.model import NewUser, User, UserBody

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from dynamodr.serve.parts import Parts
    from dynamodr.users.items import Stored
    from dynamodr.users.table import Page

NDJSON = "application/x-ndjson"
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


class UserRoutes:
    """The handlers, over one Region's users."""

    def __init__(self, parts: "Parts") -> None:
        self._users = parts.users
        self._people = parts.people
        self._base = parts.settings.base_path
        # A stream holds a thread for as long as its client likes to read: never all of them.
        self._exports = threading.BoundedSemaphore(max(1, parts.settings.threads // 4))

    def list(self) -> Response:
        """A page, or everyone as a stream."""
        if (
            "ndjson" in request.headers.get("Accept", "")
            and request.accept_mimetypes.best_match([JSON, NDJSON]) == NDJSON
            and request.environ["SERVER_PROTOCOL"] != "HTTP/1.0"  # without chunks, cut would look like whole
        ):
            return self._export()
        limit = inputs.limit(request, 100)
        return self._page(self._users.page(limit, inputs.after(request)), limit, self._base)

    def named(self, username: str) -> Response:
        """Everyone with one username."""
        username = inputs.username(username)
        limit = inputs.limit(request, inputs.MAX_LIMIT)
        after = inputs.after(request, username)
        consistent = inputs.flag(request, "consistent")
        page = self._users.named(username, limit, after, consistent=consistent)
        return self._page(page, limit, f"{self._base}/users/{username}")

    def get(self, username: str, last_name: str) -> Response:
        """One user."""
        key = inputs.key(username, last_name)
        if_none_match = inputs.tags(request, "If-None-Match")
        stored = self._users.get(key, consistent=inputs.flag(request, "consistent"))
        if stored is None:
            raise Problem(problems.NO_SUCH_USER)
        if if_none_match and holds(if_none_match, stored):
            response = Response(status=304)
            response.headers["ETag"] = etag_of(stored)
        else:
            response = _one(stored)
        response.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask each time (ETag)
        return response

    def create(self) -> Response:
        """A new user."""
        user = inputs.body(request, NewUser)
        key = inputs.idempotency_key(request)
        stored = self._users.create(user, _write_id(key), keyed=key is not None)
        return self._created(stored)

    def put(self, username: str, last_name: str) -> Response:
        """A user, replaced or new."""
        key = inputs.key(username, last_name)
        if_match = inputs.tags(request, "If-Match")
        if_none_match = inputs.tags(request, "If-None-Match")
        put = self._users.put(key, inputs.body(request, UserBody), _write_id(), if_match, if_none_match)
        # The version alone can't tell: what another program wrote without one has its first now.
        return self._created(put.stored) if put.added and if_match is None else _one(put.stored)

    def delete(self, username: str, last_name: str) -> Response:
        """No user any more."""
        key = inputs.key(username, last_name)
        if not self._users.delete(key, _write_id(), inputs.tags(request, "If-Match")):
            raise Problem(problems.NO_SUCH_USER)
        return Response(status=204)

    def add(self) -> Response:
        """A made-up user."""
        if request.method == "HEAD":  # comes with GET in Flask; writes nothing
            return Response(content_type=JSON)
        for _ in range(5):
            try:
                stored = self._users.create(self._people.person(), _write_id(), keyed=False)
            except UserExists:
                continue  # a namesake with the same number: make up somebody else
            return self._created(stored, 200 if request.method == "GET" else 201)
        raise Problem(problems.USER_EXISTS)

    def _created(self, stored: "Stored", status: int = 201) -> Response:
        response = _one(stored, status)
        user = stored.user
        response.headers["Location"] = f"{self._base}/users/{user.username}/{_segment(user.last_name)}"
        return response

    def _page(self, page: "Page", limit: int, path: str) -> Response:
        body = _encode(page.users)
        response = Response(body, content_type=JSON)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask each time (ETag)
        more = cursor.encode(page.more) if page.more else ""
        response.headers["ETag"] = shaping.tag(body, more.encode())
        if page.more:
            consistent = "&consistent=true" if request.args.get("consistent") == "true" else ""
            response.headers["Link"] = f'<{path}?limit={limit}&cursor={more}{consistent}>; rel="next"'
        return response

    def _export(self) -> Response:
        if not self._exports.acquire(blocking=False):
            raise Problem(problems.BUSY, headers={"Retry-After": "5"})
        try:
            pages = self._users.everyone()
            first = next(pages)  # here, so that what fails at once fails with a status
        except BaseException:
            self._exports.release()
            raise
        response = Response(_lines(first, pages, request.environ), content_type=NDJSON)
        response.headers["Vary"] = "Accept"
        response.call_on_close(self._exports.release)
        return response


def _lines(first: list[User], rest: Iterator[list[User]], environ: "WSGIEnvironment") -> Iterator[bytes]:
    """Write users as lines. An error in mid-stream is left to the server, which cuts the connection.

    A chunked body without its last chunk can't be taken for the whole. The request's log line says `cut`.
    """
    environ["dynamodr.cut"] = True
    yield _encode_lines(first)
    for users in rest:
        yield _encode_lines(users)
    del environ["dynamodr.cut"]


def _one(stored: "Stored", status: int = 200) -> Response:
    response = Response(_encode(stored.user), status, content_type=JSON)
    response.headers["ETag"] = etag_of(stored)
    return response


def _write_id(given: str | None = None) -> str:
    """Name a write, by the client's Idempotency-Key or anew; the log line of its request has the name too.

    The X-Request-Id would not do: a client may well send one twice.
    """
    write_id = given or uuid.uuid4().hex
    request.environ["dynamodr.write_id"] = write_id
    return write_id


def _segment(text: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - mostly unneeded

    return text if text.isascii() and text.isalnum() else quote(text, safe="")
