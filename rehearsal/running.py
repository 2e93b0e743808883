"""All of a rehearsal, in the order in which it stands up: world, accelerator, table, services."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rehearsal.accelerator import DEPLOY_SECONDS, Accelerator, AcceleratorConfig
from rehearsal.core.links import Lag
from rehearsal.engine.choose import engine
from rehearsal.frontdoor import FrontDoor, FrontDoorConfig
from rehearsal.healthchecks import HealthCheckConfig, HealthChecks
from rehearsal.ports import HOST, Wanted
from rehearsal.relay import Address
from rehearsal.services import ServiceConfig, Services
from rehearsal.tablejobs import TableJob
from rehearsal.views import views
from rehearsal.wire.app_permit import Permit
from rehearsal.wire.globalaccelerator import GlobalAcceleratorApi
from rehearsal.world import World, WorldConfig

REGIONS = ("us-east-1", "us-west-2")
AWS_ENDPOINT = "AWS endpoint"
FRONT_DOOR = "front door"
# A load balancer's: every 10 s, two in a row. The timeout is not scaled: this machine is no faster for it.
HEALTH_SECONDS = 10.0
HEALTH_TIMEOUT_SECONDS = 3.0
# The table job's own pace is for AWS; here it looks as often as things happen.
TABLE_POLL_SECONDS = 2.0
TABLE_SECONDS = 60.0
TABLE_AWS_SECONDS = 150.0
"""A table, an empty replica and its settings take up to 75 s: rehearsal.core.timings."""


def service(region: str) -> str:
    """What the port of a Region's service is called."""
    return f"service of {region}"


def metrics(region: str) -> str:
    """What the port of a Region's metrics is called."""
    return f"metrics of {region}"


def table_seconds(time_factor: float) -> float:
    """How long a table job may take: a global table's making, and as long again."""
    return TABLE_SECONDS + TABLE_AWS_SECONDS * time_factor


def usual_ports(regions: Sequence[str] = REGIONS) -> list[Wanted]:
    """The ports that a rehearsal needs, and the usual ones."""
    return [
        Wanted(FRONT_DOOR, 8080, "--door-port"),
        Wanted(AWS_ENDPOINT, 8100, "--aws-port"),
        *(Wanted(service(r), 5001 + n, f"--service-port {r}=PORT") for n, r in enumerate(regions)),
        *(Wanted(metrics(r), 9101 + n, f"--metrics-port {r}=PORT") for n, r in enumerate(regions)),
    ]


@dataclass(frozen=True)
class RehearsalConfig:
    """`ports` by what they are for, as `rehearsal.ports.settle` finds them. `dials` in percent."""

    ports: Mapping[str, int]
    regions: Sequence[str] = REGIONS
    dials: Mapping[str, float] = field(default_factory=lambda: {"us-east-1": 100.0, "us-west-2": 0.0})
    time_factor: float = 0.05
    lag: Lag = field(default_factory=Lag)
    seed: int | None = None
    engine: str = "moto"
    """What stores the items; see rehearsal.engine.choose."""
    service_settings: Mapping[str, str] = field(default_factory=dict)
    logs: Path | None = None
    """Where the services' logs go; a new temporary directory when absent."""
    permit: Permit | None = None
    """Who may do what in AWS; see rehearsal.wire.app_permit."""


class Rehearsal:
    """A rehearsal that stands up step by step, and is taken down as a whole, from any step."""

    def __init__(self, config: RehearsalConfig) -> None:
        """Start the world's AWS endpoint and the front door. Raises OSError when a port is taken."""
        self.config = config
        self.logs = config.logs or Path(tempfile.mkdtemp(prefix="rehearsal-"))
        factor = config.time_factor
        self.accelerator = Accelerator(
            time.time,
            AcceleratorConfig(
                dials=config.dials,
                nearest=tuple(config.regions),
                deploy_seconds=DEPLOY_SECONDS * factor,
                seed=config.seed or 0,
            ),
        )
        self.api = GlobalAcceleratorApi(self.accelerator)
        self.world = World(
            WorldConfig(
                host=HOST,
                port=config.ports[AWS_ENDPOINT],
                regions=config.regions,
                time_factor=factor,
                lag=config.lag,
                seed=config.seed,
                engine=engine(config.engine),
                services={"globalaccelerator": self.api},
                views=views(self),
                permit=config.permit,
            )
        )
        checks = HealthChecks(
            self.accelerator.endpoints,
            self.address_of,
            self.accelerator.observe,
            HealthCheckConfig(
                interval_seconds=HEALTH_SECONDS * factor,
                timeout_seconds=max(HEALTH_TIMEOUT_SECONDS, HEALTH_SECONDS * factor / 2),
            ),
        )
        self.door = FrontDoor(
            self.accelerator.route,
            self.address_of,
            time.time,
            FrontDoorConfig(HOST, config.ports[FRONT_DOOR]),
            background=[checks.run],
        )
        self._jobs: list[TableJob] = []
        self.services = Services([self._service(region) for region in config.regions])
        self.world.desk.attend(self._lose, lambda region: self.services[region].start())
        try:
            self.door.start()
        except BaseException:
            self.world.close()
            raise

    @property
    def table_seconds(self) -> float:
        """How long the table jobs may take."""
        return table_seconds(self.config.time_factor)

    @property
    def endpoint(self) -> str:
        """Where AWS answers: DynamoDB, Global Accelerator and STS of every Region."""
        return self.world.endpoint

    @property
    def url(self) -> str:
        """The front door, where the users' clients connect."""
        return self.door.url

    def address_of(self, endpoint: str) -> Address | None:
        """Where a load balancer's targets listen."""
        region = self.accelerator.endpoints.get(endpoint)
        return (HOST, self.config.ports[service(region)]) if region else None

    def table_jobs(self, said: Callable[[str, str], None] | None = None) -> list[TableJob]:
        """Start `dynamodr table ensure` in every Region at once; `said` gets a Region and a job's words."""
        settings = {
            "TABLE_POLL_SECONDS": f"{max(0.05, TABLE_POLL_SECONDS * self.config.time_factor):g}",
            "TABLE_TIMEOUT_SECONDS": f"{self.table_seconds:g}",
        }
        regions = self.config.regions
        self._jobs = [TableJob(region, self.endpoint, regions, settings, said) for region in regions]
        return self._jobs

    def close(self) -> None:
        """Take everything down: no new connection, then the services, which drain, then the world."""
        self.world.desk.close()
        for job in self._jobs:
            job.kill()
        self.door.close()
        self.services.stop()
        self.world.close()

    def __enter__(self) -> Self:
        """Return it, standing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take it down."""
        self.close()

    def _lose(self, region: str) -> None:
        self.services[region].kill()
        self.door.cut(region)

    def _service(self, region: str) -> ServiceConfig:
        return ServiceConfig(
            region=region,
            port=self.config.ports[service(region)],
            metrics_port=self.config.ports[metrics(region)],
            endpoint=self.endpoint,
            regions=self.config.regions,
            log=self.logs / f"{region}.log",
            settings=self.config.service_settings,
        )
