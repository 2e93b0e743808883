"""HTTP's habits: conditions, compression, OPTIONS and Allow, traces; and what no path can do."""

import gzip
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from dynamodr.serve import trace

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.contract.service.conftest import Client

PEOPLE = 30


@pytest.fixture(scope="module")
def peopled(serve: "Client", new_table: "Callable[[], str]") -> CheckedClient:
    client = serve(TABLE_NAME=new_table())
    for _ in range(PEOPLE):
        assert client.post("/dynamodr/add-user").status_code == 201
    return client


@pytest.mark.parametrize(
    "path",
    [
        "/dynamodr",
        "/dynamodr?limit=3",
        "/dynamodr/users/nobody",
        "/dynamodr/openapi.json",
        "/dynamodr/problems/user-exists",
        "/dynamodr/ui",
        "/dynamodr/ui/dashboard.js",
    ],
)
def test_what_the_client_has_is_not_sent_again(peopled: CheckedClient, path: str) -> None:
    first = peopled.get(path)
    tag = first.headers["ETag"]
    again = peopled.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert peopled.get(path, headers={"If-None-Match": '"other"'}).data == first.data
    head = peopled.head(path, headers={"If-None-Match": tag})
    assert head.status_code == 304


def test_a_page_that_changed_is_sent(peopled: CheckedClient) -> None:
    tag = peopled.get("/dynamodr?limit=1000").headers["ETag"]
    peopled.post("/dynamodr/add-user")
    assert peopled.get("/dynamodr?limit=1000", headers={"If-None-Match": tag}).status_code == 200


def test_a_page_that_is_no_longer_the_last_is_sent(client: CheckedClient) -> None:
    """The same users, and a Link that was not there."""
    path = "/dynamodr/users/paged?limit=1"

    def add(last_name: str) -> None:
        user = {"username": "paged", "last_name": last_name, "name": "Jo", "mail": "jo@example.org"}
        assert client.post("/dynamodr/users", json=user).status_code == 201

    add("Abel")
    last = client.get(path)
    add("Zander")
    again = client.get(path, headers={"If-None-Match": last.headers["ETag"]})
    assert (again.status_code, again.data) == (200, last.data)
    assert "Link" in again.headers


def test_gzip_is_for_those_who_ask(peopled: CheckedClient) -> None:
    plain = peopled.get("/dynamodr")
    small = peopled.get("/dynamodr", headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data) / 3
    assert int(small.headers["Content-Length"]) == len(small.data)
    assert small.headers["ETag"] == plain.headers["ETag"]
    for response in (plain, small):
        assert {"Accept", "Accept-Encoding"} <= set(response.headers.get_all("Vary"))
    refused = peopled.get("/dynamodr", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    one = peopled.get("/dynamodr?limit=1", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in one.headers  # too small to be worth it


def test_a_stream_is_compressed_too(peopled: CheckedClient) -> None:
    headers = {"Accept": "application/x-ndjson"}
    plain = peopled.get("/dynamodr", headers=headers)
    small = peopled.get("/dynamodr", headers=headers | {"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert plain.data.count(b"\n") >= PEOPLE


def test_an_error_of_options_says_what_it_is(client: CheckedClient) -> None:
    response = client.options("/nowhere")
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert "Content-Type" not in client.options("/dynamodr").headers


def test_options_and_405_tell_what_there_is(client: CheckedClient) -> None:
    filled = {"slug": "throttled", "asset": "icon.svg", "username": "nobody", "last_name": "Doe"}
    for template, methods in client.get("/dynamodr/openapi.json").get_json()["paths"].items():
        path = template.format(**filled)
        there = {method.upper() for method in methods} | {"OPTIONS"}
        there |= {"HEAD"} if "get" in methods else set()
        options = client.options(path)
        assert (options.status_code, options.data) == (200, b"")
        assert set(options.headers["Allow"].split(", ")) == there
        refused = client.patch(path)
        assert refused.status_code == 405
        assert set(refused.headers["Allow"].split(", ")) == there


@pytest.mark.parametrize(
    "path",
    [
        "/dynamodr/users/a%2fb/Doe",
        "/dynamodr/users/..%2f..%2fetc/passwd",
        "/dynamodr/users/../../etc/passwd",
        "/dynamodr/users/a/%00",
        "/dynamodr/users/a%00/Doe",
        "/dynamodr/users/%21heartbeat/us-east-1",
        "/dynamodr/users/!fence/active",
        "/dynamodr/users/!health",
        "/dynamodr/users/%EF%BC%81fence/active",  # a full-width "!"
        "/dynamodr/users/a/%C0%AF",  # an overlong "/"
        "/dynamodr/users/a/%ff%fe",
        "/dynamodr/users/a/%E2%80%AEeoD",  # right to left
        "/dynamodr/users//Doe",
        "//dynamodr/users/a/Doe",
        "/dynamodr/ui/..%2fapp.py",
        "/dynamodr/ui/../app.py",
        "/dynamodr/ui/%2e%2e/app.py",
        "/dynamodr/users/" + "a" * 65 + "/Doe",
    ],
)
def test_no_path_leads_where_it_should_not(client: CheckedClient, path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"name": "x", "mail": "x@example.org"} if method == "PUT" else None
        response = client.open(path, method=method, json=body)
        assert 400 <= response.status_code < 500
        assert response.mimetype == "application/problem+json"


def test_a_trace_is_logged_and_nonsense_is_not(
    client: CheckedClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for header in ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-nonsense"):
        client.get("/dynamodr/users/nobody", headers={"traceparent": header})
    traced, plain = (record.__dict__ for record in caplog.records if record.name == "dynamodr.request")
    assert traced["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert traced["parent_span_id"] == "b7ad6b7169203331"
    assert "trace_id" not in plain


@pytest.mark.parametrize(
    ("header", "good"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", True),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", True),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", False),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", False),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", False),
        ("", False),
    ],
)
def test_a_traceparent_is_read_as_the_standard_says(header: str, good: bool) -> None:
    assert (trace.parent(header) is not None) == good


def test_reads_may_need_the_token_too(serve: "Client", table: str, tmp_path: "Path") -> None:
    (tmp_path / "token").write_text("open sesame")
    client = serve(TABLE_NAME=table, AUTH_TOKEN_FILE=str(tmp_path / "token"), AUTH_READS="true")
    token = {"Authorization": "Bearer open sesame"}
    for path in ("/dynamodr", "/dynamodr/users/a", "/dynamodr/users/a/Doe", "/dynamodr/status"):
        refused = client.get(path)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="dynamodr"')
        assert client.get(path, headers=token).status_code in (200, 404)
    for path in ("/livez", "/readyz", "/dynamodr/openapi.json", "/dynamodr/ui", "/dynamodr/ui/dashboard.css"):
        assert client.get(path).status_code == 200


def test_the_dashboard_runs_nothing_but_its_own(client: CheckedClient) -> None:
    page = client.get("/dynamodr/ui")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for inline in (b"<style", b" style=", b" onclick=", b"javascript:", b"<script>", b"http://", b"https://"):
        assert inline not in page.data
    assert b"{{" not in page.data
    assert client.get("/dynamodr/ui/").data == page.data


def test_a_status_without_a_fence_yet_says_so(client: CheckedClient) -> None:
    status: dict[str, Any] = json.loads(client.get("/dynamodr/status").data)
    assert (status["region"], status["write_mode"], status["takes_writes"]) == ("us-east-1", "any", True)
    assert (status["standing"], status["heartbeats"], status["lag"]) == ("unknown", [], [])
