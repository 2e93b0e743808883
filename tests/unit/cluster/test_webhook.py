"""What the webhook puts into a pod, as EKS's would."""

from typing import Any

import pytest

from tests.e2e.webhook import patches


@pytest.mark.parametrize(
    ("own", "regions"),
    [
        ({}, {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"}),
        ({"AWS_REGION": "us-east-1"}, {"AWS_REGION": "us-east-1"}),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, {"AWS_DEFAULT_REGION": "us-east-1"}),
    ],
)
def test_a_container_that_names_its_region_is_told_no_other(
    own: dict[str, str], regions: dict[str, str]
) -> None:
    """The chart's hook Job does, so that nothing in it may lean on AWS_DEFAULT_REGION."""
    env = [{"name": name, "value": value} for name, value in own.items()]
    pod = {"spec": {"containers": [{"env": env}]}}
    made = {each["path"]: each["value"] for each in patches(pod, "a-role", "us-west-2", "http://sts")}
    given: list[dict[str, Any]] = made["/spec/containers/0/env"]
    told = {each["name"]: each["value"] for each in given}
    assert {name: value for name, value in told.items() if name.endswith("_REGION")} == regions
    assert told["AWS_ENDPOINT_URL_STS"] == "http://sts"
