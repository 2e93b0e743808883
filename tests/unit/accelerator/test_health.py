"""How health checks turn an endpoint."""

from rehearsal.core.health import EndpointHealth, Thresholds

THREE_DOWN_TWO_UP = Thresholds(healthy=2, unhealthy=3)


def after(checks: str) -> EndpointHealth:
    """The health after checks, one a second: + passed, - failed."""
    health = EndpointHealth()
    for now, check in enumerate(checks):
        health.observe(now, "" if check == "+" else "Timeout", THREE_DOWN_TWO_UP)
    return health


def test_a_new_endpoint_is_initial_until_its_first_pass() -> None:
    assert after("").state == "INITIAL"
    assert after("--").state == "INITIAL"
    assert after("--+").state == "HEALTHY"
    assert after("---").state == "UNHEALTHY"


def test_only_failures_in_a_row_turn_it() -> None:
    assert after("+--").state == "HEALTHY"
    assert after("+--+--").state == "HEALTHY"
    assert after("+---").state == "UNHEALTHY"


def test_only_passes_in_a_row_turn_it_back() -> None:
    assert after("+---+").state == "UNHEALTHY"
    assert after("+---+-+").state == "UNHEALTHY"
    assert after("+---++").state == "HEALTHY"


def test_it_tells_since_when_and_why() -> None:
    health = after("+---")
    assert (health.since, health.reason) == (3, "Timeout")
    assert after("+---++").reason == ""
    assert after("+---++").since == 5
