"""Tells the story while it happens: sentences for people, and the same as data for the report."""

import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from tidegate_host.demo.clock import ShopClock
from tidegate_host.report import data

_INDENT = 4


class Teller:
    """Prints each sentence when it is said. Colours and a spinner appear on a terminal only.

    `quiet` prints nothing: the caller prints the whole thing as data at the end.
    """

    def __init__(self, clock: ShopClock, quiet: bool = False) -> None:
        """Nothing is printed yet."""
        self.steps: list[data.Step] = []
        self.lines: list[data.Line] = []
        self._clock = clock
        self._quiet = quiet
        width = None if sys.stdout.isatty() else 100
        self._console = Console(width=width, highlight=False, quiet=quiet)

    def step(self, title: str, chinese: str) -> None:
        """Begin a chapter."""
        number = len(self.steps) + 1
        shop = self._shop()
        at_ms = self._clock.elapsed_ms()
        self.steps.append(data.Step(number, at_ms, title, chinese, shop))
        head = f"[bold]{number:>2}  {shop}  {escape(title)}[/bold]  [dim]{escape(chinese)}[/dim]"
        self._console.print()
        self._console.print(head)

    def say(self, english: str, chinese: str, good: bool = True) -> None:
        """One sentence, in both languages."""
        at_ms = self._clock.elapsed_ms()
        number = len(self.steps)
        self.lines.append(data.Line(at_ms, number, self._shop(), english, chinese, good))
        self._sentence(english, chinese, "" if good else "red")

    def aside(self, english: str, chinese: str = "") -> None:
        """A sentence that belongs to no chapter and is not kept."""
        self._sentence(english, chinese, "dim")

    def busy(self, what: str) -> AbstractContextManager[object]:
        """A spinner with a few words while something takes its time; nothing in a plain log."""
        if self._quiet or not self._console.is_terminal:
            return nullcontext()
        return self._console.status(f"[dim]{escape(what)}[/dim]")

    def title(self, english: str, chinese: str) -> None:
        """A heading in what follows the story."""
        self._console.print(f"\n[bold]{escape(english)}[/bold]  [dim]{escape(chinese)}[/dim]")

    def print(self, shown: object) -> None:
        """A table or a line as it is."""
        self._console.print(shown)

    def _sentence(self, english: str, chinese: str, style: str) -> None:
        for text, how in ((english, style), (chinese, "dim")):
            if not text:
                continue
            for line in Text(text, how).wrap(self._console, self._console.width - _INDENT):
                self._console.print(Text(" " * _INDENT).append_text(line))

    def _shop(self) -> str:
        return self._clock.now().strftime("%H:%M")
