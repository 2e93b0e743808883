"""A request as it comes in, byte by byte or at once: whether all of it is there. Pure.

Only a request that is there gets a thread. It reads no more than it must to know where the request ends;
what it can't make sense of is for the parser to refuse.
"""

import re
from typing import Literal

State = Literal["more", "whole", "cut", "headers-too-large", "body-too-large"]
"""`cut`: the body is too large to be waited for, and the connection must not be used again."""

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024
MAX_CHUNKS = 128 * 1024
"""What a chunked body may take with its framing."""

_NAMES = (b"\r\ncontent-length", b"\r\ntransfer-encoding", b"\r\nexpect")
_TELLING = re.compile(rb"\r\n(content-length|transfer-encoding|expect)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect[ \t]*:[^\r\n]*", re.IGNORECASE)
_SIZE = re.compile(rb"([0-9a-fA-F]+)[ \t]*(?:;[^\r\n]*)?")


class Arrival:
    """What has come of one request, and perhaps of the next."""

    __slots__ = ("_at", "_body", "_chunked", "_payload", "_searched", "continues", "data", "last", "state")

    def __init__(self) -> None:
        self.data: bytes | bytearray = b""
        self.state: State = "more"
        self.continues = False
        """Whether the client waits for a 100 before it sends the body."""
        self.last = False
        """Whether the client has said that it sends nothing after this."""
        self._searched = 0
        self._body = -1
        """Where the body ends; while chunked, where the next chunk begins."""
        self._at = -1
        self._chunked = False
        self._payload = 0

    @property
    def bare(self) -> bool:
        """Whether the request has no body."""
        return self._body == self._at and not self._chunked

    def feed(self, data: bytes) -> State:
        """Take in what has come; say what is to be done."""
        if not self.data:
            self.data = data  # nearly always all of it
        elif isinstance(self.data, bytes):
            self.data = bytearray(self.data) + data
        else:
            self.data += data
        if self._at < 0 and not self._head():
            self.state = "headers-too-large" if len(self.data) > MAX_HEAD else "more"
        elif self._chunked:
            self.state = self._chunks()
        elif self._body - self._at > MAX_BODY:
            self.state = "cut"
        else:
            self.state = "whole" if len(self.data) >= self._body else "more"
        return self.state

    def continued(self) -> None:
        """Note that the client has got its 100: nobody should send it another."""
        head, rest = self.data[: self._at - 2], self.data[self._at - 2 :]
        shorter = _EXPECT.sub(b"", head)
        self.data = shorter + rest
        gone = len(head) - len(shorter)
        self._at -= gone
        self._body -= gone
        self.continues = False

    def _head(self) -> bool:
        end = self.data.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(self.data)
            return False
        self._at = self._body = end + 4
        head = self.data[: end + 2].lower()
        self.last = b"\r\nconnection: close\r\n" in head
        if not any(name in head for name in _NAMES):
            return True
        for name, value in _TELLING.findall(self.data, 0, end + 2):
            match name.lower():
                case b"content-length":
                    # What is no number is not waited for: the parser refuses it.
                    digits = value.rstrip(b" \t").lstrip(b"0") or b"0"
                    self._body = self._at + int(digits[:20]) if digits.isdigit() else self._at
                case b"transfer-encoding":
                    self._chunked = value.lower().rpartition(b",")[2].strip(b" \t") == b"chunked"
                case _:
                    expected = value.strip().lower() == b"100-continue"
                    self.continues = expected and b" http/1.0\r\n" not in head
        if self._chunked:
            self._body = self._at  # whatever length is told besides: the parser refuses that
        return True

    def _chunks(self) -> State:
        data = self.data
        while True:
            end = data.find(b"\r\n", self._body)
            size = _SIZE.fullmatch(data, self._body, end) if end >= 0 else None
            if end < 0:
                return "body-too-large" if len(data) - self._at > MAX_CHUNKS else "more"
            if size is None:
                return "cut"  # no chunk: refused when it is read
            length = int(size[1], 16)
            if length == 0:
                return "whole" if data.find(b"\r\n\r\n", end) >= 0 else self._waiting()
            if self._payload + min(length, len(data) - end - 2) > MAX_BODY:
                return "body-too-large"
            if len(data) < end + 4 + length:
                return self._waiting()
            if data[end + 2 + length : end + 4 + length] != b"\r\n":
                return "cut"  # likewise
            self._payload += length
            self._body = end + 4 + length

    def _waiting(self) -> State:
        return "body-too-large" if len(self.data) - self._at > MAX_CHUNKS else "more"
