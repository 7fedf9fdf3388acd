"""Names that are not the linker's to change, and names that cost a board nothing.

The lists are the text files beside this module; what each is for stands at its top.
"""

from pathlib import Path

# Parameters that callers from outside may name: the console has a `print` like Python's own.
BY_KEYWORD = frozenset(("end", "file", "sep"))


def _words(name: str) -> tuple[str, ...]:
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return tuple(" ".join(line for line in lines if line[:1] != "#").split())


SHARED = frozenset(_words("shared.txt"))
CONSOLE = frozenset(_words("console.txt"))
AT_HAND = _words("at_hand.txt")
