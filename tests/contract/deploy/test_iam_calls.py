"""Every AWS call that the service, the table job and the failover command make is allowed; nothing else is.

One rehearsal, from no table to a failover and back, with an access key of its own for each role.
"""

import importlib.util
import subprocess
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import urllib3

from rehearsal.ports import Choice, settle
from rehearsal.running import REGIONS, Rehearsal, RehearsalConfig, usual_ports
from rehearsal.tablejobs import TableJob
from rehearsal.tethered import dynamodr, environment
from tests.contract.deploy.recorder import ASKED, Asked, record
from tests.unit.deploy.documents import DEPLOY, policy
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
    ask("GET", "/dynamodr/status")
    ask("GET", "/livez")
    ask("GET", "/readyz")
    ask("GET", "/healthz/region")
    there = {(method, path) for path, methods in contract["paths"].items() for method in methods}
    left = {
        (method, path)
        for method, path in there - asked
        if "/problems/" not in path and not path.startswith("/dynamodr/ui")
    }
    assert not left, "what this does not ask for"


def operators(rehearsal: Rehearsal) -> dict[str, str]:
    return environment(HOME, rehearsal.endpoint, REGIONS) | {
        "AWS_ACCESS_KEY_ID": "operator",
        "ACCELERATOR_ARN": rehearsal.accelerator.arn,
    }


def operate(rehearsal: Rehearsal, *arguments: str, region: str = HOME) -> None:
    env = operators(rehearsal) | {"AWS_REGION": region}
    done = subprocess.run([dynamodr(), *arguments], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def region_switch(rehearsal: Rehearsal, mode: str, region: str) -> None:
    """Do as ARC does: invoke the plan's Lambda function in the Region that is to be active."""
    spec = importlib.util.spec_from_file_location("arc_action", DEPLOY / "arc" / "action.py")
    assert spec is not None
    assert spec.loader is not None
    action = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(action)
    with mock.patch.dict("os.environ", operators(rehearsal) | {"AWS_REGION": region}, clear=True):
        result = action.handler(
            {"mode": mode, "ExecutionId": "1"}, mock.Mock(get_remaining_time_in_millis=lambda: 900_000)
        )
    assert result["outcome"] == "done", result


def play(logs: Path) -> Played:
    """Live through it all, once."""
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(
        ports=ports,
        time_factor=0.01,
        service_settings={"AWS_ACCESS_KEY_ID": "service", "WRITE_MODE": "active-region", "WORKERS": "1"},
        logs=logs,
        permit=record,
    )
    with Rehearsal(config) as rehearsal:
        ended(*(table_job(rehearsal, region, "install") for region in REGIONS))
        for region in REGIONS:  # each alone, from no table; and again, with other tags
            for tags in ("owner=users", "owner=others"):
                settings = {"TABLE_NAME": f"users-{region}", "TABLE_TAGS": tags}
                ended(table_job(rehearsal, region, f"table-job.{region}", **settings))
        rehearsal.services.start()
        rehearsal.services.wait_ready()
        users(rehearsal.services[HOME].url)
        operate(rehearsal, "failover", "status")
        for region in REGIONS:
            operate(rehearsal, "table", "status", region=region)
        region_switch(rehearsal, "planned", REPLICA)
        users(rehearsal.services[REPLICA].url)
        operate(rehearsal, "failover", "to", HOME, "--forced")
        return Played(list(ASKED), rehearsal.accelerator.arn)


def judge(asked: list[Asked], document: Any, needless: set[tuple[str, str]]) -> dict[str, object]:
    """Say what was made and is not allowed, and what is allowed and neither made nor asked for besides."""
    assert asked
    made = {
        (each["Action"], each["Resource"])
        for each in permissions(document)
        if any(covers(each, one.call) for one in asked)
    }
    every = {(each["Action"], each["Resource"]) for each in permissions(document)}
    return {
        "refused": {str(each) for each in asked if not allows(document, each.call)},
        "needless": every - made - needless,
        "made after all": made & needless,
    }


# One test: what it needs takes seconds to play, and each worker of pytest-xdist would play it anew.
def test_each_role_needs_its_policy_whole_and_no_more(tmp_path: Path) -> None:
    ASKED.clear()
    played = play(tmp_path)
    accelerator = played.accelerator.rsplit("/", 1)[-1]
    found = {"operator": judge(played.of("operator"), policy("failover", ACCELERATOR_ID=accelerator), set())}
    for region in REGIONS:
        calls = [each for each in played.of("service") if each.region == region]
        found[f"service {region}"] = judge(calls, policy("service", AWS_REGION=region), set())
        name = f"users-{region}"
        needless = {(each, ARN.format(REPLICA, name)) for each in IMPLIED}
        needless |= {("iam:CreateServiceLinkedRole", REPLICATION_ROLE), ("dynamodb:DescribeLimits", "*")}
        document = policy("table-job", AWS_REGION=region, TABLE_NAME=name)
        found[f"table job {region}"] = judge(played.of(f"table-job.{region}"), document, needless)
    assert found == {role: {"refused": set(), "needless": set(), "made after all": set()} for role in found}
    whose = {"install", "service", "operator", *(f"table-job.{region}" for region in REGIONS)}
    assert {each.who for each in played.asked} == whose  # and nobody asked under another name
