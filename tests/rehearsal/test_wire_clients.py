"""The world as ordinary AWS clients see it over HTTP."""

import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import botocore.exceptions
import pytest
import urllib3

from rehearsal.core.faults import Outage, Throttle
from rehearsal.core.links import Lag
from rehearsal.world import World
from tests.rehearsal.worlds import ADA, EAST, KEY, WEST, client, eventually, make_global, start, users

ClientError = botocore.exceptions.ClientError


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with start() as running:
        make_global(running)
        yield running


def signed(world: World, target: str, body: Any, region: str = EAST, service: str = "dynamodb") -> Any:
    """A call with a credential scope, and whatever body."""
    scope = f"AWS4-HMAC-SHA256 Credential=AKIATEST/20261123/{region}/{service}/aws4_request, Signature=0"
    return urllib3.request(
        "POST",
        world.endpoint,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"Authorization": scope, "X-Amz-Target": target},
        retries=False,
    )


def test_the_boto3_waiters_wait_for_a_table_and_for_its_end(world: World) -> None:
    east = client(world)
    east.create_table(**users("waited"))
    east.get_waiter("table_exists").wait(TableName="waited", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    east.delete_table(TableName="waited")
    east.get_waiter("table_not_exists").wait(TableName="waited", WaiterConfig={"Delay": 1, "MaxAttempts": 5})


def test_the_table_exists_waiter_is_content_while_the_replica_is_still_creating() -> None:
    """Base ACTIVE while the replica is CREATING: TableStatus alone is not enough."""
    with start(time_factor=0.02) as slow:
        east = client(slow)
        east.create_table(**users())
        eventually(lambda: east.describe_table(TableName="users")["Table"]["TableStatus"] == "ACTIVE")
        east.put_item(TableName="users", Item=ADA)
        east.update_table(TableName="users", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
        east.get_waiter("table_exists").wait(TableName="users", WaiterConfig={"Delay": 1})
        replicas = east.describe_table(TableName="users")["Table"]["Replicas"]
        assert [(r["RegionName"], r["ReplicaStatus"]) for r in replicas] == [(WEST, "CREATING")]
        with pytest.raises(ClientError, match="Requested resource not found") as refused:
            client(slow, WEST).get_item(TableName="users", Key=KEY)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_write_is_read_strongly_in_its_region_and_later_in_the_other() -> None:
    with start(lag=Lag(median=0.3, sigma=0.0)) as slow:
        make_global(slow)
        east, west = client(slow), client(slow, WEST)
        east.put_item(TableName="users", Item=ADA)
        assert east.get_item(TableName="users", Key=KEY, ConsistentRead=True)["Item"] == ADA
        assert "Item" not in west.get_item(TableName="users", Key=KEY, ConsistentRead=True)
        assert eventually(lambda: west.get_item(TableName="users", Key=KEY).get("Item")) == ADA


def test_conditions_look_at_the_region_that_they_are_asked_in() -> None:
    with start(lag=Lag(median=60.0, ceiling=60.0)) as slow:
        make_global(slow)
        for region in (EAST, WEST):
            here = client(slow, region)
            here.put_item(TableName="users", Item=ADA, ConditionExpression="attribute_not_exists(username)")
            with pytest.raises(here.exceptions.ConditionalCheckFailedException) as refused:
                here.put_item(
                    TableName="users",
                    Item=ADA,
                    ConditionExpression="attribute_not_exists(username)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            assert dict(refused.value.response)["Item"] == ADA
        assert len(slow.ledger()["in_flight"]) == 2


def test_every_kind_of_write_reaches_the_other_region(world: World) -> None:
    east, west = client(world), client(world, WEST)
    keys = [{"username": {"S": f"kind-{n}"}, "last_name": {"S": "x"}} for n in range(6)]

    def there(number: int) -> dict[str, Any]:
        return dict(west.get_item(TableName="users", Key=keys[number]).get("Item", {}))

    for key in keys[:2]:
        east.put_item(TableName="users", Item=key)
    eventually(lambda: there(0) and there(1))
    changed = east.update_item(
        TableName="users",
        Key=keys[0],
        UpdateExpression="SET mail = :m ADD version :one, seen :set",
        ExpressionAttributeValues={":m": {"S": "m"}, ":one": {"N": "1"}, ":set": {"SS": ["a", "b"]}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    assert changed["version"] == {"N": "1"}
    east.delete_item(TableName="users", Key=keys[1])
    east.batch_write_item(RequestItems={"users": [{"PutRequest": {"Item": keys[2]}}]})
    east.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "users", "Item": keys[3]}},
            {
                "Update": {
                    "TableName": "users",
                    "Key": keys[4],
                    "UpdateExpression": "SET n = :n",
                    "ExpressionAttributeValues": {":n": {"N": "5"}},
                }
            },
            {
                "ConditionCheck": {
                    "TableName": "users",
                    "Key": keys[5],
                    "ConditionExpression": "attribute_not_exists(username)",
                }
            },
        ]
    )
    eventually(lambda: there(0) == changed and not there(1) and there(2) and there(3) and there(4))
    east.batch_write_item(RequestItems={"users": [{"DeleteRequest": {"Key": keys[2]}}]})
    east.transact_write_items(TransactItems=[{"Delete": {"TableName": "users", "Key": keys[3]}}])
    eventually(lambda: not there(2) and not there(3))
    assert there(4) == {**keys[4], "n": {"N": "5"}}


def test_a_cancelled_transaction_writes_nothing_anywhere(world: World) -> None:
    east = client(world)
    before = world.ledger()["acknowledged"]
    item = {"username": {"S": "cancelled"}, "last_name": {"S": "x"}}
    with pytest.raises(east.exceptions.TransactionCanceledException) as cancelled:
        east.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "users", "Item": item}},
                {
                    "ConditionCheck": {
                        "TableName": "users",
                        "Key": {**item, "last_name": {"S": "y"}},
                        "ConditionExpression": "attribute_exists(username)",
                    }
                },
            ]
        )
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in east.get_item(TableName="users", Key=item)
    assert world.ledger()["acknowledged"] == before


def test_a_write_that_changes_nothing_is_not_replicated(world: World) -> None:
    before = world.ledger()["acknowledged"]
    client(world).delete_item(TableName="users", Key={**KEY, "username": {"S": "nobody"}})
    assert world.ledger()["acknowledged"] == before


def test_a_batch_takes_25_items_and_no_more(world: World) -> None:
    east = client(world)
    puts: list[Any] = [
        {"PutRequest": {"Item": {**ADA, "username": {"S": f"batch-{number}"}}}} for number in range(26)
    ]
    with pytest.raises(ClientError, match="Too many items requested for the BatchWriteItem call"):
        east.batch_write_item(RequestItems={"users": puts})
    assert not east.batch_write_item(RequestItems={"users": puts[:25]})["UnprocessedItems"]


def test_binary_sets_lists_and_maps_come_through_unchanged(world: World) -> None:
    item: dict[str, Any] = {
        "username": {"S": "types"},
        "last_name": {"S": "ünïcode ☂"},
        "b": {"B": b"\x00\xff\x10"},
        "bs": {"BS": [b"\x01", b"\x02"]},
        "n": {"N": "-15000000000"},
        "ns": {"NS": ["1", "2"]},
        "m": {"M": {"a": {"L": [{"S": ""}, {"BOOL": False}, {"NULL": True}, {"B": b"x"}]}}},
    }
    east, west = client(world), client(world, WEST)
    east.put_item(TableName="users", Item=item)
    key = {name: item[name] for name in KEY}
    assert east.get_item(TableName="users", Key=key)["Item"] == item
    assert eventually(lambda: west.get_item(TableName="users", Key=key).get("Item")) == item
    assert west.query(
        TableName="users",
        KeyConditionExpression="username = :u",
        FilterExpression="b = :b",
        ExpressionAttributeValues={":u": {"S": "types"}, ":b": {"B": b"\x00\xff\x10"}},
    )["Items"] == [item]


def test_scans_page_through_all_that_there_is(world: World) -> None:
    east = client(world)
    east.create_table(**users("paged"))
    eventually(lambda: east.describe_table(TableName="paged")["Table"]["TableStatus"] == "ACTIVE")
    wanted = {f"u{number:03}" for number in range(55)}
    for name in wanted:
        east.put_item(TableName="paged", Item={**ADA, "username": {"S": name}})
    pages = list(east.get_paginator("scan").paginate(TableName="paged", PaginationConfig={"PageSize": 10}))
    assert len(pages) == 6
    found = [item["username"]["S"] for page in pages for item in page["Items"]]
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert east.describe_table(TableName="paged")["Table"]["ItemCount"] == 55


def test_tables_can_be_named_by_their_arn(world: World) -> None:
    east = client(world)
    arn = east.describe_table(TableName="users")["Table"]["TableArn"]
    assert arn == "arn:aws:dynamodb:us-east-1:123456789012:table/users"
    item = {**ADA, "username": {"S": "by-arn"}}
    east.put_item(TableName=arn, Item=item)
    key = {name: item[name] for name in KEY}
    assert east.get_item(TableName="users", Key=key)["Item"] == item
    assert east.describe_table(TableName=arn)["Table"]["TableName"] == "users"
    assert east.batch_get_item(RequestItems={arn: {"Keys": [key]}})["Responses"]


def test_answers_carry_a_request_id_and_their_checksum(world: World) -> None:
    answer = signed(world, "DynamoDB_20120810.DescribeTable", {"TableName": "none"})
    assert answer.status == 400
    assert json.loads(answer.data) == {
        "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message": "Requested resource not found: Table: none not found",
    }
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert len(answer.headers["x-amzn-RequestId"]) == 52
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.data)


@pytest.mark.parametrize(
    ("target", "body", "code", "text"),
    [
        ("DynamoDB_20120810.GetItem", b"{", "SerializationException", "Unable to parse"),
        ("DynamoDB_20120810.GetItem", b"[]", "SerializationException", "Start of structure or map"),
        ("DynamoDB_20120810.GetItem", {"TableName": "users"}, "ValidationException", "ey"),
        (
            "DynamoDB_20120810.GetItem",
            {"TableName": "users", "Key": {"x": {"S": "1"}}},
            "ValidationException",
            "",
        ),
        ("DynamoDB_20120810.PutItem", {"TableName": "users", "Item": {}}, "ValidationException", "key"),
        (
            "DynamoDB_20120810.ExecuteStatement",
            {"Statement": "x"},
            "UnknownOperationException",
            "does not emulate",
        ),
        (
            "DynamoDB_20120810.CreateBackup",
            {"TableName": "users"},
            "UnknownOperationException",
            "CreateBackup",
        ),
        ("DynamoDBStreams_20120810.ListStreams", {}, "UnknownOperationException", "DynamoDBStreams_20120810"),
        ("", {}, "UnknownOperationException", "DynamoDB_20120810"),
    ],
)
def test_what_is_wrong_or_not_emulated_is_said(
    world: World, target: str, body: Any, code: str, text: str
) -> None:
    answer = signed(world, target, body)
    assert answer.status == 400
    said = json.loads(answer.data)
    assert said["__type"].endswith("#" + code)
    assert text in said["message"]


def test_legacy_global_tables_answer_as_they_do_since_they_ended(world: World) -> None:
    east = client(world)
    assert east.list_global_tables()["GlobalTables"] == []
    with pytest.raises(ClientError, match=r"global tables version 2017.11.29 is not supported"):
        east.create_global_table(GlobalTableName="users", ReplicationGroup=[{"RegionName": EAST}])
    with pytest.raises(ClientError, match="GlobalTableNotFoundException"):
        east.describe_global_table(GlobalTableName="users")


def test_a_call_that_is_not_signed_or_for_another_service_is_refused(world: World) -> None:
    bare = urllib3.request("POST", world.endpoint, body=b"{}", retries=False)
    assert (bare.status, b"MissingAuthenticationToken" in bare.data) == (400, True)
    other = signed(world, "Logs_20140328.PutLogEvents", {}, service="logs")
    assert (other.status, b"does not emulate the service 'logs'" in other.data) == (400, True)
    elsewhere = signed(world, "DynamoDB_20120810.ListTables", {}, region="eu-west-1")
    assert (elsewhere.status, b"the Region eu-west-1" in elsewhere.data) == (400, True)


def test_regions_are_told_apart_by_the_credential_scope(world: World) -> None:
    east, west = client(world), client(world, WEST)
    east.create_table(**users("east-only"))
    assert "east-only" in east.list_tables()["TableNames"]
    assert "east-only" not in west.list_tables()["TableNames"]
    names = east.list_tables(Limit=1)
    assert names["TableNames"] == ["east-only"]
    assert names["LastEvaluatedTableName"] == "east-only"
    assert "users" in east.list_tables(ExclusiveStartTableName="east-only")["TableNames"]


@pytest.mark.parametrize(
    ("mode", "caught"),
    [
        ("close", botocore.exceptions.ConnectionClosedError),
        ("unavailable", ClientError),
        ("errors", ClientError),
    ],
)
def test_an_outage_is_one_region_only_and_its_end_is_its_end(
    world: World, mode: Any, caught: type[Exception]
) -> None:
    east, west = client(world), client(world, WEST)
    fault = world.inject(Outage(region=EAST, mode=mode))
    for _ in range(3):
        with pytest.raises(caught):
            east.get_item(TableName="users", Key=KEY)
        west.get_item(TableName="users", Key=KEY)
    world.undo(fault)
    east.get_item(TableName="users", Key=KEY)


def test_standard_retries_carry_a_client_over_a_few_throttles(world: World) -> None:
    world.inject(Throttle(region=EAST, table="users", calls=2))
    patient = client(world, attempts=4)
    answered = patient.get_item(TableName="users", Key=KEY)
    assert answered["ResponseMetadata"]["RetryAttempts"] == 2


def test_many_threads_lose_no_increment_and_both_regions_agree(world: World) -> None:
    key = {"username": {"S": "counter"}, "last_name": {"S": "x"}}

    def count(number: int) -> None:
        east = client(world)
        for turn in range(10):
            east.update_item(
                TableName="users",
                Key=key,
                UpdateExpression="ADD increments :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            east.put_item(TableName="users", Item={**ADA, "username": {"S": f"thread-{number}-{turn}"}})
            east.scan(TableName="users", Limit=50)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    east, west = client(world), client(world, WEST)
    assert east.get_item(TableName="users", Key=key)["Item"]["increments"] == {"N": "80"}
    eventually(lambda: not world.ledger()["in_flight"])
    counted = [sorted(map(str, c.scan(TableName="users")["Items"])) for c in (east, west)]
    assert counted[0] == counted[1]
    assert not world.ledger()["lost_updates"]


def test_a_connection_that_is_cut_is_gone_and_a_new_one_is_served(world: World) -> None:
    kept = [HTTPConnection("127.0.0.1", world.port, timeout=10) for _ in range(3)]

    def served(connection: HTTPConnection) -> int:
        connection.request("GET", "/_rehearsal/state")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    assert [served(each) for each in kept] == [200, 200, 200]
    world.cut()
    for each in kept:
        assert each.sock.recv(1) == b"", "it stands on"
        each.close()
        assert served(each) == 200
        each.close()
