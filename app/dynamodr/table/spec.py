"""What the table should be."""

from collections.abc import Mapping

import msgspec

from dynamodr.settings import Settings

HASH = "username"
RANGE = "last_name"
# As CreateTable takes it and DescribeTable gives it: (attribute, role), in order.
KEYS = ((HASH, "HASH"), (RANGE, "RANGE"))
TYPES = ((HASH, "S"), (RANGE, "S"))


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One table, its Regions, and what this Region's own job sets on this Region's replica."""

    name: str
    own: str
    """The Region this job runs in; one of `regions`."""
    regions: tuple[str, ...]
    """Home first: replicas are added through it."""
    tags: dict[str, str] = {}
    """Set on the own Region's replica; others that are there stay."""
    deletion_protection: bool = True
    """False: left as it is. The job strengthens, it never takes protection away."""
    point_in_time_recovery: bool = True
    """False: left as it is, for turning it off throws the continuous backups away."""
    warm_read: int | None = None
    warm_write: int | None = None
    """Units a second, in every Region. None: left as it is."""
    own_role: bool = True
    """False: a pod that was given no role, and so asks as its node. Another pod may be given one."""

    @property
    def home(self) -> str:
        """The Region that the others are replicated from at first."""
        return self.regions[0]


# What the EKS webhooks for IRSA and for Pod Identity put into a pod that they see in time.
ROLE_VARIABLES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ACCESS_KEY_ID")


def spec_of(settings: Settings, environ: Mapping[str, str]) -> Spec:
    """Take from the settings what concerns the table."""
    in_pod = "KUBERNETES_SERVICE_HOST" in environ
    return Spec(
        name=settings.table_name,
        own=settings.aws_region,
        regions=settings.table_regions,
        tags=settings.table_tags,
        deletion_protection=settings.table_deletion_protection,
        point_in_time_recovery=settings.table_point_in_time_recovery,
        warm_read=settings.table_warm_throughput_read,
        warm_write=settings.table_warm_throughput_write,
        own_role=not in_pod or any(environ.get(variable) for variable in ROLE_VARIABLES),
    )
