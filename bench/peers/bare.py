"""The floor: DynamoDB called in a loop, by threads that do nothing else. Prints what it did as JSON.

    python bare.py OPERATION SECONDS THREADS tuned|default

OPERATION: get, create, page, all. `tuned` is the very client that the service makes (dynamodr.aws);
`default` is boto3's. CPU is the process's own, user and system, between the first call and the last.
"""

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from dynamodr import aws, settings

TABLE = os.environ["TABLE_NAME"]


def client(kind: str) -> Any:
    """Make the client."""
    if kind == "tuned":
        given = settings.load(os.environ)
        return aws.client("dynamodb", given.aws_region, given, pool=16)
    return boto3.client(
        "dynamodb", region_name=os.environ["AWS_REGION"], endpoint_url=os.environ["DYNAMO_ENDPOINT"]
    )


def call(dynamodb: Any, operation: str, page: int) -> Callable[[], object]:
    """Make the call that is repeated; `page`: users in a page of a list."""
    names = json.loads(os.environ.get("BENCH_USERNAMES", "[]"))
    turn = iter(range(1 << 62))

    def get() -> None:
        key = {"username": {"S": names[next(turn) % len(names)]}, "last_name": {"S": "Lovelace"}}
        assert dynamodb.get_item(TableName=TABLE, Key=key)["Item"]

    def create() -> None:
        username = uuid.uuid4().hex
        item = {
            "username": username,
            "last_name": "Lovelace",
            "name": "Ada Lovelace",
            "mail": f"{username}@example.org",
            "created_at": "2026-11-23T07:00:00.000Z",
            "updated_at": "2026-11-23T07:00:00.000Z",
            "written_in": "us-east-1",
            "write_id": username,
        }
        dynamodb.put_item(
            TableName=TABLE,
            Item={**{name: {"S": value} for name, value in item.items()}, "version": {"N": "1"}},
            ConditionExpression="attribute_not_exists(username)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def listed() -> None:
        assert dynamodb.scan(TableName=TABLE, Limit=page)["Items"]

    def everyone() -> None:
        sizes = {"PageSize": page} if page else {}
        for answer in dynamodb.get_paginator("scan").paginate(TableName=TABLE, PaginationConfig=sizes):
            assert answer["Items"]

    return {"get": get, "create": create, "page": listed, "all": everyone}[operation]


def main() -> None:
    """Call until the time is up, then tell."""
    operation, seconds, threads, kind = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    once = call(client(kind), operation, int(os.environ.get("BENCH_PAGE", "0")))
    once()
    taken: list[float] = []

    def work(until: float) -> None:
        while True:
            began = time.perf_counter()
            once()
            ended = time.perf_counter()
            taken.append(ended - began)
            if ended >= until:
                return

    began, cpu = time.perf_counter(), time.process_time()
    crowd = [threading.Thread(target=work, args=(began + seconds,)) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    spent, lasted = time.process_time() - cpu, time.perf_counter() - began
    print(json.dumps({"seconds": lasted, "cpu_seconds": spent, "latencies": taken}))


main()
