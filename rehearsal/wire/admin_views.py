"""The core as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rehearsal.core.global_tables import GlobalTables
    from rehearsal.core.items import ItemName
    from rehearsal.core.versions import Write


def faults(core: GlobalTables) -> list[dict[str, Any]]:
    """The faults that are on, each with its id."""
    return [{"id": name, **msgspec.to_builtins(fault)} for name, fault in core.faults.items()]


def state(core: GlobalTables, now: float) -> dict[str, Any]:
    """Regions, tables, replication and faults."""
    links = [
        {
            "source": link.source,
            "target": link.target,
            "held": sorted(link.holds),
            "in_flight": len(link),
            "lag_median_seconds": link.lag.median,
        }
        for link in core.replication.links.values()
    ]
    tables = [
        {
            "region": copy.region,
            "name": copy.name,
            "status": copy.status,
            "replicas": [
                {"region": o.region, "status": o.replica_status} for o in copy.group.others(copy.region)
            ],
        }
        for copy in core.control.all_copies()
        if copy.visible
    ]
    return {
        "now": now,
        "regions": core.regions,
        "clock_skew_seconds": {region: core.replication.skew.get(region, 0.0) for region in core.regions},
        "tables": tables,
        "replication": links,
        "faults": faults(core),
    }


def ledger(core: GlobalTables, now: float, table: str | None, *, images: bool) -> dict[str, Any]:
    """What was acknowledged, what is in flight, and what was lost, by name."""
    book = core.replication.ledger
    in_flight = sorted(book.in_flight.values(), key=lambda write: write.at)
    lost = book.lost_updates()
    if table is not None:
        in_flight = [write for write in in_flight if _table(write.item) == table]
        lost = [entry for entry in lost if _table(entry.write.item) == table]
    shown_lost = []
    for entry in lost:
        shown = {
            **_write(core, entry.write),
            "fate": entry.fate,
            "won_by": entry.won_by,
            "won_at": entry.won_at_us / 1e6,
            "found_at": entry.found_at,
        }
        if images:
            shown["lost_image"] = entry.lost_image
        shown_lost.append(shown)
    shown_in_flight = []
    for write in in_flight:
        shown = {**_write(core, write), "age_seconds": now - write.at, "pending": sorted(write.pending)}
        if images:
            version = core.replication.version(write.region, write.item)
            shown["image"] = None if version is None else version.image
        shown_in_flight.append(shown)
    return {
        "now": now,
        "acknowledged": book.acknowledged,
        "in_flight": shown_in_flight,
        "lost_updates": shown_lost,
    }


def _table(item: ItemName) -> str:
    return item.table.split("/")[0]


def _write(core: GlobalTables, write: Write) -> dict[str, Any]:
    names = core.control.key_names(write.item.table)
    return {
        "table": _table(write.item),
        "key": {name: {part[0]: part[1:]} for name, part in zip(names, write.item.key, strict=False)},
        "region": write.region,
        "number": write.number,
        "at": write.at,
        "deletes": write.deletes,
    }
