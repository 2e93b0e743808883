"""The documents of deploy/, read and filled in as the tools that apply them do."""

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
ACCOUNT = "123456789012"
HOME, REPLICA = "us-east-1", "us-west-2"
REGIONS = (HOME, REPLICA)
ACCELERATOR = "1234abcd-abcd-1234-abcd-1234abcdefgh"
VALUES = {
    "ACCOUNT_ID": ACCOUNT,
    "ACCELERATOR_ID": ACCELERATOR,
    "CLUSTER": "dynamodr",
    "HOME_REGION": HOME,
    "NAMESPACE": "dynamodr",
    "REPLICA_REGION": REPLICA,
    "TABLE_NAME": "users",
}


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, maps within maps too, as Helm merges values; the other wins."""
    both = dict(one)
    for key, value in other.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def policy(name: str, **values: str) -> Any:
    """Return deploy/iam's policy with its placeholders filled in; KeyError for one that is not documented."""
    text = (DEPLOY / "iam" / f"{name}.json").read_text()
    return json.loads(string.Template(text).substitute(VALUES | values))


def manifests(path: str) -> list[Any]:
    """Return every document of a YAML file under deploy/."""
    return list(yaml.safe_load_all((DEPLOY / path).read_text()))


class _Tagged(yaml.SafeLoader):
    """Reads CloudFormation's short forms as its long ones."""


def _long(loader: yaml.Loader, tag: str, node: yaml.Node) -> Any:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise TypeError(f"{tag} of a map")


_Tagged.add_multi_constructor("!", _long)


class Template:
    """A CloudFormation template, and its functions as far as the tests need them."""

    def __init__(self, path: str, region: str, **parameters: str) -> None:
        self.document: Any = yaml.load((DEPLOY / path).read_text(), Loader=_Tagged)
        given = {name: each.get("Default", "") for name, each in self.document["Parameters"].items()}
        pseudo = {"AWS::Partition": "aws", "AWS::Region": region, "AWS::AccountId": ACCOUNT}
        self.names = {**pseudo, **given, **parameters}

    def resource(self, name: str) -> Any:
        """Return a resource's properties, resolved."""
        return self.resolve(self.document["Resources"][name]["Properties"])

    def resolve(self, node: Any) -> Any:
        """Replace Ref, Sub and If; leave every other function as it stands."""
        if isinstance(node, list):
            return [self.resolve(each) for each in node]
        if not isinstance(node, dict):
            return node
        match list(node.items()):
            case [("Ref", name)]:
                return self.names.get(name, f"<{name}>")
            case [("Fn::Sub", str(text))]:
                for name, value in self.names.items():
                    text = text.replace("${" + name + "}", str(value))
                return text
            case [("Fn::If", [condition, yes, no])]:
                return self.resolve(yes if self.holds(self.document["Conditions"][condition]) else no)
        return {key: self.resolve(value) for key, value in node.items()}

    def holds(self, condition: Any) -> bool:
        """Evaluate a condition."""
        match list(condition.items()):
            case [("Fn::Equals", [one, other])]:
                return bool(self.resolve(one) == self.resolve(other))
            case [("Fn::Not", [inner])]:
                return not self.holds(inner)
            case [("Fn::And", list(inner))]:
                return all(self.holds(each) for each in inner)
        raise NotImplementedError(condition)
