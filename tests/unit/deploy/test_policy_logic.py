"""The evaluator judges as IAM does: the cases that IAM's documentation spells out."""

import pytest

from tests.unit.deploy.policy import Call, allows, covers, holds, like, permissions

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/users"
GET = Call("dynamodb:GetItem", TABLE, {"dynamodb:LeadingKeys": ("!fence",)})


def statement(effect: str = "Allow", **more: object) -> dict[str, object]:
    return {"Effect": effect, "Action": "dynamodb:GetItem", "Resource": TABLE, **more}


def one(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("!fence", "!fence", True),
        ("!fence", "!fences", False),
        ("!marker-*", "!marker-07", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("arn:aws:x::1:accelerator/a/*", "arn:aws:x::1:accelerator/a/listener/b/endpoint-group/c", True),
        ("a.c", "abc", False),  # a dot is a dot
        ("[ab]", "a", False),  # brackets are brackets
    ],
)
def test_wildcards(pattern: str, value: str, *, matches: bool) -> None:
    assert like(pattern, value) is matches


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("StringEquals", ("a",), True),
        ("StringEquals", ("c",), False),
        ("StringEquals", None, False),
        ("StringEqualsIfExists", None, True),
        ("StringEqualsIfExists", ("c",), False),
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringNotLike", ("c", "d"), True),
        ("ForAllValues:StringNotLike", ("c", "b"), False),
        ("ForAllValues:StringLike", ("x-1",), True),
    ],
)
def test_conditions(operator: str, given: tuple[str, ...] | None, *, expected: bool) -> None:
    assert holds(operator, ["a", "b", "x-*"], given) is expected


@pytest.mark.parametrize("operator", ["Bool", "ForAnyValue:StringEquals", "NumericEquals"])
def test_an_operator_that_is_not_known_is_no_verdict(operator: str) -> None:
    with pytest.raises(NotImplementedError):
        holds(operator, ["a"], ("a",))


def test_an_element_that_is_not_known_is_no_verdict() -> None:
    with pytest.raises(NotImplementedError):
        covers(statement(NotAction="x"), GET)


def test_what_no_statement_covers_is_not_allowed() -> None:
    assert allows(one(statement()), GET)
    assert not allows(one(statement()), GET._replace(action="dynamodb:PutItem"))
    assert not allows(one(statement()), GET._replace(resource=TABLE.replace("east-1", "west-2")))
    assert not allows(one(statement(Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}})), GET)


def test_a_denial_wins() -> None:
    assert not allows(one(statement(), statement("Deny")), GET)


def test_actions_are_told_apart_without_case_and_resources_with() -> None:
    assert allows(one(statement(Action="dynamodb:getitem")), GET)
    assert not allows(one(statement(Resource=TABLE.upper())), GET)


def test_permissions_are_listed_each_apart() -> None:
    wide = statement(Action=["a:B", "a:C"], Resource=["x", "y"])
    assert [(each["Action"], each["Resource"]) for each in permissions(one(wide, statement("Deny")))] == [
        ("a:B", "x"),
        ("a:B", "y"),
        ("a:C", "x"),
        ("a:C", "y"),
    ]
