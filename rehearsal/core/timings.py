"""How long AWS takes for what it does to global tables, in seconds, measured, and scaled for a rehearsal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from random import Random


Span: TypeAlias = tuple[float, float]
"""Between so many and so many seconds on AWS."""


@dataclass(frozen=True, slots=True)
class Timings:
    """AWS's own times, each drawn between its bounds and multiplied by `factor`.

    From docs/api-quirks of github.com/aws-controllers-k8s/dynamodb-controller: DDB-TABLE-226, 228, 230, 296,
    298, 306, 308 and 310.
    """

    factor: float = 1.0
    create_table: Span = (5.0, 8.0)
    delete_table: Span = (4.0, 8.0)
    update_table: Span = (1.0, 3.0)
    update_global_table: Span = (34.0, 39.0)
    warm_throughput: Span = (271.6, 500.9)
    """To raise warm throughput, through which the table stays ACTIVE: DDB-TABLE-066, 121 and 179."""
    replica_listed: Span = (5.5, 6.7)
    """From the 200 of a Create to its entry in Replicas."""
    replica_visible_empty: Span = (9.5, 10.5)
    replica_visible: Span = (60.0, 68.0)
    """From the 200 to DescribeTable in the replica's Region."""
    replica_active_empty: Span = (14.4, 49.0)
    replica_active: Span = (494.0, 686.0)
    """From the 200 to ACTIVE everywhere; the base of a table with items is ACTIVE for a part of it."""
    base_resumes_update: Span = (175.0, 185.0)
    dropped_create: Span = (6.5, 12.0)
    """From the 200 of a Create that AWS silently gives up to ACTIVE again, with no entry."""
    strong: Span = (15.6, 15.7)
    strong_with_witness: Span = (59.5, 86.0)
    """The same of a strongly consistent table, of three replicas, or of two and a witness."""
    replica_deleting: Span = (31.0, 47.0)
    """From the 200 of a Delete to DELETING; the source is UPDATING until then."""
    replica_unlisted: Span = (121.0, 208.0)
    replica_gone_after: Span = (10.0, 35.0)
    """From the entry's end to ResourceNotFoundException in the replica's Region."""
    expiry: Span = (60.0, 600.0)
    """From one look for expired items to the next. AWS promises no more than "a few days"."""
    source_rule: float = 24 * 3600.0
    """How long a table that was the source of a replica can't be deleted while that replica stands."""

    def draw(self, span: Span, rng: Random) -> float:
        """Return one duration in the rehearsal's seconds."""
        return self.factor * rng.uniform(*span)
