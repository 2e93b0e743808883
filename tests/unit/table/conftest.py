import pytest

from tests.unit.table.fake_aws import FakeAws
from tests.unit.table.virtual_time import VirtualTime


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws(VirtualTime())
