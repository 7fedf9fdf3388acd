"""The log of a bridge: lines of numbers, with the names that make them readable.

A line is `MS WALL EVENT A B C`: milliseconds since the start, seconds since 2020, the event's id
and three small integers. A line that begins with `#` tells where a task of the firmware failed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.app import events as edge
from tidegate.core import events as core

_2020 = datetime(2020, 1, 1)


@dataclass(frozen=True)
class Event:
    """One line of the log. `position` is where it ends in the file, in bytes."""

    ms: int
    wall_s: int
    event: int
    a: int
    b: int
    c: int
    position: int = 0

    @property
    def name(self) -> str:
        """The event's name, for example "live-sent"; its number when it is not known."""
        names, index = core.NAMES, self.event
        if index >= edge.FIRST:
            names, index = edge.NAMES, index - edge.FIRST
        return names[index] if 0 <= index < len(names) else str(self.event)

    def row(self) -> dict[str, int | str]:
        """The line as data, with the event's name."""
        row: dict[str, int | str] = {"ms": self.ms, "wall_s": self.wall_s, "event": self.name}
        return {**row, "a": self.a, "b": self.b, "c": self.c}

    def text(self) -> str:
        """The line for a person, with the UTC time of the bridge's own clock."""
        when = _2020 + timedelta(seconds=self.wall_s)
        return f"{when:%Y-%m-%d %H:%M:%S} {self.ms:>9} ms  {self.name} {self.a} {self.b} {self.c}"


def parse(line: str, position: int = 0) -> Event | None:
    """Read one line; None for anything that is not an event.

    >>> parse("1200 189388800 101 2 1 40000").name
    'ready'
    """
    words = line.split()
    if len(words) != 6:
        return None
    try:
        return Event(*(int(word) for word in words), position=position)
    except ValueError:
        return None


def fault(line: str, names: dict[str, str]) -> str:
    """A line that begins with `#`, with the names of the sources for those of the build.

    ``names`` is what the linker made; where a short name has two uses, both are given.

    >>> fault('#   File "tidegate/__init__.py", line 1, in b', {"b": "core_live.arrive|mark"})
    '#   in core_live.arrive|mark'
    """
    before, found, word = line.rpartition(" in ")
    if found and "File" in before:
        return f"#   in {names.get(word, word)}"
    start, _, word = line.rpartition(" ")
    return f"{start} {names.get(word, word)}"


def number(name: str) -> int:
    """The id of an event by its name. Raises ValueError for a name that does not exist."""
    if name in edge.NAMES:
        return edge.FIRST + edge.NAMES.index(name)
    return core.NAMES.index(name)
