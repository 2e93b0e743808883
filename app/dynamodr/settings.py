"""What the environment sets, read once, checked once, in one typed place."""

import re
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

T = TypeVar("T")
WriteMode = Literal["any", "active-region"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

# us-east-1, us-gov-west-1, eusc-de-east-1
REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
ENDPOINT = re.compile(r"https?://[^\s/?#@]+/?")
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
ROOT_ROUTES = frozenset({"livez", "readyz", "healthz"})


class SettingsError(ValueError):
    """A variable is missing or wrong; the text names it and says what it may be."""

    def __init__(self, variable: str, cure: str) -> None:
        self.variable = variable
        super().__init__(f"{variable}: {cure}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, named as its variable is, in lower case. An empty variable counts as unset."""

    aws_region: str
    """The Region this process serves."""
    dynamo_endpoint: str | None = None
    """Where DynamoDB is; `{region}` is replaced. None: what the SDK itself resolves."""
    table_name: str = "users"
    table_regions: tuple[str, ...]
    """Where the table has a replica; the first is home. Default: `aws_region` alone."""
    base_path: str = "/dynamodr"
    host: str = "0.0.0.0"  # noqa: S104 - a container serves on all its addresses
    port: int = 5000
    """0: any free port; the log line `serving` tells which."""
    metrics_port: int = 9090
    workers: int = 2
    threads: int = 16
    """A worker's. Probes need a free one while slow DynamoDB calls hold others."""
    drain_seconds: float = 5.0
    """How long SIGTERM leaves the pod serving (and unready) before it stops accepting."""
    write_mode: WriteMode = "any"
    auth_token_file: str | None = None
    auth_reads: bool = False
    """Whether reads of users need the token, too."""
    add_user_by_get: bool = True
    log_level: LogLevel = "INFO"
    table_tags: dict[str, str] = {}
    table_deletion_protection: bool = True
    table_point_in_time_recovery: bool = True
    table_warm_throughput_read: int | None = None
    """Units a second, in every Region; None: left as it is."""
    table_warm_throughput_write: int | None = None
    table_timeout_seconds: float = 240.0
    table_poll_seconds: float = 2.0


def load(environ: Mapping[str, str]) -> Settings:
    """Read `environ`; raise SettingsError for the first variable that is missing or wrong."""

    def read(variable: str, parse: Callable[[str, str], T], default: T) -> T:
        text = environ.get(variable, "").strip()
        return parse(variable, text) if text else default

    region = read("AWS_REGION", _region, "") or read("AWS_DEFAULT_REGION", _region, "")
    if not region:
        raise SettingsError("AWS_REGION", "set it to the Region this process is in, for example us-east-1")
    token_file = read("AUTH_TOKEN_FILE", _text, None)
    auth_reads = read("AUTH_READS", _flag, default=False)
    if auth_reads and not token_file:
        raise SettingsError("AUTH_READS", "is true, but AUTH_TOKEN_FILE names no file of tokens: set it, too")
    return Settings(
        aws_region=region,
        dynamo_endpoint=read("DYNAMO_ENDPOINT", _endpoint, None),
        table_name=read("TABLE_NAME", _table, "users"),
        table_regions=read("TABLE_REGIONS", _regions, (region,)),
        base_path=read("BASE_PATH", _path, "/dynamodr"),
        host=read("HOST", _text, "0.0.0.0"),  # noqa: S104 - see Settings.host
        port=read("PORT", _whole(0, 65535), 5000),
        metrics_port=read("METRICS_PORT", _whole(0, 65535), 9090),
        workers=read("WORKERS", _whole(1, 64), 2),
        threads=read("THREADS", _whole(1, 256), 16),
        drain_seconds=read("DRAIN_SECONDS", _seconds(0, 300), 5.0),
        write_mode=read("WRITE_MODE", _write_mode, "any"),
        auth_token_file=token_file,
        auth_reads=auth_reads,
        add_user_by_get=read("ADD_USER_BY_GET", _flag, default=True),
        log_level=read("LOG_LEVEL", _log_level, "INFO"),
        table_tags=read("TABLE_TAGS", _tags, {}),
        table_deletion_protection=read("TABLE_DELETION_PROTECTION", _flag, default=True),
        table_point_in_time_recovery=read("TABLE_POINT_IN_TIME_RECOVERY", _flag, default=True),
        table_warm_throughput_read=read("TABLE_WARM_THROUGHPUT_READ", _warm(12_000, "reads"), None),
        table_warm_throughput_write=read("TABLE_WARM_THROUGHPUT_WRITE", _warm(4_000, "writes"), None),
        table_timeout_seconds=read("TABLE_TIMEOUT_SECONDS", _seconds(1, 3600), 240.0),
        table_poll_seconds=read("TABLE_POLL_SECONDS", _seconds(0.01, 60), 2.0),
    )


def require_replica_here(settings: Settings) -> None:
    """Raise SettingsError unless `aws_region` is one of `table_regions`."""
    if settings.aws_region not in settings.table_regions:
        there = ",".join(settings.table_regions)
        cure = f"is {there}, without this Region: add {settings.aws_region} to it, or correct AWS_REGION"
        raise SettingsError("TABLE_REGIONS", cure)


def check_endpoint(url: str) -> None:
    """Raise ValueError where the SDK would, if only at the first call: of a host or a port that can't be."""
    from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url  # noqa: PLC0415 - takes 50 ms

    _ = urlsplit(url).port
    if not (is_valid_endpoint_url(url) or is_valid_ipv6_endpoint_url(url)):
        raise ValueError("the SDK takes no such host")


def _text(_variable: str, text: str) -> str:
    return text


def _matched(variable: str, text: str, pattern: re.Pattern[str], cure: str) -> str:
    if pattern.fullmatch(text):
        return text
    raise SettingsError(variable, f"is {text!r}: {cure}")


def _region(variable: str, text: str) -> str:
    return _matched(variable, text, REGION, "give an AWS Region, for example us-east-1")


def _regions(variable: str, text: str) -> tuple[str, ...]:
    regions = tuple(_region(variable, part.strip()) for part in text.split(","))
    if len(set(regions)) < len(regions):
        raise SettingsError(variable, f"is {text!r}: give each Region once")
    return regions


def _endpoint(variable: str, text: str) -> str:
    cure = "give http://host:port or https://host, {region} where the Region's name belongs, and no path"
    endpoint = _matched(variable, text, ENDPOINT, cure).rstrip("/")
    try:
        check_endpoint(endpoint.replace("{region}", "us-east-1"))
    except ValueError as error:
        raise SettingsError(variable, f"is {text!r} ({error}): {cure}") from error
    return endpoint


def _table(variable: str, text: str) -> str:
    return _matched(variable, text, TABLE, "a table's name is 3 to 255 letters, digits, '_', '-' and '.'")


def _path(variable: str, text: str) -> str:
    path = _matched(
        variable, text.rstrip("/"), PATH, "give a path such as /dynamodr, without a trailing slash"
    )
    if path.split("/")[1] in ROOT_ROUTES:
        raise SettingsError(variable, f"is {text!r}: the probes answer there; choose another first segment")
    return path


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def parse(variable: str, text: str) -> int:
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        raise SettingsError(variable, f"is {text!r}: give a whole number from {low} to {high}")

    return parse


def _warm(least: int, what: str) -> Callable[[str, str], int | None]:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
    def parse(variable: str, text: str) -> int:
        if text.isascii() and text.isdigit() and least <= int(text) <= 100_000_000:
            return int(text)
        cure = f"give whole units a second, from {least} (the {what} any on-demand table takes) to 100000000"
        raise SettingsError(variable, f"is {text!r}: {cure}")

    return parse


def _seconds(low: float, high: float) -> Callable[[str, str], float]:
    def parse(variable: str, text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and low <= float(text) <= high:
            return float(text)
        raise SettingsError(variable, f"is {text!r}: give seconds, from {low:g} to {high:g}")

    return parse


def _flag(variable: str, text: str) -> bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise SettingsError(variable, f"is {text!r}: give true or false")


def _write_mode(variable: str, text: str) -> WriteMode:
    modes: dict[str, WriteMode] = {"any": "any", "active-region": "active-region"}
    if text in modes:
        return modes[text]
    raise SettingsError(variable, f"is {text!r}: give any or active-region")


def _log_level(variable: str, text: str) -> LogLevel:
    levels: dict[str, LogLevel] = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR"}
    if text.lower() in levels:
        return levels[text.lower()]
    raise SettingsError(variable, f"is {text!r}: give debug, info, warning or error")


def _tags(variable: str, text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for pair in text.split(","):
        key, equals, value = (part.strip() for part in pair.partition("="))
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
        if (
            not equals
            or not 1 <= len(key) <= 128
            or len(value) > 256
            or key.startswith("aws:")
            or key in tags
        ):
            cure = "give key=value,key=value: keys once each, 1 to 128 long, not aws:..., values to 256"
            raise SettingsError(variable, f"has {pair.strip()!r}: {cure}")
        tags[key] = value
    if len(tags) > 50:
        raise SettingsError(variable, "has more than the 50 tags that AWS allows on a table")
    return tags
