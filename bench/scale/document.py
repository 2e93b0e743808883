"""A document with generated parts: each between two comments that name it. Pure."""

from __future__ import annotations

import re

PART = re.compile(r"(<!-- scale: (?P<name>[a-z]+) -->\n)(.*?)(<!-- scale: end -->)", re.DOTALL)


def filled(document: str, parts: dict[str, str]) -> str:
    """Put each part where its name stands. ValueError: the document wants others than there are."""
    wanted = [found["name"] for found in PART.finditer(document)]
    if sorted(wanted) != sorted(parts):
        raise ValueError(f"the document has the parts {sorted(wanted)}, and there are {sorted(parts)}")
    return PART.sub(lambda found: f"{found[1]}{parts[found['name']]}\n{found[4]}", document)
