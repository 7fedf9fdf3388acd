"""The mutations of the lists beside this file, and their place in the sources.

A list is TOML: one [[mutant]] with its name, the rule it breaks, what it would mean to a shop, the
tests that have to notice (a pytest selection, a range of worlds, or both: then each has to), and
one [[mutant.edit]] for every place that changes. `old` occurs exactly once in its file.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Edit:
    """One replacement in one file, which is named from the root of the repository."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One fault that the tests have to find. `worlds`: first seed and the one after the last."""

    name: str
    rule: str
    says: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    worlds: tuple[int, int]


def load():
    """Return every mutant of every list, in the order of the lists."""
    found = []
    for path in sorted(HERE.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["mutant"]:
            edits = tuple(Edit(**edit) for edit in row["edit"])
            worlds = row.get("worlds", (0, 0))
            found.append(
                Mutant(
                    row["name"], row["rule"], row["says"], edits,
                    tuple(row.get("tests", ())), (worlds[0], worlds[1]),
                )
            )  # fmt: skip
    return found


def misfits(mutant, root=ROOT):
    """Return what keeps a mutant from being applied, one line for each edit; [] when it fits."""
    wrong = []
    for edit in mutant.edits:
        path = root / edit.file
        count = path.read_text("utf-8").count(edit.old) if path.is_file() else 0
        if count != 1:
            wrong.append(f"{mutant.name}: found {count} times in {edit.file}")
        if edit.old == edit.new:
            wrong.append(f"{mutant.name}: changes nothing")
    return wrong


def apply(mutant, root):
    """Apply it under `root`. Returns {path: the text as it was}, for `restore`."""
    before = {}
    for edit in mutant.edits:
        path = root / edit.file
        text = path.read_text("utf-8")
        before.setdefault(path, text)
        path.write_text(text.replace(edit.old, edit.new, 1), encoding="utf-8")
    return before


def restore(before):
    """Undo what `apply` did."""
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
