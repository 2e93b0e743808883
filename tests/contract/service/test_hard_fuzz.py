"""Every operation of the contract, asked by schemathesis for what it declares and for what it does not.

With DynamoDB well, throttling, slow, and gone. The answers must be declared, of the declared form, in
bounded time; no 5xx but 503; no stack trace.
"""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from dynamodr import aws
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from rehearsal.core.faults import Latency, Outage, Throttle
from tests.contract.service.conftest import _made
from tests.contract.service.test_service_faults import fault

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.world import World
    from tests.contract.service.conftest import Load

TOKEN = "correct horse"
BOUND = 3.0
"""Seconds. The service's patience is cut for these tests: an attempt may take 0.15 s."""
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.allow_header_conformance,
    checks.negative_data_rejection,
]
# What can be wrong with good input: it is not there, it is there, it is as another header says.
REFUSED_ALL_THE_SAME = {404, 409, 412, 503}


@contextmanager
def nobody() -> Iterator[str]:
    """An endpoint that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


def states(world: "World") -> dict[str, tuple[Callable[[], Any], set[int], int]]:
    """What DynamoDB does; the statuses that calls may then get; examples an operation and mode."""
    return {
        "well": (nullcontext, {200, 201, 204, 304, 404, 409, 412}, 24),
        "throttling": (lambda: fault(world, Throttle(region="us-east-1")), {503}, 6),
        "slow": (lambda: fault(world, Latency(region="us-east-1", delay=0.4)), {503}, 2),
        "gone": (lambda: fault(world, Outage(region="us-east-1", mode="close")), {503}, 6),
        "refusing": (nobody, {503}, 6),
        "closed": (nullcontext, {401}, 6),
    }


def each(cases: SearchStrategy[Any], examples: int, ask: Callable[[Any], None]) -> None:
    """Ask as many times, the same each run."""

    @seed(1)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def asked(case: Any) -> None:
        ask(case)

    asked()


# schemathesis draws its own way; Hypothesis says so once it has seen it, which is no fault of the service's.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
@pytest.mark.parametrize("state", ["well", "throttling", "slow", "gone", "refusing", "closed"])
def test_nothing_undeclared_is_answered(  # noqa: PLR0917 - fixtures
    world: "World",
    load: "Load",
    new_table: "Callable[[], str]",
    state: str,
    tmp_path: "Path",
    record_property: Callable[[str, object], None],
) -> None:
    during, expected, examples = states(world)[state]
    serve = _made(
        load, aws.Patience(connect=0.15, read=0.15 if state == "slow" else 5, attempts=1), budget=0.1
    )
    table = new_table()
    counts: Counter[int] = Counter()
    slowest = 0.0
    with during() as endpoint:
        variables = {"DYNAMO_ENDPOINT": endpoint} if state == "refusing" else {}
        if state == "closed":
            (tmp_path / "token").write_text(TOKEN)
            variables |= {"AUTH_TOKEN_FILE": str(tmp_path / "token"), "AUTH_READS": "true"}
        app = serve(TABLE_NAME=table, **variables).application
        contract = schemathesis.openapi.from_wsgi("/dynamodr/openapi.json", app)
        operations = [result.ok() for result in contract.get_all_operations() if isinstance(result, Ok)]
        # All but the contract, which was read just now.
        assert len(operations) == len(app.operations) - 1  # type: ignore[attr-defined]  # ours, not Flask's

        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal slowest
            began = time.monotonic()
            # Bodies are looked into below; that gzip is right is another test's.
            response = case.call(headers={"Accept-Encoding": "identity"})
            slowest = max(slowest, time.monotonic() - began)
            counts[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)
            assert response.status_code < 500 or response.status_code == 503
            assert "Traceback" not in response.text
            if response.status_code == 503:
                assert "Retry-After" in {name.title() for name in response.headers}

        for operation in operations:
            for mode in GenerationMode:
                if mode is GenerationMode.NEGATIVE and not [*operation.body, *operation.iter_parameters()]:
                    continue  # there is nothing to get wrong
                each(operation.as_strategy(generation_mode=mode), examples, ask)
    line = f"schemathesis, DynamoDB {state}: {len(operations)} operations, {counts.total()} cases, "
    line += f"answers {dict(sorted(counts.items()))}, slowest {slowest:.2f} s"
    record_property("said", line)
    assert expected & set(counts) or not expected, line
    assert slowest < BOUND, line
