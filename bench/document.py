"""The measured part of a document: what stands between two markers, replaced. Pure."""

from __future__ import annotations

BEGIN = "<!-- measured: begin; make bench-doc writes what follows -->"
END = "<!-- measured: end -->"


def replaced(document: str, measured: str) -> str:
    """Put `measured` between the markers. ValueError: they are not there, once each and in order."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"the document needs one line {BEGIN!r} and, after it, one line {END!r}")
    return f"{before}{BEGIN}\n{measured.strip()}\n{END}{after}"
