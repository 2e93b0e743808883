"""Where a request ends, however it is cut on the way."""

import pytest
from dynamodr.serve.arrival import MAX_BODY, MAX_CHUNKS, MAX_HEAD, Arrival, State
from dynamodr.serve.connection import BEYOND, Arrived
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


def fed(*parts: bytes) -> State:
    arrival = Arrival()
    for part in parts:
        arrival.feed(part)
    return arrival.state


def chunked(body: bytes, sizes: list[int], ext: bytes) -> bytes:
    out, at = b"", 0
    while at < len(body):
        size = sizes.pop() if sizes else len(body)
        part = body[at : at + size]
        out += b"%x%s\r\n%s\r\n" % (len(part), ext, part)
        at += len(part)
    return out + b"0\r\n\r\n"


@given(
    body=st.binary(max_size=300),
    sizes=st.lists(st.integers(1, 50), max_size=9),
    plain=st.booleans(),
    ext=st.sampled_from([b"", b";a=b", b" "]),
    cuts=st.sets(st.integers(1, 400), max_size=8),
)
def test_only_the_last_byte_completes_it(
    body: bytes, sizes: list[int], plain: bool, ext: bytes, cuts: set[int]
) -> None:
    framed = (
        b"content-Length:%d\r\n\r\n%s" % (len(body), body)
        if plain
        else b"Transfer-Encoding: Chunked\r\n\r\n" + chunked(body, sizes, ext)
    )
    request = POST + framed
    arrival = Arrival()
    at = 0
    for cut in sorted(cut for cut in cuts if cut < len(request)):
        assert arrival.feed(request[at:cut]) == "more"
        at = cut
    assert arrival.feed(request[at:]) == "whole"
    assert bytes(arrival.data) == request


@given(st.binary(max_size=2000), st.integers(1, 700))
def test_nothing_breaks_it(data: bytes, step: int) -> None:
    for start in (b"", POST, POST + b"Transfer-Encoding: chunked\r\n\r\n"):
        fed(start, *(data[at : at + step] for at in range(0, len(data), step)))


def test_what_is_too_large_is_not_waited_for() -> None:
    assert fed(b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEAD) == "headers-too-large"
    assert fed(POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1)) == "cut"
    assert fed(POST + b"Content-Length: 99999999999999999999999\r\n\r\n") == "cut"
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert fed(head + b"%x\r\n" % (MAX_BODY + 1) + b"a" * MAX_BODY) == "more"
    assert fed(head + b"%x\r\n" % (MAX_BODY + 1) + b"a" * (MAX_BODY + 1)) == "body-too-large"
    assert (
        fed(head + b"3\r\nabcde\r\n0\r\n\r\n") == "cut"
    )  # no end where it should be: refused when it is read
    assert fed(head + b"1;" + b"a" * MAX_CHUNKS) == "body-too-large"
    assert fed(head + b"1\r\na\r\n0\r\n" + b"X: " + b"a" * MAX_CHUNKS) == "body-too-large"


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 5 \r\n\r\nabcde",
        b"Content-Length: 00000000000000000000000005\t\r\n\r\nabcde",
        b"Transfer-Encoding: identity, chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip ,\tchunked \r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0000000000005\r\nabcde\r\n000000000\r\n\r\n",
    ],
)
def test_it_ends_where_the_parser_says(framed: bytes) -> None:
    """Each spelling that gunicorn takes: to end it sooner would leave the parser waiting, on a thread."""
    request = POST + framed
    assert {fed(request[:end]) for end in range(1, len(request))} == {"more"}
    assert fed(request) == "whole"
    parsed = next(RequestParser(Config(), iter([request + POST]), ("127.0.0.1", 1)))
    assert parsed.body.read() == b"abcde"
    assert parsed.unreader.take_buffered() == POST


@given(
    name=st.sampled_from([b"Content-Length", b"Transfer-Encoding", b"content-length ", b"X"]),
    value=st.text("0123456789 \t,;+-_xchunkedgzipidentity\xb2", max_size=30)
    | st.sampled_from(["chunked", "gzip, chunked", "chunked, identity", "identity,chunked,", " 07 "]),
    body=st.text("0123456789aF \t;=\r\n", max_size=60)
    | st.sampled_from(["5\r\nabcde\r\n0\r\n\r\n", "05;a=b\r\nabcde\r\n0\r\nX: y\r\n\r\n", "0\r\n\r\n"]),
    second=st.booleans(),
)
def test_what_is_whole_is_whole_for_the_parser(name: bytes, value: str, body: str, second: bool) -> None:
    head = POST + b"%s:%s\r\n" % (name, value.encode("latin-1"))
    head += b"Content-Length: 3\r\n" if second else b""
    arrival = Arrival()
    if arrival.feed(head + b"\r\n" + body.encode()) != "whole":
        return
    parser = RequestParser(Config(), iter([]), ("127.0.0.1", 1))
    parser.unreader = Arrived()
    parser.unreader.unread(arrival.data)
    said = ""
    try:
        next(parser).body.read()
    except ParseException as error:
        said = str(error)
    assert said != BEYOND


def test_what_is_framed_twice_is_refused_at_once() -> None:
    """By the parser (RFC 9112, 6.3): who sent it waits for that, not for a time to run out."""
    length, chunked = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"
    for framing in (length + chunked, chunked + length):
        assert fed(POST + framing + b"\r\n0\r\n\r\n") == "whole"


def test_the_last_request_is_known() -> None:
    for line, last in ((b"", False), (b"Connection: Close\r\n", True), (b"X: connection: close\r\n", False)):
        arrival = Arrival()
        assert arrival.feed(POST + line + b"\r\n") == "whole"
        assert arrival.last == last


def test_an_expectation_is_met_once() -> None:
    arrival = Arrival()
    arrival.feed(POST + b"Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
    assert arrival.continues is True
    arrival.continued()
    assert (arrival.continues, arrival.state) == (False, "more")
    assert arrival.feed(b"a") == "more"
    assert arrival.feed(b"b") == "whole"
    assert bytes(arrival.data) == POST + b"Content-Length: 2\r\n\r\nab"


def test_an_old_client_expects_nothing() -> None:
    """RFC 9110, 10.1.1: HTTP/1.0 knows no 100, so that the client's expectation is no matter."""
    arrival = Arrival()
    arrival.feed(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert (arrival.continues, arrival.state) == (False, "more")


def test_it_is_known_whether_there_is_a_body() -> None:
    for request, bare in (
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (POST + b"Content-Length: 0\r\n\r\n", True),
        (POST + b"Content-Length: 2\r\n\r\n{}", False),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
    ):
        arrival = Arrival()
        assert arrival.feed(request) == "whole"
        assert arrival.bare is bare
