"""Settings: each variable read, each mistake named."""

import pytest
from dynamodr.settings import Settings, SettingsError, load, require_replica_here

HERE = {"AWS_REGION": "us-east-1"}


def test_a_region_is_all_that_is_needed() -> None:
    settings = load(HERE)
    assert settings == Settings(aws_region="us-east-1", table_regions=("us-east-1",))
    assert (settings.table_name, settings.base_path, settings.port) == ("users", "/dynamodr", 5000)
    assert settings.dynamo_endpoint is None


def test_every_variable_is_read() -> None:
    settings = load(
        HERE
        | {
            "DYNAMO_ENDPOINT": "http://dynamodb.{region}.internal:8000/",
            "TABLE_NAME": "people",
            "TABLE_REGIONS": "us-east-1, us-west-2",
            "BASE_PATH": "/a/b/",
            "HOST": "::",
            "PORT": "0",
            "METRICS_PORT": "9999",
            "WORKERS": "3",
            "THREADS": "5",
            "DRAIN_SECONDS": "0.5",
            "WRITE_MODE": "active-region",
            "AUTH_TOKEN_FILE": "/run/token",
            "ADD_USER_BY_GET": "False",
            "LOG_LEVEL": "debug",
            "TABLE_TAGS": "team=users, cost=",
            "TABLE_DELETION_PROTECTION": "false",
            "TABLE_POINT_IN_TIME_RECOVERY": "false",
            "TABLE_WARM_THROUGHPUT_READ": "40000",
            "TABLE_WARM_THROUGHPUT_WRITE": "10000",
            "TABLE_TIMEOUT_SECONDS": "60",
            "TABLE_POLL_SECONDS": "0.25",
        }
    )
    assert settings == Settings(
        aws_region="us-east-1",
        dynamo_endpoint="http://dynamodb.{region}.internal:8000",
        table_name="people",
        table_regions=("us-east-1", "us-west-2"),
        base_path="/a/b",
        host="::",
        port=0,
        metrics_port=9999,
        workers=3,
        threads=5,
        drain_seconds=0.5,
        write_mode="active-region",
        auth_token_file="/run/token",
        add_user_by_get=False,
        log_level="DEBUG",
        table_tags={"team": "users", "cost": ""},
        table_deletion_protection=False,
        table_point_in_time_recovery=False,
        table_warm_throughput_read=40_000,
        table_warm_throughput_write=10_000,
        table_timeout_seconds=60,
        table_poll_seconds=0.25,
    )


def test_what_is_empty_is_unset() -> None:
    blank = dict.fromkeys(("TABLE_NAME", "TABLE_REGIONS", "PORT", "AUTH_TOKEN_FILE", "WRITE_MODE"), " ")
    assert load(HERE | blank) == load(HERE)


def test_the_sdks_other_name_for_the_region_will_do() -> None:
    assert load({"AWS_DEFAULT_REGION": "eu-west-1"}).aws_region == "eu-west-1"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_REGION", ""),
        ("AWS_REGION", "us-east"),
        ("AWS_REGION", "us-east-1\nus-west-2"),
        ("DYNAMO_ENDPOINT", "localhost:8000"),
        ("DYNAMO_ENDPOINT", "http://host/path"),
        ("DYNAMO_ENDPOINT", "http://{host}:8000"),
        ("DYNAMO_ENDPOINT", "http://host:{port}"),
        ("DYNAMO_ENDPOINT", "http://localhost:notaport"),
        ("DYNAMO_ENDPOINT", "http://localhost:99999"),
        ("DYNAMO_ENDPOINT", "http://host:80:90"),
        ("DYNAMO_ENDPOINT", "http://:8000"),
        ("DYNAMO_ENDPOINT", "http://a..b:80"),
        ("DYNAMO_ENDPOINT", "http://dynamo_db:8000"),
        ("DYNAMO_ENDPOINT", "http://[::1"),
        ("TABLE_NAME", "a"),
        ("TABLE_NAME", "users table"),
        ("TABLE_REGIONS", "us-east-1,,us-west-2"),
        ("TABLE_REGIONS", "us-east-1,us-east-1"),
        ("BASE_PATH", "dynamodr"),
        ("BASE_PATH", "/"),
        ("BASE_PATH", "/<x>"),
        ("BASE_PATH", "/readyz"),
        ("BASE_PATH", "/healthz/users"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("METRICS_PORT", "http"),
        ("WORKERS", "0"),
        ("THREADS", "1.5"),
        ("DRAIN_SECONDS", "-1"),
        ("DRAIN_SECONDS", "nan"),
        ("DRAIN_SECONDS", "1e3"),
        ("WRITE_MODE", "ANY"),
        ("ADD_USER_BY_GET", "no"),
        ("LOG_LEVEL", "trace"),
        ("TABLE_TAGS", "team"),
        ("TABLE_TAGS", "aws:x=1"),
        ("TABLE_TAGS", "a=1,a=2"),
        ("TABLE_TAGS", ",".join(f"k{number}=v" for number in range(51))),
        ("TABLE_TIMEOUT_SECONDS", "0"),
        ("TABLE_POLL_SECONDS", "fast"),
        ("TABLE_WARM_THROUGHPUT_READ", "11999"),
        ("TABLE_WARM_THROUGHPUT_READ", "4e4"),
        ("TABLE_WARM_THROUGHPUT_WRITE", "3999"),
        ("TABLE_WARM_THROUGHPUT_WRITE", "100000001"),
    ],
)
def test_a_mistake_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(HERE | {variable: value})
    assert raised.value.variable == variable
    assert str(raised.value).startswith(f"{variable}: ")


@pytest.mark.parametrize(
    "endpoint",
    ["http://localhost:8000", "https://db-{region}.internal", "http://10.0.0.1:8000", "http://[::1]:8000"],
)
def test_what_may_be_an_endpoint(endpoint: str) -> None:
    assert load(HERE | {"DYNAMO_ENDPOINT": endpoint}).dynamo_endpoint == endpoint


def test_serving_where_there_is_no_replica_is_a_mistake() -> None:
    require_replica_here(load(HERE | {"TABLE_REGIONS": "us-west-2,us-east-1"}))
    with pytest.raises(SettingsError, match="us-east-1"):
        require_replica_here(load(HERE | {"TABLE_REGIONS": "us-west-2"}))
