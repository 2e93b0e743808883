"""The engine answers as moto itself does, though it skips moto's HTTP, parsing and sorting."""

import random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.core.errors import AwsError
from rehearsal.engine.moto_engine import METHODS, MotoEngine

EAST, WEST = "us-east-1", "us-west-2"
TABLE: Any = {
    "TableName": "mixed",
    "KeySchema": [
        {"AttributeName": "h", "KeyType": "HASH"},
        {"AttributeName": "r", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "h", "AttributeType": "S"},
        {"AttributeName": "r", "AttributeType": "N"},
        {"AttributeName": "g", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "r", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def key(rng: random.Random) -> dict[str, Any]:
    return {"h": {"S": rng.choice("abc")}, "r": {"N": rng.choice(["1", "2", "10", "-3", "2.5"])}}


def item(rng: random.Random) -> dict[str, Any]:
    made = {**key(rng), "v": {"N": str(rng.randrange(5))}, "tags": {"SS": sorted(rng.sample("xyz", 2))}}
    if rng.random() < 0.7:
        made["g"] = {"S": rng.choice("pq")}
    if rng.random() < 0.5:
        made["m"] = {"M": {"deep": {"L": [{"S": "a"}, {"NULL": True}]}}}
    return made


def put(rng: random.Random) -> tuple[str, Any]:
    request: dict[str, Any] = {"TableName": "mixed", "Item": item(rng)}
    if rng.random() < 0.4:
        request |= {"ConditionExpression": "attribute_not_exists(h)", "ReturnValues": "ALL_OLD"}
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return "PutItem", request


def update(rng: random.Random) -> tuple[str, Any]:
    expression = rng.choice(
        [
            "SET v = if_not_exists(v, :one) + :one",
            "ADD v :one, tags :set",
            "DELETE tags :set",
            "REMOVE m, tags",
            "SET m = :map",
        ]
    )
    values = {":one": {"N": "1"}, ":set": {"SS": ["x", "w"]}, ":map": {"M": {"new": {"BOOL": True}}}}
    used = {name: value for name, value in values.items() if name in expression}
    request: dict[str, Any] = {"TableName": "mixed", "Key": key(rng), "UpdateExpression": expression}
    request["ReturnValues"] = rng.choice(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_NEW"])
    if used:
        request["ExpressionAttributeValues"] = used
    return "UpdateItem", request


def query(rng: random.Random) -> tuple[str, Any]:
    on_index = rng.random() < 0.3
    request: dict[str, Any] = {
        "TableName": "mixed",
        "KeyConditionExpression": ("g" if on_index else "h") + " = :h AND r BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":h": {"S": rng.choice("pq" if on_index else "abc")},
            ":low": {"N": "-5"},
            ":high": {"N": rng.choice(["2", "11"])},
        },
        "ScanIndexForward": rng.random() < 0.5,
    }
    if on_index:
        request["IndexName"] = "by-g"
    if rng.random() < 0.5:
        request["Limit"] = rng.randrange(1, 4)
    if rng.random() < 0.3:
        request["FilterExpression"] = "v > :v"
        request["ExpressionAttributeValues"][":v"] = {"N": "2"}
    return "Query", request


def scan(rng: random.Random) -> tuple[str, Any]:
    request: dict[str, Any] = {"TableName": "mixed"}
    if rng.random() < 0.6:
        request["Limit"] = rng.randrange(1, 6)
    if rng.random() < 0.5:
        request["ExclusiveStartKey"] = key(rng)
    if rng.random() < 0.5:
        request["ProjectionExpression"] = rng.choice(["h, v", "g", "m.deep[1], tags", "absent, m"])
    if rng.random() < 0.3:
        total = rng.randrange(1, 4)
        request |= {"Segment": rng.randrange(total), "TotalSegments": total}
    if rng.random() < 0.3:
        request |= {"FilterExpression": "v > :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    if rng.random() < 0.1:
        request["IndexName"] = "by-g"
        request.pop("ExclusiveStartKey", None)
    if rng.random() < 0.1:
        request["ScanFilter"] = {"v": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "2"}]}}
        for name in ("FilterExpression", "ExpressionAttributeValues", "ProjectionExpression"):
            request.pop(name, None)
    return "Scan", request


def transact(rng: random.Random) -> tuple[str, Any]:
    first, second, third = rng.sample([("a", "1"), ("b", "2"), ("c", "10"), ("a", "2.5")], 3)
    keys = [{"h": {"S": h}, "r": {"N": r}} for h, r in (first, second, third)]
    exists = rng.choice(["attribute_exists(h)", "attribute_not_exists(h)"])
    return "TransactWriteItems", {
        "TransactItems": [
            {
                "Update": {
                    "TableName": "mixed",
                    "Key": keys[0],
                    "UpdateExpression": "ADD v :one, tags :set",
                    "ExpressionAttributeValues": {":one": {"N": "1"}, ":set": {"SS": ["t"]}},
                }
            },
            {"Delete": {"TableName": "mixed", "Key": keys[1]}},
            {"Put": {"TableName": "mixed", "Item": {**item(rng), **keys[2]}, "ConditionExpression": exists}},
        ]
    }


def others(rng: random.Random) -> tuple[str, Any]:
    one, two = {"h": {"S": "a"}, "r": {"N": "1"}}, {"h": {"S": "b"}, "r": {"N": "2.5"}}
    return rng.choice(
        [
            ("GetItem", {"TableName": "mixed", "Key": key(rng)}),
            ("DeleteItem", {"TableName": "mixed", "Key": key(rng), "ReturnValues": "ALL_OLD"}),
            ("BatchGetItem", {"RequestItems": {"mixed": {"Keys": [one, two]}}}),
            ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "mixed", "Key": one}}]}),
            (
                "BatchWriteItem",
                {
                    "RequestItems": {
                        "mixed": [{"PutRequest": {"Item": item(rng)}}, {"DeleteRequest": {"Key": two}}]
                    }
                },
            ),
            ("GetItem", {"TableName": "mixed", "Key": {"h": {"S": "a"}}}),
            ("UpdateItem", {"TableName": "mixed", "Key": key(rng), "UpdateExpression": "SET v"}),
        ]
    )


@pytest.mark.parametrize("seed", range(2))
def test_every_answer_and_refusal_is_motos_own(seed: int) -> None:
    rng = random.Random(seed)
    engine = MotoEngine([EAST, WEST])
    engine.create_table(WEST, TABLE)
    with mock_aws():
        plain: Any = boto3.client(
            "dynamodb", region_name=WEST, aws_access_key_id="AKIA", aws_secret_access_key="s"
        )
        plain.create_table(**TABLE)
        for turn in range(200):
            made = rng.choice([put, put, update, update, query, scan, scan, transact, others])(rng)
            operation, request = made
            try:
                wanted = getattr(plain, METHODS[operation])(**request)
                wanted.pop("ResponseMetadata")
                wanted.pop("ConsumedCapacity", None)
                wanted.pop("ItemCollectionMetrics", None)
            except ClientError as error:
                wanted = error.response["Error"]["Code"], error.response["Error"]["Message"]
            try:
                answered: Any = engine.execute(WEST, operation, request)
            except AwsError as error:
                answered = error.code, error.message
            assert normal(answered) == normal(wanted), (turn, operation, request)
    assert engine.count(EAST, "mixed") == (0, 0)


def test_a_page_ends_at_the_same_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moto.dynamodb.models.table.RESULT_SIZE_LIMIT", 300)
    engine = MotoEngine([WEST])
    engine.create_table(WEST, TABLE)
    rng = random.Random(7)
    with mock_aws():
        plain: Any = boto3.client(
            "dynamodb", region_name=WEST, aws_access_key_id="AKIA", aws_secret_access_key="s"
        )
        plain.create_table(**TABLE)
        for number in range(30):
            text = rng.choice(["plain", "ümläut", "日本"]) * rng.randrange(12)
            made = {**item(rng), "r": {"N": str(number)}, f"n{text[:1]}": {"S": text}, "b": {"B": b"1234"}}
            plain.put_item(TableName="mixed", Item=made)
            engine.execute(WEST, "PutItem", {"TableName": "mixed", "Item": made})
        pages = 0
        start: dict[str, Any] = {}
        while True:
            wanted = plain.scan(TableName="mixed", **start)
            answered = engine.execute(WEST, "Scan", {"TableName": "mixed", **start})
            keys = [(one["h"], one["r"]) for one in wanted["Items"]]
            assert [(one["h"], one["r"]) for one in answered["Items"]] == keys
            assert answered.get("LastEvaluatedKey") == wanted.get("LastEvaluatedKey")
            pages += 1
            if "LastEvaluatedKey" not in wanted:
                break
            start = {"ExclusiveStartKey": wanted["LastEvaluatedKey"]}
    assert pages > 5


def normal(answer: Any) -> Any:
    """Sets have no order, and what is empty may be left out."""
    if isinstance(answer, dict):
        return {name: normal(sorted(v) if name == "SS" else v) for name, v in answer.items() if v != {}}
    return [normal(one) for one in answer] if isinstance(answer, list) else answer


def test_what_the_engine_gives_and_gets_is_nobody_elses_to_change() -> None:
    engine = MotoEngine([EAST])
    engine.create_table(EAST, TABLE)
    image: Any = {"h": {"S": "a"}, "r": {"N": "1"}, "tags": {"SS": ["x", "y"]}, "m": {"M": {"l": {"L": []}}}}
    engine.put(EAST, "mixed", ("Sa", "N1"), image)
    held = engine.get(EAST, "mixed", ("Sa", "N1"))
    assert held is not None
    change = {"UpdateExpression": "DELETE tags :x", "ExpressionAttributeValues": {":x": {"SS": ["x"]}}}
    engine.execute(
        EAST, "UpdateItem", {"TableName": "mixed", "Key": {"h": {"S": "a"}, "r": {"N": "1"}}, **change}
    )
    assert image["tags"] == held["tags"] == {"SS": ["x", "y"]}
    held["m"]["M"]["l"]["L"].append({"S": "mine"})
    again = engine.get(EAST, "mixed", ("Sa", "N1"))
    assert again is not None
    assert (again["tags"], again["m"]) == ({"SS": ["y"]}, {"M": {"l": {"L": []}}})
    engine.delete(EAST, "mixed", ("Sa", "N1"))
    assert engine.get(EAST, "mixed", ("Sa", "N1")) is None
