"""Looks for card data where none may be: in the flash image, the logs, the page, the words."""

from collections.abc import Iterable
from pathlib import Path


def find(files: Iterable[Path], secrets: Iterable[str]) -> list[str]:
    """One sentence for every file that has one of the digit strings in it, in any usual form.

    A digit string (a card number, the data of a track) is looked for as text and as packed digits,
    whether it begins at a byte or in the middle of one. The sentences do not repeat it.
    """
    wanted = sorted(set(secrets))
    if any(len(each) < 10 or not each.isdecimal() for each in wanted):
        raise ValueError("a secret to look for has at least ten digits")
    found = []
    for path in files:
        data = path.read_bytes()
        packed = data.hex()
        hits = sum(each.encode() in data or each in packed for each in wanted)
        if hits:
            found.append(f"{path.name} contains {hits} of {len(wanted)} secrets")
    return found
