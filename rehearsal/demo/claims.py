"""What the story says, and whether it came true."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Claim(NamedTuple):
    """Something that must be true, and what was found."""

    text: str
    found: str
    holds: bool


class Untold(Exception):  # noqa: N818 - the story's word for it
    """A step that could not be told to its end; the text says why."""


@dataclass
class Claims:
    """All claims of a story, in its order."""

    all: list[Claim] = field(default_factory=list)

    def add(self, text: str, found: str, *, holds: bool) -> Claim:
        """Note a claim."""
        claim = Claim(text, found, holds)
        self.all.append(claim)
        return claim

    @property
    def hold(self) -> bool:
        """Whether there are claims and all of them are true."""
        return bool(self.all) and all(claim.holds for claim in self.all)
