"""Pages of a list, by MaxResults and NextToken."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.core.dials import AcceleratorError

# What the API gives when the caller doesn't say.
DEFAULT = 10


def page(name: str, every: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the page that `given` asks for; a token that was not given out is InvalidNextTokenException."""
    start = _start(given["NextToken"], name) if given.get("NextToken") else 0
    end = start + (given.get("MaxResults") or DEFAULT)
    answer: dict[str, Any] = {name: list(every[start:end])}
    if end < len(every):
        answer["NextToken"] = base64.urlsafe_b64encode(f"{name}/{end}".encode()).decode()
    return answer


def _start(token: str, name: str) -> int:
    try:
        kind, _, place = base64.urlsafe_b64decode(token.encode()).decode().partition("/")
        if kind == name and place.isascii() and place.isdigit():
            return int(place)
    except ValueError:
        pass
    raise AcceleratorError("InvalidNextTokenException", "There isn't another item to return.")
