"""Requests and evidence for the tests of the verdict, in few words."""

from typing import Any

from rehearsal.drill.record import Evidence, Request

EAST, WEST = "us-east-1", "us-west-2"


def read(at: float, *, ok: bool = True, **more: Any) -> Request:
    return Request(at=at, seconds=0.01, kind="read", ok=ok, cause="" if ok else "connection reset", **more)


def write(at: float, key: str, name: str, over: str = "", region: str = EAST) -> Request:
    return Request(at=at, seconds=0.01, kind="write", ok=True, key=key, write=name, over=over, region=region)


def failed(at: float, key: str = "", over: str = "", *, doubtful: bool = False, name: str = "") -> Request:
    return Request(
        at=at,
        seconds=0.01,
        kind="write",
        ok=False,
        cause="connection reset",
        key=key,
        over=over,
        doubtful=doubtful,
        write=name,
    )


def evidence(requests: list[Request], **more: Any) -> Evidence:
    return Evidence(scenario="region-outage", source=EAST, target=WEST, requests=requests, **more)
