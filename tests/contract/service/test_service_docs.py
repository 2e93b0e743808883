"""docs/api.md: its examples are run, its tables are counted."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dynamodr.serve import metrics, problems

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.service.conftest import Client

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
EXAMPLE = re.compile(r"^(curl .*)\n# (\d{3})$", re.MULTILINE)


@pytest.fixture(scope="module")
def documented(serve: "Client", new_table: "Callable[[], str]") -> CheckedClient:
    return serve(TABLE_NAME=new_table())


def curl(client: CheckedClient, command: str) -> int:
    """Do what the command line asks for; fail on an option that this does not know."""
    words = iter(shlex.split(command)[1:])
    method, url, body, headers = "", "", None, []
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers.append((name, value))
            case "-d":
                body = next(words)
            case _:
                assert not word.startswith("-")
                assert not url
                url = word
    path = url.removeprefix("localhost:5000")
    assert path.startswith("/")
    method = method or ("POST" if body else "GET")
    return client.open(path, method=method, data=body, headers=headers).status_code


def httpie(client: CheckedClient, command: str) -> int:
    """Do what HTTPie would: Header:value, field=value of a JSON body, parameter==value."""
    method, url, *items = shlex.split(command)[1:]
    headers: dict[str, str] = {}
    fields: dict[str, str] = {}
    query: dict[str, str] = {}
    for item in items:
        found = re.fullmatch(r"([\w-]+)(==|=|:)(.+)", item)
        assert found
        {"==": query, "=": fields, ":": headers}[found[2]][found[1]] = found[3]
    path = url.removeprefix("localhost:5000")
    return client.open(
        path, method=method, json=fields or None, headers=headers, query_string=query
    ).status_code


def test_the_httpie_examples_do_what_they_say(documented: CheckedClient) -> None:
    examples = re.findall(r"^(http .*)\n# (\d{3})$", PAGE, re.MULTILINE)
    assert len(examples) == PAGE.count("\nhttp ") >= 10
    assert [(command, httpie(documented, command)) for command, _ in examples] == [
        (command, int(status)) for command, status in examples
    ]


def test_the_examples_do_what_they_say(documented: CheckedClient) -> None:
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == PAGE.count("\ncurl ")
    assert [(command, curl(documented, command)) for command, _ in examples] == [
        (command, int(status)) for command, status in examples
    ]


def test_every_route_is_listed(documented: CheckedClient) -> None:
    for path in documented.get("/dynamodr/openapi.json").get_json()["paths"]:
        assert path in PAGE


@pytest.mark.parametrize("program", ["curl", "http"])
def test_every_route_has_an_example(documented: CheckedClient, program: str) -> None:
    contract = documented.get("/dynamodr/openapi.json").get_json()["paths"]
    routes = {(method.upper(), path) for path, methods in contract.items() for method in methods}
    asked = {asked_of(command) for command in re.findall(rf"^({program} .*)$", PAGE, re.MULTILINE)}
    shown = {
        (method, route)
        for method, route in routes
        for how, path in asked
        if how == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path)
    }
    assert routes - shown == set()


def asked_of(command: str) -> tuple[str, str]:
    """The method and the path that an example asks for."""
    words = shlex.split(command)
    path = next(word for word in words if word.startswith("localhost")).removeprefix("localhost:5000")
    if words[0] == "http":
        method = words[1]
    elif "-X" in words:
        method = words[words.index("-X") + 1]
    else:
        method = "POST" if "-d" in words else "GET"
    return method, path.partition("?")[0]


def test_every_problem_is_listed_with_its_status() -> None:
    rows = dict(re.findall(r"^\| ([\d, ]+) \| (.*) \|$", PAGE, re.MULTILINE))
    listed = {
        (slug, status)
        for statuses, text in rows.items()
        for slug in re.findall(r"`([a-z-]+)`", text)
        for status in statuses.split(", ")
    }
    for kind in problems.KINDS.values():
        assert (kind.slug, str(kind.status)) in listed
    assert {slug for slug, _ in listed} == set(problems.KINDS)


def test_every_metric_of_the_service_is_listed() -> None:
    for collector in (metrics.requests, metrics.request_seconds, metrics.calls, metrics.call_seconds):
        (family,) = collector.collect()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{name}`" in PAGE
