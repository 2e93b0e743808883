"""Tables full of users in DynamoDB Local, written in batches by several processes."""

from __future__ import annotations

import multiprocessing
from typing import Any

import msgspec
import urllib3

from bench.lineup import REGION

BATCH = 25
"""What BatchWriteItem takes."""
WRITERS = 2
# DynamoDB Local keeps a database for each access key and Region, and checks no signature.
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": f"AWS4-HMAC-SHA256 Credential=BENCH/20260101/{REGION}/dynamodb/aws4_request,"
    " SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20260101T000000Z",
}
TABLE: dict[str, Any] = {
    "KeySchema": [
        {"AttributeName": "username", "KeyType": "HASH"},
        {"AttributeName": "last_name", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "username", "AttributeType": "S"},
        {"AttributeName": "last_name", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def username(number: int) -> str:
    """Name a user."""
    return f"user{number:07}"


def item(number: int) -> dict[str, dict[str, str]]:
    """Make a user's item, as the service stores one."""
    name = username(number)
    return {
        "username": {"S": name},
        "last_name": {"S": "Lovelace"},
        "name": {"S": "Ada Lovelace"},
        "mail": {"S": f"{name}@example.org"},
        "created_at": {"S": "2026-11-23T07:00:00.000Z"},
        "updated_at": {"S": "2026-11-23T07:00:00.000Z"},
        "version": {"N": "1"},
        "written_in": {"S": REGION},
        "write_id": {"S": f"{number:032x}"},
    }


def fill(endpoint: str, table: str, users: int) -> None:
    """Make a table and write its users."""
    _call(urllib3.PoolManager(), endpoint, "CreateTable", {"TableName": table, **TABLE})
    share = -(-users // WRITERS)
    parts = [(endpoint, table, low, min(users, low + share)) for low in range(0, users, share)]
    # Not forked: the parent may have threads.
    with multiprocessing.get_context("spawn").Pool(len(parts)) as pool:
        pool.starmap(_write, parts)


def _write(endpoint: str, table: str, low: int, high: int) -> None:
    http = urllib3.PoolManager()
    for start in range(low, high, BATCH):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(start, min(start + BATCH, high))]
        answer = _call(http, endpoint, "BatchWriteItem", {"RequestItems": {table: puts}})
        if answer.get("UnprocessedItems"):
            raise RuntimeError("DynamoDB Local left items unwritten")


def _call(
    http: urllib3.PoolManager, endpoint: str, operation: str, request: dict[str, Any]
) -> dict[str, Any]:
    headers = {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    answer = http.request("POST", endpoint, body=msgspec.json.encode(request), headers=headers)
    if answer.status != 200:
        raise RuntimeError(f"DynamoDB Local: {operation}: {answer.status} {answer.data[:300]!r}")
    decoded: dict[str, Any] = msgspec.json.decode(answer.data)
    return decoded
