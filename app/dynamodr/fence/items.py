"""Fence and heartbeats as DynamoDB items (the low-level client's attribute values), and back."""

from collections.abc import Mapping
from typing import Any

from dynamodr.fence.record import FENCE_KEY, HEARTBEATS, Fence, Heartbeat

Attribute = dict[str, Any]
Item = dict[str, Attribute]


class MalformedItemError(ValueError):
    """A fence or heartbeat that this version can't read; whoever reads it must not take it for an absent
    one."""


def key(username: str, last_name: str) -> Item:
    """Return a primary key."""
    return {"username": {"S": username}, "last_name": {"S": last_name}}


def fence_item(fence: Fence) -> Item:
    """Return the item that stores `fence`."""
    return key(*FENCE_KEY) | {
        "active_region": {"S": fence.active_region},
        "epoch": {"N": str(fence.epoch)},
        "source": {"S": fence.source},
        "target": {"S": fence.target},
        "forced": {"BOOL": fence.forced},
        "reason": {"S": fence.reason},
        "at": {"N": str(fence.at)},
        "written_in": {"S": fence.written_in},
        "dials": _numbers(fence.dials),
    }


def read_fence(item: Mapping[str, Any] | None) -> Fence | None:
    """Return the fence in `item`, None if there is no item; raise MalformedItemError."""
    if not item:
        return None
    try:
        fence = Fence(
            active_region=item["active_region"]["S"],
            epoch=int(item["epoch"]["N"]),
            source=_text(item, "source"),
            target=_text(item, "target"),
            forced=bool(item["forced"]["BOOL"]) if "forced" in item else False,
            reason=_text(item, "reason"),
            at=_number(item, "at"),
            written_in=_text(item, "written_in"),
            dials=_read_numbers(item, "dials"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedItemError(f"the fence item cannot be read: {error!r}") from error
    if fence.epoch < 0:
        raise MalformedItemError(f"the fence item has epoch {fence.epoch}")
    return fence


def heartbeat_item(heartbeat: Heartbeat) -> Item:
    """Return the item that stores `heartbeat`."""
    return key(HEARTBEATS, heartbeat.region) | {
        "at": {"N": str(heartbeat.at)},
        "beat": {"N": str(heartbeat.beat)},
        "epoch": {"N": str(heartbeat.epoch)},
        "vouched": {"N": str(heartbeat.vouched)},
        "heard": _numbers(heartbeat.heard),
        "lag": _numbers(heartbeat.lag),
        "standing": {"S": heartbeat.standing},
        "mode": {"S": heartbeat.mode},
        "home": {"S": heartbeat.home},
    }


def read_heartbeat(item: Mapping[str, Any]) -> Heartbeat:
    """Return the heartbeat in `item`; raise MalformedItemError."""
    try:
        return Heartbeat(
            region=item["last_name"]["S"],
            at=int(item["at"]["N"]),
            beat=_number(item, "beat"),
            epoch=_number(item, "epoch"),
            vouched=_number(item, "vouched"),
            heard=_read_numbers(item, "heard"),
            lag=_read_numbers(item, "lag"),
            standing=_text(item, "standing") or "unknown",
            mode=_text(item, "mode"),
            home=_text(item, "home"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedItemError(f"a heartbeat item cannot be read: {error!r}") from error


def _numbers(values: Mapping[str, int]) -> Attribute:
    return {"M": {name: {"N": str(value)} for name, value in values.items()}}


def _read_numbers(item: Mapping[str, Any], name: str) -> dict[str, int]:
    stored = item.get(name, {"M": {}})["M"]
    return {one: int(value["N"]) for one, value in stored.items()}


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _text(item: Mapping[str, Any], name: str) -> str:
    return str(item[name]["S"]) if name in item else ""
