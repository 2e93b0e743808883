"""What the world costs a call, over the bare engine: CPU and calls a second, printed as a table.

    python -m bench.world_overhead [--calls 3000] [--clients 8] [--items 1000]

Compared, all behind the same HTTP server: moto's own handler; the engine that the world makes of it and
nothing else (the bare engine); the world with a Regional table; and with a global table, whose writes are
replicated too. The load comes from another process over keep-alive connections, so that its CPU is not
counted.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from moto.core.request import Request
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from bench.fill import TABLE as USERS_TABLE
from rehearsal.core.links import Lag
from rehearsal.engine.moto_engine import MotoEngine
from rehearsal.wire.app_answers import answer
from rehearsal.wire.app_server import Server
from rehearsal.world import World, WorldConfig

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

REGION, OTHER = "us-east-1", "us-west-2"
BASES = ("moto's own handler", "bare engine")
TABLE: dict[str, Any] = {"TableName": "users", **USERS_TABLE}


def key(number: int) -> dict[str, Any]:
    """The key of a user."""
    return {"username": {"S": f"user-{number:05}"}, "last_name": {"S": "lovelace"}}


def requests(operation: str, items: int) -> list[dict[str, Any]]:
    """The bodies that are sent in turn, as the service sends them."""
    if operation == "GetItem":
        return [{"TableName": "users", "Key": key(number)} for number in range(items)]
    if operation == "PutItem":
        more = {
            "name": {"S": "Ada Lovelace"},
            "mail": {"S": "ada@example.org"},
            "created_at": {"S": "2026-11-23T07:00:00.000Z"},
            "updated_at": {"S": "2026-11-23T07:00:00.000Z"},
            "version": {"N": "1"},
            "written_in": {"S": REGION},
            "write_id": {"S": "01JD4M8V7ZJ0C2S9YJ6T3F5K1Q"},
        }
        return [{"TableName": "users", "Item": {**key(number), **more}} for number in range(items)]
    return [
        {
            "TableName": "users",
            "Key": key(number),
            "UpdateExpression": "SET mail = :m, version = version + :one",
            "ConditionExpression": "attribute_exists(username)",
            "ExpressionAttributeValues": {":m": {"S": "new@example.org"}, ":one": {"N": "1"}},
        }
        for number in range(items)
    ]


def message(operation: str, body: dict[str, Any]) -> bytes:
    """A request as botocore puts it on the wire."""
    raw = json.dumps(body).encode()
    headers = {
        "Host": "127.0.0.1",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "User-Agent": "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python#3.11 cfg/retry-mode#standard",
        "X-Amz-Date": "20261123T070000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIABENCH/20261123/{REGION}/dynamodb/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
        "Content-Length": str(len(raw)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + raw


def load(port: int, operation: str, items: int, calls: int, clients: int) -> None:
    """Send calls over keep-alive connections; exit with an error for any answer but 200."""
    bodies = [message(operation, body) for body in requests(operation, items)]

    def send(first: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            for turn in range(first, calls, clients):
                connection.sendall(bodies[turn % items])
                status, length = stream.readline(), 0
                while (line := stream.readline().lower()) not in {b"\r\n", b""}:
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                body = stream.read(length)
                if b" 200 " not in status:
                    print(status, body, file=sys.stderr)
                    os._exit(1)

    threads = [threading.Thread(target=send, args=(first,)) for first in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.perf_counter() - began)


@dataclass(frozen=True)
class Cost:
    """What one call cost the server: CPU in microseconds; and how many were answered a second."""

    cpu: float
    rate: float


def measure(port: int, operation: str, options: argparse.Namespace) -> Cost:
    """Load a server and return what a call cost it, the best of three."""
    best = Cost(float("inf"), 0.0)
    for _ in range(3):
        cpu = time.process_time()
        loaded = subprocess.run(
            [sys.executable, __file__, "--load", str(port), operation, *sys.argv[1:]],
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        spent = time.process_time() - cpu
        rate = options.calls / float(loaded.stdout)
        best = Cost(min(best.cpu, spent / options.calls * 1e6), max(best.rate, rate))
    return best


def moto_itself() -> Any:
    """moto as it comes: parsing, dispatch and serialising its own."""
    moto = dynamodb_backends["123456789012"][REGION]
    moto.create_table(
        "users", TABLE["KeySchema"], None, TABLE["AttributeDefinitions"], [], [], None, "PAY_PER_REQUEST",
        None, [], False, None,
    )  # fmt: skip

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        status, headers, body = DynamoHandler.dispatch(request, request.raw_url, request.headers)
        raw = body if isinstance(body, bytes) else body.encode()
        kept = [(name, str(value)) for name, value in headers.items() if name.lower() != "status"]
        start_response(f"{status} OK", [*kept, ("Content-Length", str(len(raw)))])
        return [raw]

    return app


def bare(engine: MotoEngine) -> Any:
    """The engine behind the world's own HTTP and JSON, and nothing else."""
    decode = msgspec.json.Decoder().decode

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        operation = environ["HTTP_X_AMZ_TARGET"].split(".")[1]
        request = decode(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        return answer(start_response, engine.execute(REGION, operation, request))

    return app


def make_table(world: World, *, replicated: bool) -> None:
    """Make the table in a world, with a replica where asked."""
    world.dynamodb.call(REGION, "CreateTable", dict(TABLE))
    regions = [REGION]
    if replicated:
        regions.append(OTHER)
    for region in regions:
        if region != REGION:
            update = {"TableName": "users", "ReplicaUpdates": [{"Create": {"RegionName": region}}]}
            world.dynamodb.call(REGION, "UpdateTable", update)
        while (copy := world.core.control.find(region, "users")) is None or copy.status != "ACTIVE":
            time.sleep(0.01)
            world.shell.step()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--load", nargs=2, metavar=("PORT", "OPERATION"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(int(options.load[0]), options.load[1], options.items, options.calls, options.clients)
        return
    servers: dict[str, int] = {}
    servers[BASES[0]] = Server(moto_itself(), "127.0.0.1", 0, 8).port
    engine = MotoEngine([REGION])
    engine.create_table(REGION, TABLE)
    servers[BASES[1]] = Server(bare(engine), "127.0.0.1", 0, 8).port
    settings = {"port": 0, "time_factor": 0.0, "lag": Lag(0.05), "threads": 8}
    for name, replicated in (("world, Regional table", False), ("world, global table", True)):
        world = World(WorldConfig(**settings))  # type: ignore[arg-type]  # of mixed types
        make_table(world, replicated=replicated)
        servers[name] = world.port
    for operation in ("PutItem", "GetItem", "UpdateItem"):
        print(f"\n{operation}, {options.clients} clients, {options.items} items")
        costs = {name: measure(port, operation, options) for name, port in servers.items()}
        for name, cost in costs.items():
            over = ", ".join(f"{(cost.cpu / costs[base].cpu - 1) * 100:+.0f} % on {base}" for base in BASES)
            print(f"  {name:22}{cost.cpu:6.0f} us CPU a call{cost.rate:7.0f} calls/s   {over}")
    os._exit(0)


if __name__ == "__main__":
    main()
