"""A slip as text for a printer of 32 or 48 columns. A Chinese character is two columns wide."""

from unicodedata import east_asian_width

from tidegate_host.voucher.slip import TITLE, Pair, Slip

COLUMNS = (32, 48)
_NEVER_FIRST = tuple("。，；：）、")
LANGUAGES = ("both", "en", "zh")


def text(slip: Slip, columns: int, language: str) -> str:
    """The slip, no line wider than `columns`; `language` is "en", "zh" or "both"."""
    rows = [*_centred(chosen(TITLE, language), columns), "=" * columns]
    for label, value in slip.facts:
        rows += _row(chosen(label, language), chosen(value, language), columns)
    rows.append("-" * columns)
    for label, value in slip.line:
        rows += _row(chosen(label, language), chosen(value, language), columns)
    rows.append("-" * columns)
    for note in slip.notes:
        rows += _centred(chosen(note, language), columns)
    return "\n".join([*rows, ""])


def chosen(pair: Pair, language: str) -> str:
    """A pair in one language, or both when they differ."""
    if language == "both":
        if len(pair) > 2:
            return pair[2]
        return pair[0] if pair[0] == pair[1] else f"{pair[0]} {pair[1]}"
    return pair[LANGUAGES.index(language) - 1]


def width(text_: str) -> int:
    """Columns that a text takes."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text_)


def _centred(text_: str, columns: int) -> list[str]:
    return [" " * ((columns - width(line)) // 2) + line for line in wrapped(text_, columns)]


def _row(label: str, value: str, columns: int) -> list[str]:
    gap = columns - width(label) - width(value)
    if gap >= 1:
        return [label + " " * gap + value]
    lines = wrapped(value, columns - 2)
    return [*wrapped(label, columns), *(" " * (columns - width(line)) + line for line in lines)]


def wrapped(text_: str, columns: int) -> list[str]:
    """Broken at blanks, or inside a word that is wider than a line (Chinese has no blanks)."""
    lines, line = [], ""
    for word in text_.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= columns:
            line = joined
            continue
        if line and width(word) <= columns:
            lines.append(line)
            line = word
            continue
        line = joined
        while width(line) > columns:
            head = _fitting(line, columns)
            lines.append(head.rstrip())
            line = line[len(head) :].lstrip()
    return [*lines, line] if line or not lines else lines


def _fitting(line: str, columns: int) -> str:
    end = 0
    while end < len(line) and width(line[: end + 1]) <= columns:
        end += 1
    if end > 1 and line[end : end + 1] in _NEVER_FIRST:
        end -= 1
    return line[: max(end, 1)]
