"""Who is compared: each peer's command, and what it is asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent
DYNAMODR, ARTICLE, GUNICORN, FAST, HELLO = "dynamodr", "article", "article-gunicorn", "fastapi", "hello"
BARE, BARE_DEFAULT, BARE_ONE = "bare", "bare-default", "bare-one"
REGION = "us-east-1"
PAGE = 100
EXPORTS = 4
"""Clients that list everybody at once: the service lets a worker write so many streams, and one of its two
may get them all."""


class Peer(NamedTuple):
    """A server. `health` asks nobody else; `writes` and `lists` are what it is asked, by operation."""

    name: str
    title: str
    command: Callable[[int, str], list[str]]
    operations: tuple[str, ...]
    env: Mapping[str, str] = {}
    health: str = "/health"
    own_libraries: bool = False
    """Whether it runs on bench/requirements.txt."""


def _gunicorn(module: str) -> Callable[[int, str], list[str]]:
    def command(port: int, python: str) -> list[str]:
        options = ["--no-control-socket", "--workers", "2", "--bind", f"127.0.0.1:{port}"]
        return [python, "-m", "gunicorn", *options, f"{module}:app"]

    return command


def _flask(port: int, python: str) -> list[str]:
    return [python, "-m", "flask", "--app", "article", "run", "--port", str(port)]


def _uvicorn(port: int, python: str) -> list[str]:
    return [python, "-m", "uvicorn", "--workers", "2", "--no-access-log", "--port", str(port), "fast:app"]


def _dynamodr(_port: int, python: str) -> list[str]:
    return [python, "-m", "dynamodr", "serve"]


EVERYTHING = ("get", "create", "add", "page", "all")
ARTICLES = ("get", "create", "add", "all")

PEERS = (
    Peer(DYNAMODR, "dynamodr", _dynamodr, EVERYTHING, {"DRAIN_SECONDS": "0", "HOST": "127.0.0.1"}, "/livez"),
    Peer(ARTICLE, "the article's app, Flask's server", _flask, ARTICLES),
    Peer(GUNICORN, "the same under gunicorn", _gunicorn("article"), ARTICLES),
    Peer(FAST, "FastAPI + aioboto3", _uvicorn, EVERYTHING, {}, "/health", own_libraries=True),
)
STARTERS = (*PEERS, Peer(HELLO, "Flask's hello world under gunicorn", _gunicorn("hello"), ()))
TITLES = {peer.name: peer.title for peer in STARTERS} | {
    BARE: "bare boto3, the service's settings",
    BARE_DEFAULT: "bare boto3, default settings",
    BARE_ONE: "bare boto3, the service's settings, one loop",
}
FLOOR = ("get", "create", "page", "all")
"""What the bare loop is measured for: an add is a create whose user it would make up."""


def environment(peer: Peer, port: int, metrics_port: int, endpoint: str, table: str) -> dict[str, str]:
    """What a peer's environment has, besides the PATH."""
    return {
        "AWS_ACCESS_KEY_ID": "BENCH",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": REGION,
        "DYNAMO_ENDPOINT": endpoint,
        "TABLE_NAME": table,
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        **peer.env,
    }


def python_of(peer: Peer, libraries: str, shipped: str) -> str:
    """The interpreter that a peer runs on.

    `libraries`: that of bench/requirements.txt; `shipped`: that with what the image has, where the service is
    at home.
    """
    if peer.name == DYNAMODR:
        return shipped
    return libraries if peer.own_libraries else sys.executable
