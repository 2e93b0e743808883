"""What runs on this machine reaches the tests' AWS where it listens; pods, by the cluster's name for it."""

from collections.abc import Iterator

import pytest
import urllib3

from tests.e2e.account import Account, Issuer


@pytest.fixture(params=["0.0.0.0", "127.0.0.1"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    # On Docker Desktop, pods' address is one inside its virtual machine; this one nobody answers at.
    with Account("192.0.2.1", request.param, lambda: Issuer("", {})) as made:
        yield made


def test_a_drills_place_is_reached_from_here(account: Account) -> None:
    assert account.endpoint == f"http://192.0.2.1:{account.world.port}"
    place = account.place("http://127.0.0.1:1", "arn:aws:globalaccelerator::123456789012:accelerator/a")
    assert (place.url, place.regions) == ("http://127.0.0.1:1", ("us-east-1", "us-west-2"))
    assert place.aws_endpoint == f"http://127.0.0.1:{account.world.port}"
    assert place.variables()["ACCELERATOR_ARN"] == place.accelerator_arn
    assert urllib3.request("GET", f"{place.admin}/state", retries=False, timeout=10).status == 200
