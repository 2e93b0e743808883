"""The users' operations as the contract tells them."""

from typing import TYPE_CHECKING

import msgspec

from dynamodr.serve import inputs, problems
from dynamodr.serve.operations import UNCHANGED, Answer, Operation, Parameter
from dynamodr.users.model import Key, NewUser, User, UserBody

if TYPE_CHECKING:
    from dynamodr.serve.routes.users import UserRoutes


def _key_schema(name: str) -> dict[str, object]:
    _, components = msgspec.json.schema_components([Key])
    schema: dict[str, object] = components["Key"]["properties"][name]
    return {part: value for part, value in schema.items() if part != "description"}


USERNAME = Parameter("username", "path", _key_schema("username"), "Whose; as in the body of a create")
LAST_NAME = Parameter(
    "last_name", "path", _key_schema("last_name"), "Percent-encoded UTF-8; in any normal form, kept in NFC"
)
CONSISTENT = Parameter(
    "consistent",
    "query",
    {"type": "boolean", "default": False},
    "Read strongly: all that this Region has acknowledged. What another Region has is not waited for",
)
CURSOR = Parameter(
    "cursor", "query", {"type": "string"}, "Where a page begins: from a Link header, unchanged"
)
TAGS = {"type": "string", "examples": ['"1"', "*"]}
IF_MATCH = Parameter("If-Match", "header", TAGS, "Write only if the user has one of these ETags; * for any")
IF_NONE_MATCH = Parameter(
    "If-None-Match", "header", TAGS, "Only if it has none of these ETags; * for new ones"
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "A name for this create. Repeated under it after a lost answer, it is answered 201 again, not 409",
)


def _limit(default: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": inputs.MAX_LIMIT, "default": default}
    return Parameter("limit", "query", schema, "How many users a page may have")


CREATED = ("Location", "ETag")
BODY = (problems.BAD_JSON, problems.TOO_LARGE, problems.MEDIA_TYPE, problems.INVALID)


def users(routes: "UserRoutes", *, add_by_get: bool) -> tuple[Operation, ...]:
    """Declare the users' operations."""
    one = "/users/<username>/<last_name>"
    return (
        Operation(
            "listUsers",
            "GET",
            "",
            routes.list,
            "List users by the page, or all of them as a stream",
            (
                Answer(
                    200,
                    "A page; its Link header leads to the next",
                    list[User],
                    ("Link",),
                    ("application/x-ndjson",),
                ),
                UNCHANGED,
            ),
            (problems.INVALID, problems.BUSY),
            (_limit(100), CURSOR, IF_NONE_MATCH),
            reads=True,
        ),
        Operation(
            "createUser",
            "POST",
            "/users",
            routes.create,
            "Create a user",
            (Answer(201, "Created, now or by an earlier request with this Idempotency-Key", User, CREATED),),
            (*BODY, problems.USER_EXISTS, problems.KEY_REUSED),
            (IDEMPOTENCY_KEY,),
            NewUser,
            writes=True,
        ),
        Operation(
            "getUsersNamed",
            "GET",
            "/users/<username>",
            routes.named,
            "List every user with a username",
            (
                Answer(200, "Them, by last name; none is an empty list", list[User], ("Link", "ETag")),
                UNCHANGED,
            ),
            (problems.INVALID,),
            (USERNAME, _limit(inputs.MAX_LIMIT), CURSOR, CONSISTENT, IF_NONE_MATCH),
            reads=True,
        ),
        Operation(
            "getUser",
            "GET",
            one,
            routes.get,
            "Read a user",
            (
                Answer(200, "The user", User, ("ETag",)),
                UNCHANGED,
            ),
            (problems.INVALID, problems.NO_SUCH_USER),
            (USERNAME, LAST_NAME, CONSISTENT, IF_NONE_MATCH),
            reads=True,
        ),
        Operation(
            "putUser",
            "PUT",
            one,
            routes.put,
            "Replace a user, or create it if neither header forbids that",
            (Answer(200, "Replaced", User, ("ETag",)), Answer(201, "Created", User, CREATED)),
            (*BODY, problems.PRECONDITION),
            (USERNAME, LAST_NAME, IF_MATCH, IF_NONE_MATCH),
            UserBody,
            writes=True,
        ),
        Operation(
            "deleteUser",
            "DELETE",
            one,
            routes.delete,
            "Delete a user",
            (Answer(204, "Deleted"),),
            (problems.INVALID, problems.NO_SUCH_USER, problems.PRECONDITION),
            (USERNAME, LAST_NAME, IF_MATCH),
            writes=True,
        ),
        Operation(
            "addUser",
            "POST",
            "/add-user",
            routes.add,
            "Create a made-up user",
            (Answer(201, "Who it is", User, CREATED),),
            (problems.USER_EXISTS,),
            writes=True,
        ),
        *(
            (
                Operation(
                    "addUserByGet",
                    "GET",
                    "/add-user",
                    routes.add,
                    "Create a made-up user, from a browser's address bar (ADD_USER_BY_GET)",
                    (Answer(200, "Who it is", User, CREATED),),
                    (problems.USER_EXISTS,),
                    writes=True,
                ),
            )
            if add_by_get
            else ()
        ),
    )
