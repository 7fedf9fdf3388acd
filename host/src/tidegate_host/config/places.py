"""Where each key of a TOML text stands. `tomllib` reads values and forgets their lines.

The text is known to be valid TOML here: `tomllib` has read it. So this only has to find the keys.
"""

from bisect import bisect_right
from typing import Any

Path = tuple[str | int, ...]

_BLANK = " \t\r\n"
_ENDS_VALUE = ",]}#\n"


class Places:
    """The line of every table, key and array element: `line(("window", 0, "from"))`."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        _Scanner(text, self._lines).document()

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that is written down."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


class _Scanner:
    def __init__(self, text: str, lines: dict[Path, int]) -> None:
        self.text = text
        self.at = 0
        self.lines = lines
        self.starts = [0] + [i + 1 for i, char in enumerate(text) if char == "\n"]
        self.counts: dict[Path, int] = {}  # elements seen of each array of tables

    def document(self) -> None:
        table: Path = ()
        while self.skip():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        start = self.at
        many = self.text.startswith("[[", start)
        self.at += 2 if many else 1
        keys = self.keys()
        self.at += 2 if many else 1
        path: Path = ()
        for i, key in enumerate(keys):
            path = (*path, key)
            if many and i == len(keys) - 1:
                self.counts[path] = self.counts.get(path, 0) + 1
                self.note(path, start)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        self.note(path, start)
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path: Path = table
        for key in self.keys():
            path = (*path, key)
            self.note(path, start)
        self.at += 1  # the equals sign
        self.value(path)

    def keys(self) -> list[str]:
        # A dotted name; stops at the sign behind it.
        found = []
        while True:
            self.skip()
            if self.text[self.at] in "\"'":
                found.append(self.quoted())
            else:
                start = self.at
                while self.text[self.at] not in ".=] \t":
                    self.at += 1
                found.append(self.text[start : self.at])
            self.skip()
            if self.text[self.at] != ".":
                return found
            self.at += 1

    def value(self, path: Path) -> None:
        self.skip()
        self.note(path, self.at)
        first = self.text[self.at]
        if first in "\"'":
            self.quoted()
        elif first in "[{":
            self.members(path, first)
        else:
            while self.at < len(self.text) and self.text[self.at] not in _ENDS_VALUE:
                self.at += 1

    def members(self, path: Path, opening: str) -> None:
        self.at += 1
        count = 0
        while self.skip() and self.text[self.at] not in "]}":
            if self.text[self.at] == ",":
                self.at += 1
            elif opening == "[":
                self.value((*path, count))
                count += 1
            else:
                self.pair(path)
        self.at += 1

    def quoted(self) -> str:
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        start = self.at
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        content = self.text[start : self.at]
        self.at += len(mark)
        while len(mark) == 3 and self.text.startswith(quote, self.at):
            self.at += 1  # quotes that belong to the end of the content
        return content

    def skip(self) -> bool:
        # Blanks and comments; False at the end of the text.
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self.at = self.text.find("\n", self.at) % (len(self.text) + 1)
            elif self.text[self.at] in _BLANK:
                self.at += 1
            else:
                return True
        return False

    def note(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self.starts, at))


def show(path: Path, data: dict[str, Any]) -> str:
    """How a message names a table: [clock], [[window]] "night", [[route.host]] 2 of "primary"."""
    words = [str(part) for part in path if isinstance(part, str)]
    if not isinstance(path[-1], int):
        return f"[{'.'.join(words)}]"
    names = []
    here: Any = data
    for part in path:
        here = here[part]
        if isinstance(part, int):
            names.append(here.get("name") if isinstance(here, dict) else None)
    own = f'"{names[-1]}"' if isinstance(names[-1], str) else str(path[-1] + 1)
    around = f' of "{names[-2]}"' if len(names) > 1 and isinstance(names[-2], str) else ""
    return f"[[{'.'.join(words)}]] {own}{around}"
