"""Requests over sockets of our own: what comes back, and in whose exceptions what does not."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dynamodr.direct import Direct, attach

WHOLE = b"HTTP/1.1 200 OK\r\nX-Amzn-RequestId: one\r\nContent-Length: 2\r\n\r\n{}"


class Scripted:
    """A server that answers as told: each connection with the next answers of the script, then closes."""

    def __init__(self, *connections: list[bytes | None], context: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        scheme = "https" if context else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[bytes] = []
        self.closed = [threading.Event() for _ in connections]
        self._thread = threading.Thread(target=self._serve, args=(connections,), daemon=True)
        self._thread.start()

    def _serve(self, connections: tuple[list[bytes | None], ...]) -> None:
        for answers, closed in zip(connections, self.closed, strict=True):
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), sock:
                stream = self._context.wrap_socket(sock, server_side=True) if self._context else sock
                for answer in answers:
                    self.asked.append(stream.recv(65536))
                    if answer is None:
                        stream.recv(1)  # until the client has had enough
                    else:
                        stream.sendall(answer)
                stream.close()
            closed.set()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    servers: list[Scripted] = []

    def make(*connections: list[bytes | None], context: ssl.SSLContext | None = None) -> Scripted:
        servers.append(Scripted(*connections, context=context))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def ask(direct: Direct, endpoint: str) -> AWSResponse:
    prepared = AWSRequest(
        "POST", f"{endpoint}/", data=b'{"a": 1}', headers={"X-Amz-Target": "T.GetItem"}
    ).prepare()
    answer = direct(prepared)
    assert answer is not None
    return answer


def test_a_connection_serves_many_requests(scripted: Callable[..., Scripted]) -> None:
    server = scripted([WHOLE, WHOLE, WHOLE])
    direct = Direct(server.endpoint, 1, 1)
    for _ in range(3):
        answer = ask(direct, server.endpoint)
        assert (answer.status_code, answer.content, answer.headers["x-amzn-requestid"]) == (200, b"{}", "one")
    assert len(server.asked) == 3
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Length: 8" in head
    assert body == b'{"a": 1}'


def test_a_connection_that_was_closed_meanwhile_is_not_used(scripted: Callable[..., Scripted]) -> None:
    server = scripted([WHOLE], [WHOLE])
    direct = Direct(server.endpoint, 1, 1)
    ask(direct, server.endpoint)
    assert server.closed[0].wait(5)
    assert ask(direct, server.endpoint).status_code == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1;x=y\r\n!\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n{}!",
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n{}!",
    ],
)
def test_other_ways_to_end_an_answer_are_understood(scripted: Callable[..., Scripted], answer: bytes) -> None:
    server = scripted([answer, WHOLE], [WHOLE])
    direct = Direct(server.endpoint, 1, 1)
    assert ask(direct, server.endpoint).content == b"{}!"


def test_a_large_answer_comes_whole(scripted: Callable[..., Scripted]) -> None:
    body = b"x" * 3_000_000
    server = scripted([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), WHOLE])
    direct = Direct(server.endpoint, 1, 5)
    assert ask(direct, server.endpoint).content == body
    assert ask(direct, server.endpoint).content == b"{}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (WHOLE[:-1], ConnectionClosedError),
        (WHOLE[:20], ConnectionClosedError),
        (b"", ConnectionClosedError),
        (b"SSH-2.0\r\n\r\n", ConnectionClosedError),
        (None, ReadTimeoutError),
    ],
)
def test_an_answer_that_does_not_come_is_botocores_exception(
    scripted: Callable[..., Scripted], answer: bytes | None, expected: type[Exception]
) -> None:
    server = scripted([answer], [WHOLE])
    direct = Direct(server.endpoint, 1, 0.2)
    with pytest.raises(expected):
        ask(direct, server.endpoint)
    assert ask(direct, server.endpoint).status_code == 200


def test_nobody_there_is_an_endpoint_connection_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        endpoint = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(EndpointConnectionError):
        ask(Direct(endpoint, 1, 1), endpoint)


def test_a_request_to_somewhere_else_is_left_to_the_sdk() -> None:
    direct = Direct("http://127.0.0.1:1", 1, 1)
    assert direct(AWSRequest("POST", "http://127.0.0.1:2/").prepare()) is None
    assert direct(AWSRequest("GET", "http://127.0.0.1:1/").prepare()) is None


@pytest.mark.parametrize(("proxy", "handlers"), [("", 1), ("http://127.0.0.1:9", 0)])
def test_behind_a_proxy_the_sdk_sends(monkeypatch: pytest.MonkeyPatch, proxy: str, handlers: int) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client: Any = botocore.session.Session().create_client("dynamodb", region_name="us-east-1")
    attached: list[object] = []
    monkeypatch.setattr(client.meta.events, "register", lambda *given: attached.append(given))
    attach(client, 1, 1)
    assert len(attached) == handlers


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that nobody knows, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory = tmp_path_factory.mktemp("tls")
    file, secret = directory / "certificate.pem", directory / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return file, context


def test_a_server_is_known_by_its_certificate(
    scripted: Callable[..., Scripted], certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, context = certificate
    server = scripted([WHOLE, WHOLE], context=context)
    direct = Direct(server.endpoint, 1, 1, str(file))
    assert ask(direct, server.endpoint).content == b"{}"
    assert ask(direct, server.endpoint).content == b"{}"


def test_a_server_with_a_certificate_of_nobody_we_know_is_told_nothing(
    scripted: Callable[..., Scripted], certificate: tuple[Path, ssl.SSLContext]
) -> None:
    server = scripted([WHOLE], context=certificate[1])
    with pytest.raises(SSLError):
        ask(Direct(server.endpoint, 1, 1), server.endpoint)
    assert server.asked == []


def test_a_certificate_of_another_name_does_not_do(
    scripted: Callable[..., Scripted], certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, context = certificate
    server = scripted([WHOLE], context=context)
    endpoint = server.endpoint.replace("127.0.0.1", "localhost")
    with pytest.raises(SSLError):
        ask(Direct(endpoint, 1, 1, str(file)), endpoint)
    assert server.asked == []
