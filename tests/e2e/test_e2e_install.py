"""Both Regions from nothing, at once; the article's calls; nothing left to do the second time; nothing lost
between.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.account import Account
from tests.e2e.cluster import eventually
from tests.e2e.release import NAME, Release
from tests.e2e.report import Step
from tests.unit.deploy.documents import HOME, REGIONS

pytestmark = pytest.mark.timeout(400, func_only=True)


def test_both_regions_installed_at_once(fresh: dict[str, Release], account: Account, step: Step) -> None:
    with ThreadPoolExecutor(len(fresh)) as both:
        notes = list(both.map(Release.install, fresh.values()))
    assert all(f"serves in {region}" in note for region, note in zip(fresh, notes, strict=True))
    table = account.call(HOME, "DescribeTable", TableName="users")["Table"]
    replicas = {each["RegionName"]: each["ReplicaStatus"] for each in table["Replicas"]}
    assert {*replicas, HOME} == {*REGIONS}, table
    assert set(replicas.values()) == {"ACTIVE"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    for region in REGIONS:
        backups = account.call(region, "DescribeContinuousBackups", TableName="users")
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        assert account.call(region, "DescribeTable", TableName="users")["Table"]["DeletionProtectionEnabled"]
    # Two hooks ran, one table was made: the loser of the race found the winner's.
    created = {role: account.asked[role, "CreateTable"] for role, _ in account.asked}
    step.says(f"CreateTable was called {sum(created.values())} times")


@pytest.mark.needs("ingress")
def test_the_articles_calls(installed: dict[str, Release]) -> None:
    for region, release in installed.items():
        for host in (release.host, f"{release.namespace}.gateway.test"):
            release.serves(host)
            added = release.request("/dynamodr/add-user", host=host)
            assert added.status in (200, 201), added
            profile = added.json
            listed = release.request("/dynamodr?limit=1000", host=host)
            assert listed.status == 200
            assert profile["username"] in {each["username"] for each in listed.json}
            assert profile["written_in"] == region
    names = {each["username"] for each in installed[HOME].request("/dynamodr?limit=1000").json}
    for release in installed.values():

        def arrived(there: Release = release) -> bool:
            return names <= {each["username"] for each in there.request("/dynamodr?limit=1000").json}

        eventually(arrived, 60, "the users of one Region come to the other")


def test_helm_test(installed: dict[str, Release]) -> None:
    for release in installed.values():
        assert "Succeeded" in release.helm("test", NAME, "--timeout", "100s")


def test_an_upgrade_without_change_rolls_no_pod(east: Release, account: Account) -> None:
    before = {each["metadata"]["uid"] for each in east.settled()}
    asked = account.asked.copy()
    east.upgrade()
    assert {each["metadata"]["uid"] for each in east.settled()} == before
    role = "table-job-east-dynamo-sa-hook"
    calls = {operation: n for (who, operation), n in (account.asked - asked).items() if who == role}
    assert calls, "the hook did not run"
    assert set(calls) <= {"DescribeTable", "DescribeContinuousBackups", "ListTagsOfResource"}, calls


def test_uninstall_leaves_the_table_and_install_finds_it(
    installed: dict[str, Release], account: Account
) -> None:
    east = installed[HOME]
    before = account.items(HOME)
    assert before
    east.uninstall()
    eventually(lambda: not east.pods(leaving=True), 180, "the pods are gone")
    left = east.kubectl(
        "get", "all,ingress,httproute,serviceaccount,configmap,pdb,hpa,netpol", "-o", "name"
    ).split()
    assert set(left) == {"serviceaccount/default", "configmap/kube-root-ca.crt"}
    assert account.items(HOME) == before
    east.install()
    east.serves()
    found = {each["username"] for each in east.request("/dynamodr?limit=1000").json}
    assert set(before) <= found
