"""The two-Region world: one AWS endpoint for DynamoDB, Global Accelerator and STS in every Region.

    with World(WorldConfig(port=0, time_factor=0.01)) as world:
        client = boto3.client("dynamodb", region_name="us-west-2", endpoint_url=world.endpoint, ...)

Any key pair is good for everything, unless a `permit` says otherwise; the Region and the service are read
from the SigV4 credential scope. What AWS takes seconds for takes `time_factor` times as long; replication lag
is not scaled. For tests and drills in process:

    world.inject(Partition(regions=("us-east-1", "us-west-2"))) -> id; world.undo(id)    rehearsal.core.faults
    world.set_lag(median=2.0, source=..., target=...); world.state(); world.ledger(images=True)
    world.core       the pure core (take world.shell.lock to look at it while it runs)
    world.dynamodb   without HTTP: world.dynamodb.call("us-east-1", "GetItem", {...}) -> dict, raises AwsError

The same over HTTP is under /_rehearsal (rehearsal.wire.admin).
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from rehearsal.core.global_tables import GlobalTables
from rehearsal.core.links import Lag
from rehearsal.core.timings import Timings
from rehearsal.engine.moto_engine import MotoEngine
from rehearsal.engine.shell import Shell
from rehearsal.fault.desk import Desk
from rehearsal.wire.admin import Admin
from rehearsal.wire.admin_views import ledger, state
from rehearsal.wire.app import Endpoint
from rehearsal.wire.app_permit import Gate
from rehearsal.wire.app_server import Server
from rehearsal.wire.app_sts import Sts
from rehearsal.wire.dynamodb import DynamoDBApp
from rehearsal.wire.dynamodb_calls import DynamoDB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from wsgiref.types import WSGIApplication

    from rehearsal.engine.base import Engine
    from rehearsal.fault.desk import AnyFault
    from rehearsal.wire.admin import View
    from rehearsal.wire.app_permit import Permit


@dataclass(frozen=True, slots=True)
class WorldConfig:
    """What a world is made of. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 8100
    """0 lets the system choose: read world.endpoint."""
    regions: Sequence[str] = ("us-east-1", "us-west-2")
    disabled_regions: frozenset[str] = frozenset()
    """Opt-in Regions that the account has not enabled."""
    time_factor: float = 0.05
    """How long what AWS does takes, in parts of what it takes on AWS."""
    lag: Lag = field(default_factory=Lag)
    timings: Timings | None = None
    """AWS's own times, where others than the measured ones are wanted; time_factor is not applied to them."""
    seed: int | None = None
    """One seed, one history of draws; absent: another each time."""
    threads: int = 64
    """Calls answered at once; those that a fault makes slow must not keep the other Region's waiting."""
    account: str = "123456789012"
    services: Mapping[str, WSGIApplication] = field(default_factory=dict)
    """More services by signing name, such as globalaccelerator."""
    views: Mapping[str, View] = field(default_factory=dict)
    """More of GET /_rehearsal, by name."""
    permit: Permit | None = None
    """Who may do what; see rehearsal.wire.app_permit. None: any key may do everything."""
    clock: Callable[[], float] = time.time
    engine: Callable[[Sequence[str], str, threading.RLock], Engine] = MotoEngine


class World:
    """A running world. Ready when made; close it, or use it as a context."""

    def __init__(self, config: WorldConfig | None = None) -> None:
        config = config or WorldConfig()
        self.config = config
        seed = config.seed if config.seed is not None else time.time_ns()
        lock = threading.RLock()
        self.core = GlobalTables(
            config.regions,
            seed,
            timings=config.timings or Timings(factor=config.time_factor),
            lag=config.lag,
            account=config.account,
            disabled_regions=config.disabled_regions,
        )
        self.engine = config.engine(config.regions, config.account, lock)
        with ExitStack() as undo:
            undo.callback(self.engine.close)
            self.shell = Shell(self.core, self.engine, config.clock, lock)
            self.dynamodb = DynamoDB(self.shell)
            sts = Sts()
            gate = Gate(config.permit, sts.roles)
            services: dict[str, WSGIApplication] = {"dynamodb": DynamoDBApp(self.dynamodb, gate), "sts": sts}
            services.update(config.services)
            self.desk = Desk(self.shell)
            admin = Admin(self.shell, config.views, self.desk)
            app = Endpoint(self.shell, services, admin, gate, home=config.regions[0])
            self._server = Server(app, config.host, config.port, config.threads)
            undo.callback(self._server.close)
            self.port = self._server.port
            self.endpoint = f"http://{config.host}:{self.port}"
            self.shell.address = f"{config.host}:{self.port}"
            self._stop = threading.Event()
            self._time = threading.Thread(
                target=self.shell.run, args=(self._stop,), name="world-time", daemon=True
            )
            self._time.start()
            undo.pop_all()

    def inject(self, fault: AnyFault) -> str:
        """Let a fault begin; returns the id that undoes it."""
        return self.desk.inject(fault)

    def undo(self, name: str) -> bool:
        """End a fault; False when it was not on."""
        return self.desk.undo(name)

    def set_lag(
        self, median: float, sigma: float = 0.5, source: str | None = None, target: str | None = None
    ) -> None:
        """Change the replication lag of new writes."""
        with self.shell.stepping():
            self.core.replication.set_lag(Lag(median, sigma, max(5.0, 10 * median)), source, target)

    def state(self) -> dict[str, Any]:
        """Regions, tables, replication and faults, as GET /_rehearsal/state answers."""
        with self.shell.stepping() as now:
            return state(self.core, now)

    def ledger(self, table: str | None = None, *, images: bool = False) -> dict[str, Any]:
        """Lost updates by name and writes in flight, as GET /_rehearsal/ledger answers."""
        with self.shell.stepping() as now:
            return ledger(self.core, now, table, images=images)

    def cut(self) -> None:
        """Close every client's connections; new ones are served."""
        self._server.cut()

    def close(self) -> None:
        """Stop serving, and forget everything."""
        self._stop.set()
        self.desk.close()
        self.shell.wake()
        self._server.close()
        self._time.join(10)
        self.engine.close()

    def __enter__(self) -> Self:
        """Return the world, which runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
