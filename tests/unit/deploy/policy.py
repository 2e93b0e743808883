"""What an IAM policy allows: the part of IAM's logic that deploy/iam uses, and an error for any other.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
Libraries were looked at: moto's evaluator takes an unmet condition for a denial, parliament lints and does
not evaluate, and principalmapper does not start on a Python of today.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Policy = Mapping[str, Any]
Keys = Mapping[str, tuple[str, ...]]


class Call(NamedTuple):
    """One request: `service:Action`, the ARN it is for, and the condition keys that it comes with."""

    action: str
    resource: str
    keys: Keys = MappingProxyType({})


def listed(value: Any) -> list[Any]:
    """Return what a policy may write bare or in a list, in a list."""
    return value if isinstance(value, list) else [value]


def like(pattern: str, value: str) -> bool:
    """Match as IAM does: `*` and `?` stand for any characters, `/` and `:` among them."""
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part)
        for part in re.split(r"([*?])", pattern)
    )
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _holds_for(operator: str, wanted: list[str], given: str) -> bool:
    match operator:
        case "StringEquals":
            return given in wanted
        case "StringLike":
            return any(like(each, given) for each in wanted)
        case "StringNotLike":
            return not any(like(each, given) for each in wanted)
    raise NotImplementedError(f"the condition operator {operator}")


def holds(operator: str, wanted: list[str], given: tuple[str, ...] | None) -> bool:
    """Say whether a condition holds for the values that the request has under its key (None: no such key)."""
    qualifier, _, name = operator.rpartition(":")
    if qualifier not in ("", "ForAllValues"):
        raise NotImplementedError(f"the condition operator {operator}")
    if given is None:
        return name.endswith("IfExists") or qualifier == "ForAllValues"
    if not qualifier and len(given) != 1:
        raise ValueError(f"{operator} of {given}")
    return all(_holds_for(name.removesuffix("IfExists"), wanted, each) for each in given)


def covers(statement: Policy, call: Call) -> bool:
    """Say whether a statement is about the call."""
    unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown:
        raise NotImplementedError(f"{unknown} in a statement")
    conditions = statement.get("Condition", {})
    return (
        any(like(each.lower(), call.action.lower()) for each in listed(statement["Action"]))
        and any(like(each, call.resource) for each in listed(statement["Resource"]))
        and all(
            holds(operator, listed(values), call.keys.get(key))
            for operator, wanted in conditions.items()
            for key, values in wanted.items()
        )
    )


def allows(policy: Policy, call: Call) -> bool:
    """Say whether the policy, and no other, lets the call through."""
    effects = {statement["Effect"] for statement in policy["Statement"] if covers(statement, call)}
    return effects == {"Allow"}


def permissions(policy: Policy) -> Iterator[Policy]:
    """Yield a statement for every action on every resource that is allowed, each apart."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield {**statement, "Action": action, "Resource": resource}
