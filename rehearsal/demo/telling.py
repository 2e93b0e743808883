"""How the story looks: on a terminal it moves, in a pipe it is plain lines. Fits 80 columns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rehearsal.demo.claims import Claim
from rehearsal.demo.clients import Answer
from rehearsal.screen import colour

TURNED, MOVED = "‹", "›"


class Telling:
    """Writes to one console."""

    def __init__(self, console: Console, regions: Sequence[str]) -> None:
        self._console, self._regions = console, regions

    def chapter(self, number: int, headline: str) -> None:
        """Begin a step."""
        self._console.print()
        self._console.print(Text.assemble((f"{number}  ", "bold"), (headline, "bold")))

    def say(self, text: str) -> None:
        """A line of the step."""
        self._console.print(Text(f"   {text}"), style="dim")

    def region(self, region: str, text: str) -> None:
        """A line about a Region."""
        line = Text.assemble("   ", (f"{region:11}", colour(self._regions, region)), text)
        self._console.print(line, overflow="ellipsis", no_wrap=True)

    def trouble(self, text: str) -> None:
        """Why a step could not be told to its end."""
        self._console.print(Text(text, style="red"))

    def claim(self, claim: Claim) -> None:
        """A claim, checked."""
        mark = ("✓", "green") if claim.holds else ("✗", "bold red")
        self._console.print(Text.assemble("   ", mark, f" {claim.text}", (f"  {claim.found}", "dim")))

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show that something goes on; what it gives changes the text."""
        with self._console.status(Text(text[:74])) as status:
            yield lambda words: status.update(Text(words[:74]))

    @contextmanager
    def answers(self) -> Iterator[Callable[[Answer | str], None]]:
        """Show who answered each request, a letter each, as they come; what is no answer is a mark."""
        column, width = 0, self._console.width - 6

        def show(seen: Answer | str) -> None:
            nonlocal column
            letter = Text(seen, style="bold") if isinstance(seen, str) else self._letter(seen)
            self._console.print("   " if column == 0 else "", letter, sep="", end="")
            column += 1
            if column == width:
                self._console.print()
                column = 0

        yield show
        if column:
            self._console.print()
        keys = [
            Text.assemble((self._initial(one), colour(self._regions, one)), f" {one}")
            for one in self._regions
        ]
        self._console.print(
            "  ", *keys, "✗ failed", f"{TURNED} failover begins", f"{MOVED} is done", sep="  "
        )

    def summary(self, claims: Sequence[Claim], seconds: float) -> None:
        """Every claim once more, and the verdict."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("")
        table.add_column("What must be true", no_wrap=True)
        table.add_column("What was found")
        for claim in claims:
            mark = Text("✓", style="green") if claim.holds else Text("✗", style="bold red")
            table.add_row(mark, claim.text, Text(claim.found))
        self._console.print()
        self._console.print(table)
        self._console.print()
        broken = sum(not claim.holds for claim in claims)
        if broken:
            self._console.print(
                f"[bold red]{broken} of {len(claims)} did not come true[/], in {seconds:.0f} s."
            )
        else:
            self._console.print(f"[bold green]All {len(claims)} came true[/], in {seconds:.0f} s.")

    def _letter(self, answer: Answer) -> Text:
        if not answer.region:
            return Text("✗", style="bold red")
        return Text(self._initial(answer.region), style=colour(self._regions, answer.region))

    @staticmethod
    def _initial(region: str) -> str:
        return region.split("-")[1][0].upper()
