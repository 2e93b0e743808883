"""The process: what a pod, a kubelet, a load balancer and Prometheus see of it."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import urllib3

from tests.contract.service.lossy import lossy
from tests.contract.service.process import Serving, eventually, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from rehearsal.world import World

THREADS = 4


@pytest.fixture(scope="module")
def service(world: "World", new_table: "Callable[[], str]") -> Iterator[Serving]:
    with serving(
        {
            "AWS_REGION": "us-east-1",
            "DYNAMO_ENDPOINT": world.endpoint,
            "TABLE_NAME": new_table(),
            "THREADS": str(THREADS),
        }
    ) as service:
        yield service


def raw(service: Serving, request: bytes) -> http.client.HTTPResponse:
    """Send what no HTTP client would."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    try:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.body = response.read()  # type: ignore[attr-defined]  # before the connection goes
    finally:
        connection.close()
    return response


def test_it_serves_over_http(service: Serving) -> None:
    added = service.http.request("POST", service.url + "/dynamodr/add-user")
    assert added.status == 201
    assert added.headers["Server"] == "gunicorn"  # and no version
    location = added.headers["Location"]
    assert service.get(location + "?consistent=true").json() == added.json()
    assert service.get("/readyz").status == 200


@pytest.mark.parametrize(
    ("request_", "status", "slug"),
    [
        (b"nonsense\r\n\r\n", 400, "bad-request"),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n", 400, "bad-request"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri-too-long"),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "headers-too-large"),
        (b"GET /livez HTTP/1.1\r\n" + b"X: 1\r\n" * 101 + b"\r\n", 431, "headers-too-large"),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n", 417, "expectation-failed"),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: cake\r\n\r\n", 501, "unknown-transfer-coding"),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "bad-request"),
        (b"GET /livez HTTP/1.1\r\nX: no host\r\n\r\n", 400, "bad-request"),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "bad-request"),
        (b"GET /livez HTTP/1.1\r\nHost: a b/c\r\n\r\n", 400, "bad-request"),
    ],
)
def test_what_is_no_http_is_a_problem_too(service: Serving, request_: bytes, status: int, slug: str) -> None:
    response = raw(service, request_)
    assert (response.status, response.getheader("Content-Type")) == (status, "application/problem+json")
    assert f'"/dynamodr/problems/{slug}"'.encode() in response.body  # type: ignore[attr-defined]  # see raw
    assert service.get("/livez").status == 200


def test_no_header_moves_a_request_to_another_path(service: Serving) -> None:
    assert raw(service, b"GET /x/livez HTTP/1.1\r\nHost: x\r\nSCRIPT_NAME: /x\r\n\r\n").status == 404


@pytest.mark.parametrize(
    "host", [b"", b"users.example.org:443", b"10.0.0.1:", b"[::1]:5000", b"a_b.svc", b"m%C3%BCnchen"]
)
def test_every_host_that_can_be_is_taken(service: Serving, host: bytes) -> None:
    assert raw(service, b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"mail": "ada@example.org"}\r\n0\r\n\r\n',
        b"3\r\nada@example.org\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nHost: ada@example.org\r\n\r\n",
        b"2;=ada@example.org\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["no size", "no end", "a trailer that must not be", "no extension"],
)
@pytest.mark.parametrize("path", [b"POST /dynamodr/users", b"GET /livez"], ids=["read", "unread"])
def test_chunks_that_are_none_are_the_clients_fault(service: Serving, path: bytes, body: bytes) -> None:
    head = (
        path + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(head + body)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    status, slug = (400, b"bad-request") if path.startswith(b"POST") else (200, b"")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert slug in answer
    assert service.get("/livez").status == 200
    assert "ada@example.org" not in str(service.lines)


def test_who_is_refused_for_the_length_is_told_that_it_ends(service: Serving) -> None:
    head = b"POST /dynamodr/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    response = raw(service, head + b"Content-Length: 20000\r\n\r\n")
    assert (response.status, response.getheader("Connection")) == (413, "close")


def test_an_old_client_need_name_no_host(service: Serving) -> None:
    assert raw(service, b"GET /livez HTTP/1.0\r\n\r\n").status == 200


def test_an_endless_body_is_refused_early(service: Serving) -> None:
    head = b"POST /dynamodr/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for rest in (
        b"Content-Length: 99999999\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n" + b" " * 65536,
    ):
        assert raw(service, head + rest).status == 413


def test_silent_connections_keep_nobody_out(service: Serving) -> None:
    silent = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(2 * THREADS * 3)]
    try:
        assert service.http.request("GET", service.url + "/livez", timeout=3).status == 200
        silent[0].sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert silent[0].recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for connection in silent:
            connection.close()


def test_a_worker_that_hangs_keeps_nobody_waiting(service: Serving) -> None:
    eventually(lambda: len(service.workers()) > 1)
    first = service.workers()[-1]
    connections: list[http.client.HTTPConnection] = []
    os.kill(first, signal.SIGSTOP)
    try:
        for _ in range(8):  # the other has more and more of them than the one that hangs
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=5)
            connections.append(connection)
            connection.request("GET", "/livez")
            assert connection.getresponse().read()
    finally:
        os.kill(first, signal.SIGCONT)
        for connection in connections:
            connection.close()


def test_metrics_add_up_over_all_workers_and_outlive_them(service: Serving) -> None:
    name = 'dynamodr_http_requests_total{method="GET",route="/dynamodr/problems/{slug}",status="404"}'

    def ask(times: int) -> None:
        for _ in range(times):  # a connection each: whichever worker is free takes it
            assert service.get("/dynamodr/problems/none", Connection="close").status == 404

    before = service.metrics().get(name, 0)
    ask(20)
    assert service.metrics()[name] == before + 20
    first, *_ = service.workers()
    booted = len(service.workers())
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(service.workers()) > booted)
    ask(20)
    assert service.metrics()[name] == before + 40

    def standing() -> float:
        samples = service.metrics().items()
        return sum(value for sample, value in samples if sample.startswith("dynamodr_fence_standing"))

    eventually(lambda: standing() == 2)  # of each worker that there is


def test_the_metrics_are_named_as_promised(service: Serving) -> None:
    service.get("/dynamodr/users/nobody/Doe")
    samples = service.metrics()
    labels = 'method="GET",route="/dynamodr/users/{username}/{last_name}",status="404"'
    assert samples[f"dynamodr_http_requests_total{{{labels}}}"] >= 1
    assert samples[f"dynamodr_http_request_duration_seconds_count{{{labels}}}"] >= 1
    assert samples['dynamodr_dynamodb_calls_total{operation="GetItem",outcome="ok"}'] >= 1
    assert samples['dynamodr_dynamodb_call_duration_seconds_count{operation="GetItem"}'] >= 1
    assert samples['dynamodr_build_info{region="us-east-1",version="0.1.0"}'] == 1
    assert samples["dynamodr_draining"] == 0


def test_the_exporter_is_replaced_when_it_dies(service: Serving) -> None:
    master = service.process.pid

    def exporters() -> set[int]:
        return _children(master) - set(service.workers())

    eventually(lambda: len(exporters()) == 1)
    (exporter,) = exporters()
    os.kill(exporter, signal.SIGKILL)
    eventually(lambda: bool(exporters() - {exporter}))
    assert service.metrics()["dynamodr_draining"] == 0
    assert service.get("/livez").status == 200


def test_workers_make_up_different_people(service: Serving) -> None:
    people = [
        service.http.request(
            "POST", service.url + "/dynamodr/add-user", headers={"Connection": "close"}
        ).json()
        for _ in range(40)
    ]
    assert len({person["username"] for person in people}) == 40
    assert len({person["name"] for person in people}) > 30


def test_a_stream_that_breaks_is_not_taken_for_the_whole(
    world: "World", new_table: "Callable[[], str]", dynamodb: "DynamoDBClient"
) -> None:
    table = new_table()
    for number in range(4):  # a page of a megabyte, and one more
        item = {"username": {"S": f"fat{number}"}, "last_name": {"S": "Doe"}, "fat": {"S": "x" * 300_000}}
        dynamodb.put_item(TableName=table, Item=item)
    with (
        lossy(world.endpoint) as proxy,
        serving(
            {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": proxy.url, "TABLE_NAME": table, "WORKERS": "1"}
        ) as service,
    ):
        lines: list[int] = []

        def streamed() -> bool:
            """Export. On a busy machine a page may take longer than the service waits for it."""
            try:
                answer = service.get("/dynamodr", Accept="application/x-ndjson")
            except urllib3.exceptions.ProtocolError:
                lines.append(-1)
                return True
            lines.append(answer.data.count(b"\n"))
            return answer.status == 200

        eventually(lambda: streamed() and lines[-1] == 4)
        proxy.plan = lambda *_: "fail" if b"ExclusiveStartKey" in proxy.body else "answer"
        eventually(streamed)
        assert lines[-1] == -1, "the first page was taken for all of them"
        assert service.get("/livez").status == 200


def run(**variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dynamodr", "serve"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"AWS_REGION": ""}, "AWS_REGION"),
        ({"AWS_REGION": "us-east-1", "WORKERS": "many"}, "WORKERS"),
        ({"AWS_REGION": "us-east-1", "TABLE_REGIONS": "us-west-2"}, "TABLE_REGIONS"),
        ({"AWS_REGION": "us-east-1", "AUTH_TOKEN_FILE": "/nowhere"}, "AUTH_TOKEN_FILE"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_it_with_2(variables: dict[str, str], named: str) -> None:
    ended = run(AWS_DEFAULT_REGION="", METRICS_PORT="0", PORT="0", **variables)
    assert ended.returncode == 2
    assert re.search(rf"^dynamodr serve: {named}: ", ended.stderr, re.MULTILINE)
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_port_in_use_is_told_and_ends_it_with_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(AWS_REGION="us-east-1", HOST="127.0.0.1", METRICS_PORT=port)
    assert ended.returncode == 1
    assert "cannot listen" in ended.stderr


def _children(pid: int) -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return {int(child) for child in listed.stdout.split()}


def test_no_line_names_anybody_at_any_level(world: "World", new_table: "Callable[[], str]") -> None:
    secret = "Quetzalcoatl"
    variables = {"AWS_REGION": "us-east-1", "DYNAMO_ENDPOINT": world.endpoint, "TABLE_NAME": new_table()}
    user = {"username": secret, "last_name": secret, "name": secret, "mail": f"{secret}@example.org"}
    with serving(variables | {"LOG_LEVEL": "debug"}) as service:
        assert service.http.request("POST", f"{service.url}/dynamodr/users", json=user).status == 201
        assert service.get(f"/dynamodr/users/{secret}/{secret}").status == 200
        assert service.stop() == 0
    assert any(line["level"] == "DEBUG" for line in service.lines)
    assert secret not in f"{service.lines} {service.garbage}"
