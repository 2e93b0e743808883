"""The users' table, seen from one Region."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from dynamodr.users import items
from dynamodr.users.conditions import Condition, Tags, condition
from dynamodr.users.errors import KeyReused, PreconditionFailed, UserExists
from dynamodr.users.items import Item, Stamp, Stored, key_of, new_item, replaced, stored_of, user_of
from dynamodr.users.model import Key, NewUser, User, UserBody

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import DeleteItemInputTypeDef, UpdateItemInputTypeDef

    from dynamodr.users.calls import Calls

TRIPS = 20
"""Calls that one page may take. A page is cut short there, with a cursor, once it holds anyone at all."""


EXPORT_PAGE = 1000
"""Users that an export reads by one call: a quarter of the megabyte that DynamoDB would give."""


class Put(NamedTuple):
    """What a PUT has stored, and whether nobody was there before."""

    stored: Stored
    added: bool


class Page(NamedTuple):
    """Users in the table's order; `more` is the key to go on from, None at the end."""

    users: list[User]
    more: Key | None


class Users:
    """Reads and writes users. Every method raises Unavailable when DynamoDB does not do its part."""

    def __init__(self, calls: "Calls", table: str, region: str, now: Callable[[], str]) -> None:
        self._calls = calls
        self._client = calls.client
        self._table = table
        self._region = region
        self._now = now

    def get(self, key: Key, *, consistent: bool) -> Stored | None:
        """Read one user; `consistent`: after every write that this Region has acknowledged."""
        answer = self._calls(
            self._client.get_item, TableName=self._table, Key=key_of(key), ConsistentRead=consistent
        )
        item = answer.get("Item")
        return stored_of(item) if item else None

    def create(self, user: NewUser, write_id: str, *, keyed: bool) -> Stored:
        """Add a user; the same `write_id` again finds its own work done.

        `keyed`: the write id stands for the caller's Idempotency-Key, so other content is KeyReused.
        Raises UserExists, KeyReused.
        """
        item = new_item(user, self._stamp(write_id))
        try:
            self._calls(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(username)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            there = stored_of(_item_in(error))
            if there.write_id != write_id:
                raise UserExists from None
            if keyed and not items.same_content(there.user, user):
                raise KeyReused from None
            return there
        return stored_of(item)

    def put(
        self, key: Key, body: UserBody, write_id: str, if_match: Tags | None, if_none_match: Tags | None
    ) -> Put:
        """Replace or add a user. Raises PreconditionFailed."""
        stamp = self._stamp(write_id)
        unless = condition(write_id, if_match, if_none_match)
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": key_of(key),
            "UpdateExpression": (
                "SET #name = :name, #mail = :mail, #updated_at = :at, #written_in = :region, "
                "#write_id = :own, #created_at = if_not_exists(#created_at, :at), "
                "#version = if_not_exists(#version, :none) + :one"
            ),
            "ConditionExpression": unless.expression,
            "ExpressionAttributeNames": {
                **unless.names,
                "#name": "name",
                "#mail": "mail",
                "#updated_at": "updated_at",
                "#created_at": "created_at",
                "#written_in": "written_in",
                "#version": "version",
            },
            "ExpressionAttributeValues": {
                **unless.values,
                ":name": {"S": body.name},
                ":mail": {"S": body.mail},
                ":at": {"S": stamp.at},
                ":region": {"S": stamp.region},
                ":none": {"N": "0"},
                ":one": {"N": "1"},
            },
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            before = self._calls(self._client.update_item, **request).get("Attributes")
        except ClientError as error:
            there = stored_of(_item_in(error))
            if there.write_id != write_id:
                raise PreconditionFailed from None
            return Put(there, added=there.user.version == 1)  # an attempt whose answer was lost had done it
        return Put(replaced(key, body, stamp, before), added=before is None)

    def delete(self, key: Key, write_id: str, if_match: Tags | None) -> bool:
        """Remove a user; False when there was none. Raises PreconditionFailed."""
        only: Condition = condition(write_id, if_match or Tags(any=True), None)
        request: DeleteItemInputTypeDef = {
            "TableName": self._table,
            "Key": key_of(key),
            "ConditionExpression": only.expression,
            "ExpressionAttributeNames": only.names,
            "ExpressionAttributeValues": only.values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self._calls(self._client.delete_item, **request)
        except ClientError as error:
            if not _item_in(error) and error.response["ResponseMetadata"].get("RetryAttempts", 0):
                return True  # the attempt before this one may well have removed it, and gone it is
            if if_match is not None:
                raise PreconditionFailed from None
            return False
        return True

    def named(self, username: str, limit: int, after: Key | None, *, consistent: bool) -> Page:
        """Read the users with one username, by last name."""

        def query(wanted: int, start: Any) -> Any:
            return self._calls(
                self._client.query,
                TableName=self._table,
                KeyConditionExpression="username = :username",
                ExpressionAttributeValues={":username": {"S": username}},
                ConsistentRead=consistent,
                Limit=wanted,
                **start,
            )

        return _page(query, limit, after)

    def page(self, limit: int, after: Key | None) -> Page:
        """Read users in the table's own order; its cost depends on `limit` alone."""

        def scan(wanted: int, start: Any) -> Any:
            return self._calls(self._client.scan, TableName=self._table, Limit=wanted, **start)

        return _page(scan, limit, after)

    def everyone(self) -> Iterator[list[User]]:
        """Read the whole table, EXPORT_PAGE at a time; no more than that is in memory."""
        start: Any = {}
        while True:
            answer = self._calls(self._client.scan, TableName=self._table, Limit=EXPORT_PAGE, **start)
            yield [user_of(item) for item in answer["Items"] if not items.is_reserved(item)]
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _stamp(self, write_id: str) -> Stamp:
        return Stamp(write_id, self._now(), self._region)


def _page(read: Callable[[int, Any], Any], limit: int, after: Key | None) -> Page:
    """Read until there is one more than the page holds: only that tells whether there is a next page."""
    users: list[User] = []
    start: Any = {"ExclusiveStartKey": key_of(after)} if after else {}
    trips = 0
    while True:
        trips += 1
        answer = read(limit + 1 - len(users), start)
        users += [user_of(item) for item in answer["Items"] if not items.is_reserved(item)]
        last = answer.get("LastEvaluatedKey")
        if len(users) > limit:
            del users[limit:]
            return Page(users, _key(users))
        if not last:
            return Page(users, None)
        if users and trips >= TRIPS:
            return Page(users, _key(users))
        start = {"ExclusiveStartKey": last}


def _key(users: list[User]) -> Key:
    return Key(users[-1].username, users[-1].last_name)


def _item_in(error: ClientError) -> Item:
    item: Item = error.response.get("Item") or {}  # type: ignore[assignment]  # boto's stub knows no such member
    return item
