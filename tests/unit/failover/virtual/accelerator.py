"""An accelerator in virtual time: dials that are stored at once and obeyed later."""

from dynamodr.failover.ports import CallFailedError
from dynamodr.failover.view import Accelerator, Group

from tests.unit.failover.virtual.time import Time


class Edge:
    """Implements `failover.ports.AcceleratorCalls`; two listeners."""

    def __init__(self, time: Time, regions: tuple[str, ...], dials: dict[str, int] | None = None) -> None:
        self.time = time
        self.regions = regions
        self.asked = {f"{region}/{port}": 100.0 for region in regions for port in (80, 443)}
        for region, dial in (dials or {}).items():
            for port in (80, 443):
                self.asked[f"{region}/{port}"] = dial
        self.obeyed = dict(self.asked)
        self.deploying = 0
        self.deploy_seconds = 3.0
        self.healthy = dict.fromkeys(regions, True)
        self.ill: set[str] = set()
        """Endpoint groups without a healthy endpoint, be their Region healthy or not."""
        self.enabled = True
        self.down = False
        self.refusing: set[str] = set()
        """Endpoint groups whose dial can't be turned."""
        self.dark: list[str] = []
        """Every moment at which a listener led nowhere."""

    def look(self) -> Accelerator:
        self._reach()
        groups = tuple(
            Group(
                arn=arn,
                region=arn.partition("/")[0],
                listener=arn.partition("/")[2],
                dial=dial,
                health={"lb": "HEALTHY" if self._well(arn) else "UNHEALTHY"},
            )
            for arn, dial in self.asked.items()
        )
        deployed = self.deploying == 0
        return Accelerator(arn="arn", name="users", deployed=deployed, enabled=self.enabled, groups=groups)

    def dial(self, group: str, percentage: int) -> None:
        self._reach()
        if group in self.refusing:
            raise CallFailedError("us-west-2: LimitExceededException")
        self.asked[group] = percentage
        self.deploying += 1
        self.time.at(self.deploy_seconds, lambda: self._obey(group, percentage))
        self._watch("asked", self.asked)

    def set_dial(self, region: str, percentage: int) -> None:
        for group in [arn for arn in self.asked if arn.startswith(region)]:
            self.asked[group] = self.obeyed[group] = percentage

    def on(self, region: str) -> bool:
        return self.obeyed[f"{region}/443"] > 0

    def _well(self, arn: str) -> bool:
        return self.healthy[arn.partition("/")[0]] and arn not in self.ill

    def _obey(self, group: str, percentage: float) -> None:
        self.deploying -= 1
        self.obeyed[group] = percentage
        self._watch("obeyed", self.obeyed)

    def _watch(self, what: str, dials: dict[str, float]) -> None:
        for port in ("80", "443"):
            if not any(dial > 0 for arn, dial in dials.items() if arn.endswith(f"/{port}")):
                self.dark.append(f"{what} at {self.time.now():.2f} s: {dials}")

    def _reach(self) -> None:
        self.time.sleep(0.02)
        if self.down:
            self.time.sleep(0.5)
            raise CallFailedError("us-west-2: no answer in 0.5 s")
