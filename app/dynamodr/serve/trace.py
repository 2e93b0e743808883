"""W3C Trace Context (https://www.w3.org/TR/trace-context/): which trace a request is part of."""

import re
from typing import NamedTuple

# A later version may say more behind a dash; this one ends here.
_PARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)


class Parent(NamedTuple):
    """The caller's part of a trace."""

    trace_id: str
    span_id: str
    sampled: bool


def parent(header: str) -> Parent | None:
    """Read a `traceparent`; None if it is not one, which is then ignored, as the standard says."""
    match = _PARENT.fullmatch(header)
    if match is None or (match["version"] == "00" and match["more"]):
        return None
    return Parent(match["trace"], match["span"], bool(int(match["flags"], 16) & 1))
