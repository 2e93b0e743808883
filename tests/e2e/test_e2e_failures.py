"""Roll-outs that can't succeed, and one that must although a Region is gone: who serves goes on serving."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.core.faults import Outage
from tests.e2e.account import Account
from tests.e2e.cluster import CommandError
from tests.e2e.loads import Loads
from tests.e2e.release import NAME, Release
from tests.e2e.report import Step
from tests.unit.deploy.documents import HOME, REPLICA

pytestmark = [pytest.mark.timeout(400, func_only=True), pytest.mark.needs("ingress")]


@pytest.fixture
def untouched(east: Release, load: Loads) -> Iterator[None]:
    """The same pods serve before and after, and no request fails between."""
    before = {
        each["metadata"]["uid"]: each["status"]["containerStatuses"][0]["restartCount"]
        for each in east.settled()
    }
    with load.on(east) as running:
        yield
        after = {
            each["metadata"]["uid"]: each["status"]["containerStatuses"][0]["restartCount"]
            for each in east.pods()
        }
        result = load.ended(running, east)
    assert before.items() <= after.items(), "pods of the old release are gone"
    assert not result.failures, result.failures[:5]


def refused(release: Release, values: dict[str, Any], *more: str, seconds: int) -> str:
    """Upgrade to what can't work; return what Helm says."""
    with pytest.raises(CommandError) as caught:
        release.but(values).upgrade("--timeout", f"{seconds}s", *more)
    return caught.value.said


def last_words(said: str) -> str:
    """Return the error that Helm ends with, on one line."""
    return " ".join(said[said.rfind("Error:") :].split())[:300]


def revisions(release: Release) -> int:
    """Return the number of the newest revision."""
    return max(
        int(each["metadata"]["labels"]["version"]) for each in release.get("secret", "-l", "owner=helm")
    )


@pytest.mark.usefixtures("untouched")
def test_a_broken_image(east: Release, step: Step) -> None:
    said = refused(east, {"image": {"tag": "nowhere"}}, seconds=15)
    assert f"{NAME}-table" in said, said
    # Helm only knows that the job doesn't start; its pod, which is left, knows why.
    (pod,) = east.get("pods", "-l", "app.kubernetes.io/component=table-job")
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] in {"ErrImagePull", "ImagePullBackOff"}, waiting
    assert "dynamodr:nowhere" in waiting["message"], waiting
    step.says(f"Helm: {last_words(said)}; the job's pod: {waiting['reason']}: {waiting['message'][:120]}")


@pytest.mark.usefixtures("untouched")
def test_a_table_job_that_cannot_succeed(east: Release, account: Account, step: Step) -> None:
    account.tables.add("people")
    account.call(
        HOME,
        "CreateTable",
        TableName="people",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    said = refused(east, {"table": {"name": "people"}}, seconds=60)
    # What is there, what was wanted: the job's own words, by hook-output-log-policy.
    assert "Job" in said, said
    assert "people" in said, said
    log = [json.loads(line) for line in east.kubectl("logs", f"job/{NAME}-table").splitlines()]
    final = log[-1]["message"]
    assert "username" in final, log
    assert final in said.replace('\\"', '"'), f"Helm does not hand on {final!r}: {said}"
    step.says(f"Helm hands on: {final}")
    pods = east.get("pods", "-l", "app.kubernetes.io/component=table-job")
    codes = [pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] for pod in pods]
    assert codes == [2], "a final error was tried again"


@pytest.mark.usefixtures("untouched")
def test_a_full_rollback_on_failure(east: Release, step: Step) -> None:
    revision = revisions(east)
    said = refused(
        east, {"app": {"authToken": {"secretName": "absent"}}}, "--rollback-on-failure", seconds=15
    )
    assert NAME in said, said
    step.says(f"Helm: {last_words(said)}")
    status = east.helm("status", NAME)
    assert "STATUS: deployed" in status, status
    assert revisions(east) == revision + 2, "not rolled back"
    east.settled(2)


@pytest.mark.parametrize("gone", [REPLICA, HOME])
def test_upgrade_in_the_survivor(
    installed: dict[str, Release], account: Account, load: Loads, gone: str
) -> None:
    release = installed[HOME if gone == REPLICA else REPLICA]
    before = {each["metadata"]["uid"] for each in release.settled()}
    outage = account.world.inject(Outage(region=gone))
    try:
        with load.on(release) as running:
            release.but({"podAnnotations": {"e2e/outage": gone}}).upgrade()
            assert not {each["metadata"]["uid"] for each in release.settled()} & before
            load.unharmed(running, release)
    finally:
        account.world.undo(outage)
