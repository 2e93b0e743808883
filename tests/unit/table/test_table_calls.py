"""Every call the job can make is one that AWS's model of the service knows, and none of them destroys."""

import json
from typing import get_args

import pytest
from botocore.validate import ParamValidator
from dynamodr.table.calls import OPERATIONS, call
from dynamodr.table.decisions import Action, AddReplica, CreateTable, KeepBackups, Protect, Tag, Warm
from dynamodr.table.spec import Spec

from tests.unit.table.fake_aws import model
from tests.unit.table.jobs import EAST, WEST, spec

ARN = "arn:aws:dynamodb:us-west-2:123456789012:table/users"
ACTIONS: list[Action] = [
    CreateTable(),
    AddReplica(WEST),
    Protect(),
    KeepBackups(),
    Tag(ARN),
    Warm(40_000, 10_000),
]
SPECS = [
    spec(EAST),
    spec(WEST, tags={"team": "dr"}),
    spec(EAST, tags={"team": "dr"}, deletion_protection=False),
]


def test_every_action_is_here() -> None:
    assert {type(action) for action in ACTIONS} == set(get_args(Action)) == set(OPERATIONS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("wanted", SPECS)
def test_a_request_is_valid_and_destroys_nothing(action: Action, wanted: Spec) -> None:
    region, operation, request = call(wanted, action)
    report = ParamValidator().validate(request, model().operation_model(operation).input_shape)
    assert wanted.tags or isinstance(action, Tag) or not report.has_errors(), report.generate_report()
    assert region == (EAST if isinstance(action, CreateTable | AddReplica) else wanted.own)
    text = json.dumps(request)
    assert 'Delete"' not in text
    assert "Disassociate" not in text
    assert operation in {"CreateTable", "UpdateTable", "UpdateContinuousBackups", "TagResource"}
    if operation != "CreateTable":
        assert "false" not in text, "nothing that is on is turned off"


def test_the_table_as_it_is_created() -> None:
    assert call(SPECS[0], CreateTable()).request == {
        "TableName": "users",
        "KeySchema": [
            {"AttributeName": "username", "KeyType": "HASH"},
            {"AttributeName": "last_name", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "username", "AttributeType": "S"},
            {"AttributeName": "last_name", "AttributeType": "S"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
    }


def test_another_region_does_not_put_its_tags_on_home() -> None:
    assert "Tags" not in call(spec(WEST, tags={"region": "west"}), CreateTable()).request
    assert call(spec(EAST, tags={"a": "b"}), CreateTable()).request["Tags"] == [{"Key": "a", "Value": "b"}]


def test_warm_throughput_and_nothing_else_in_its_request() -> None:
    assert call(SPECS[1], Warm(40_000, 10_000)) == (
        WEST,
        "UpdateTable",
        {
            "TableName": "users",
            "WarmThroughput": {"ReadUnitsPerSecond": 40_000, "WriteUnitsPerSecond": 10_000},
        },
    )


def test_one_replica_and_nothing_else_in_its_request() -> None:
    assert call(SPECS[1], AddReplica(WEST)).request == {
        "TableName": "users",
        "ReplicaUpdates": [{"Create": {"RegionName": WEST}}],
    }
