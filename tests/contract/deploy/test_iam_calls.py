"""Every AWS call that the service, the table job and the failover command make is allowed; nothing else is.

One rehearsal, from no table to a failover and back, with an access key of its own for each role.
"""

import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import urllib3

from rehearsal.ports import Choice, settle
from rehearsal.running import REGIONS, Rehearsal, RehearsalConfig, usual_ports
from rehearsal.tablejobs import TableJob
from rehearsal.tethered import dynamodr, environment
from tests.contract.deploy.recorder import ASKED, Asked, Recorder
from tests.unit.deploy.documents import policy
from tests.unit.deploy.policy import allows, covers, permissions

HOME, REPLICA = REGIONS
USER = {"username": "ada", "last_name": "Lovelace", "name": "Ada Lovelace", "mail": "ada@example.com"}
ARN = "arn:aws:dynamodb:{}:123456789012:table/{}"
# What AWS asks for besides when UpdateTable adds a replica: deploy/iam/README.md has the sources.
IMPLIED = [
    f"dynamodb:{name}"
    for name in (
        *("CreateTable", "CreateTableReplica", "BatchWriteItem", "DeleteItem", "GetItem"),
        *("PutItem", "Query", "Scan", "UpdateItem"),
    )
]
REPLICATION_ROLE = (
    "arn:aws:iam::123456789012:role/aws-service-role/replication.dynamodb.amazonaws.com/"
    "AWSServiceRoleForDynamoDBReplication"
)


class Played(NamedTuple):
    asked: list[Asked]
    accelerator: str

    def of(self, who: str) -> list[Asked]:
        return [each for each in self.asked if each.who == who]


def table_job(rehearsal: Rehearsal, region: str, who: str, **settings: str) -> TableJob:
    variables = {"TABLE_POLL_SECONDS": "0.05", "AWS_ACCESS_KEY_ID": who, **settings}
    return TableJob(region, rehearsal.endpoint, REGIONS, variables)


def ended(*jobs: TableJob) -> None:
    for job in jobs:
        assert job.wait(60) == 0, (job.region, job.lines)


def users(url: str) -> None:
    """Ask for everything that the service answers."""
    http = urllib3.PoolManager(retries=False)
    asked: set[tuple[str, str]] = set()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
        asked.add((method.lower(), path.split("?", maxsplit=1)[0]))
        filled = path.format(username="ada", last_name="Lovelace")
        answer = http.request(method, f"{url}{filled}", json=body, headers=headers)
        assert answer.status < 400, (method, path, answer.status, answer.data)
        return answer

    one = "/dynamodr/users/{username}/{last_name}"
    contract = ask("GET", "/dynamodr/openapi.json").json()
    ask("POST", "/dynamodr/users", USER)
    ask("POST", "/dynamodr/add-user")
    ask("GET", "/dynamodr/add-user")
    ask("GET", "/dynamodr")
    ask("GET", "/dynamodr", Accept="application/x-ndjson")
    ask("GET", "/dynamodr/users/{username}")
    etag = ask("GET", f"{one}?consistent=true").headers["ETag"]
    changed = {"name": "Ada King", "mail": "ada@example.com"}
    etag = ask("PUT", one, changed, **{"If-Match": etag}).headers["ETag"]
    ask("DELETE", one, **{"If-Match": etag})
    ask("GET", "/livez")
    ask("GET", "/readyz")
    ask("GET", "/healthz/region")
    there = {(method, path) for path, methods in contract["paths"].items() for method in methods}
    left = {
        (method, path)
        for method, path in there - asked
        if "/problems/" not in path and path != "/dynamodr/ui"
    }
    assert not left, "what this does not ask for"


def failover(rehearsal: Rehearsal, *arguments: str) -> None:
    variables = environment(HOME, rehearsal.endpoint, REGIONS) | {
        "AWS_ACCESS_KEY_ID": "operator",
        "ACCELERATOR_ARN": rehearsal.accelerator.arn,
    }
    done = subprocess.run(
        [dynamodr(), "failover", *arguments], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(
        ports=ports,
        time_factor=0.01,
        service_settings={"AWS_ACCESS_KEY_ID": "service", "WRITE_MODE": "active-region", "WORKERS": "1"},
        logs=tmp_path_factory.mktemp("logs"),
    )
    ASKED.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rehearsal.world.Endpoint", Recorder)
        with Rehearsal(config) as rehearsal:
            ended(*(table_job(rehearsal, region, "install") for region in REGIONS))
            for region in REGIONS:  # each alone, from no table; and again, with other tags
                for tags in ("owner=users", "owner=others"):
                    settings = {"TABLE_NAME": f"users-{region}", "TABLE_TAGS": tags}
                    ended(table_job(rehearsal, region, f"table-job.{region}", **settings))
            rehearsal.services.start()
            rehearsal.services.wait_ready()
            users(rehearsal.services[HOME].url)
            failover(rehearsal, "status")
            failover(rehearsal, "to", REPLICA, "--planned")
            users(rehearsal.services[REPLICA].url)
            failover(rehearsal, "to", HOME, "--forced")
            yield Played(list(ASKED), rehearsal.accelerator.arn)


def test_each_role_was_heard(played: Played) -> None:
    assert {each.who for each in played.asked} == {
        "install",
        "service",
        "operator",
        *(f"table-job.{region}" for region in REGIONS),
    }


@pytest.mark.parametrize("region", REGIONS)
def test_the_service_needs_its_policy_whole_and_no_more(played: Played, region: str) -> None:
    calls = [each for each in played.of("service") if each.region == region]
    check(calls, policy("service", AWS_REGION=region), set())


@pytest.mark.parametrize("region", REGIONS)
def test_the_table_job_needs_its_policy_whole_and_no_more(played: Played, region: str) -> None:
    name = f"users-{region}"
    needless = {(each, ARN.format(REPLICA, name)) for each in IMPLIED}
    needless.add(("iam:CreateServiceLinkedRole", REPLICATION_ROLE))
    document = policy("table-job", AWS_REGION=region, TABLE_NAME=name)
    check(played.of(f"table-job.{region}"), document, needless)


def test_the_operator_needs_its_policy_whole_and_no_more(played: Played) -> None:
    accelerator = played.accelerator.rsplit("/", 1)[-1]
    check(played.of("operator"), policy("failover", ACCELERATOR_ID=accelerator), set())


def check(asked: list[Asked], document: Any, needless: set[tuple[str, str]]) -> None:
    refused = {
        (each.region, each.call.action, each.call.resource)
        for each in asked
        if not allows(document, each.call)
    }
    assert not refused, "made, and not allowed"
    never = {
        (each["Action"], each["Resource"])
        for each in permissions(document)
        if not any(covers(each, one.call) for one in asked)
    }
    assert never == needless, "allowed and never made, against what AWS asks for besides"
