"""Dialects: from the TOML files that people write to the compiled objects that the board loads.

A file names another with `extends` and gives only what differs. The board has no TOML; it gets the
result of `load` inside its configuration.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from tidegate.proto import dialect as wire
from tidegate.proto.answer import FORBIDDEN_LIVE
from tidegate_host import paths

_SETTINGS: dict[str, tuple[Any, ...] | type] = {
    "family": ("cup", "iso87"),
    "tpdu_bytes": (0, 5),
    "header_bytes": int,
    "mti": ("bcd", "ascii"),
    "bitmap": ("bin", "hex"),
    "numeric": ("bcd", "ascii"),
    "lengths": ("bcd", "ascii"),
    "trailing": (False, True),
    "mac": ("cup-ecb", "none"),
    "accept": ("shadow", "code"),
    "accept_reversal": str,
    "accept_advice": str,
    "advice_idempotent": (False, True),
}
_ON_THE_HOST_ONLY = ("numeric", "lengths")  # the field table says it all to the board
_HEADER_BYTES_MAX = 64
_FORMAT = re.compile(r"(?:(LL|LLL)VAR )?(n|z|an|ans|b) ([0-9]{1,3})( left)?")


class DialectError(ValueError):
    """A dialect or an override that does not exist or says something impossible."""


def names() -> list[str]:
    """The dialects that come with Tidegate, sorted."""
    return sorted(path.stem for path in paths.dialects_root().glob("*.toml"))


def load(name_or_path: str | Path, overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """Compile a dialect for `tidegate.proto.dialect.Dialect`.

    `name_or_path` is one of `names()` or a TOML file. `overrides` holds settings of one acquirer
    by the names of the TOML file, fields under "fields" as number -> format:

        load("cup", {"header_bytes": 0, "fields": {"40": "LLLVAR ans 999"}})

    The result is a flat JSON object; the same input gives the same bytes. Raises DialectError.
    """
    source = _source(name_or_path)
    changes = dict(overrides or {})
    fields = _rows(source)
    for number, row in changes.pop("fields", {}).items():
        fields[_number(number)] = _format(row)
    settings: dict[str, Any] = {}
    given = {key: value for key, value in source.items() if key not in ("name", "fields")}
    for key, value in {**given, **changes}.items():
        if key not in _SETTINGS:
            allowed = ", ".join([*_SETTINGS, "fields"])
            raise DialectError(f"{key} is not a setting of a dialect; allowed are {allowed}")
        settings[key] = value
    for key in _SETTINGS:
        _check(key, settings.get(key))
    _check_accepting(settings)
    table = _table(fields, settings)
    compiled = {k: v for k, v in settings.items() if k not in _ON_THE_HOST_ONLY}
    return {"name": source["name"], **compiled, "fields": table.hex()}


def field_names(name_or_path: str | Path) -> dict[int, str]:
    """What each field of a dialect is called, by its number."""
    fields = _source(name_or_path)["fields"]
    return {int(n): row[1] for n, row in fields.items() if not isinstance(row, str)}


def _source(name_or_path: str | Path) -> dict[str, Any]:
    # The TOML file with what it extends folded in.
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = paths.dialects_root() / f"{name_or_path}.toml"
        if not path.is_file():
            raise DialectError(
                f"there is no dialect {name_or_path}; there are {', '.join(names())}"
            )
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DialectError(f"cannot read dialect {path.name}: {error}") from None
    base_name = data.pop("extends", None)
    if base_name is None:
        return {"name": path.stem, "fields": {}, **data}
    if base_name == path.stem:
        raise DialectError(f"dialect {path.name} extends itself")
    base = _source(base_name)
    fields = {**base["fields"], **data.pop("fields", {})}
    return {**base, "name": path.stem, **data, "fields": fields}


def _rows(source: dict[str, Any]) -> dict[int, str]:
    return {_number(n): _format(row) for n, row in source["fields"].items()}


def _format(row: Any) -> str:
    # A row is a format, or a list of format and name.
    return str(row[0]) if isinstance(row, list) and row else str(row)


def _number(text: str | int) -> int:
    number = int(text) if str(text).isdecimal() else 0
    if not 2 <= number <= 128 or number == 65:
        raise DialectError(f"{text} is not a field; fields are 2 to 64 and 66 to 128")
    return number


def _check(key: str, value: Any) -> None:
    allowed = _SETTINGS[key]
    if key == "header_bytes":
        if type(value) is not int or not 0 <= value <= _HEADER_BYTES_MAX:
            raise DialectError(f"header_bytes is 0 to {_HEADER_BYTES_MAX}")
    elif allowed is str:
        if not isinstance(value, str) or not re.fullmatch("[0-9A-Z]{2}", value):
            raise DialectError(f"{key} is a response code of two characters")
    elif isinstance(allowed, tuple):
        same = [one for one in allowed if one == value and type(one) is type(value)]
        if not same:
            shown = ", ".join(str(one).lower() for one in allowed)
            raise DialectError(f"{key} is one of {shown}")


def _check_accepting(settings: dict[str, Any]) -> None:
    # An approval of a sealed message needs the terminal's key; the bridge has none (rule M7).
    if settings["mac"] == "none":
        return
    for key in ("accept_reversal", "accept_advice"):
        if settings[key].encode() in FORBIDDEN_LIVE:
            raise DialectError(f"{key} {settings[key]} would fake an approval; needs mac = none")


# What the bridge and the terminal rely on: field -> length and whether it is digits.
_NEEDED = {
    3: (6, True),
    4: (12, True),
    11: (6, True),
    12: (6, True),
    13: (4, True),
    37: (12, False),
    38: (6, False),
    39: (2, False),
    41: (8, False),
    42: (15, False),
}


def _check_needed(number: int, row: bytes) -> None:
    length, digits = _NEEDED[number]
    encodings = (wire.BCD, wire.TEXT_DIGITS) if digits else (wire.TEXT,)
    if row[0] != wire.FIXED or row[1] not in encodings or row[3] != length:
        kind = "n" if digits else "an or ans"
        raise DialectError(f"field {number} has to be {kind} {length}: the bridge relies on it")


def _table(fields: dict[int, str], settings: dict[str, Any]) -> bytes:
    # Four bytes a field, see tidegate.proto.dialect.
    most = 128 if settings["family"] == "iso87" else 64
    table = bytearray(4 * (most + 1))
    for number, text in fields.items():
        if number > most:
            raise DialectError(f"field {number} is beyond the {most} fields of this dialect")
        row = _row(number, text, settings)
        if number in _NEEDED:
            _check_needed(number, row)
        table[4 * number : 4 * number + 4] = row
    return bytes(table)


def _row(number: int, text: str, settings: dict[str, Any]) -> bytes:
    match = _FORMAT.fullmatch(text)
    if match is None:
        raise DialectError(
            f"field {number}: {text!r} is not a format; it is [LLVAR|LLLVAR] n|z|an|ans|b LENGTH"
            " [left], for example 'LLVAR n 19'"
        )
    variable, content, digits, left = match.groups()
    length = int(digits)
    packed = settings["numeric"] == "bcd"
    if not variable:
        kind = wire.FIXED
        if not 1 <= length <= 255:
            raise DialectError(f"field {number}: a fixed length is 1 to 255")
    else:
        if length < 1 or (variable == "LL" and length > 99):
            raise DialectError(f"field {number}: {length} does not fit a {variable}VAR length")
        bcd, ascii_ = {"LL": (wire.LL_BCD, wire.LL_TEXT), "LLL": (wire.LLL_BCD, wire.LLL_TEXT)}[
            variable
        ]
        kind = bcd if settings["lengths"] == "bcd" else ascii_
    encoding = {"an": wire.TEXT, "ans": wire.TEXT, "b": wire.RAW}.get(content, wire.TEXT_DIGITS)
    if content == "z":
        encoding = wire.BCD_TRACK if packed else wire.TEXT
    elif content == "n" and packed:
        encoding = wire.BCD_LEFT if left and not variable else wire.BCD
    return bytes((kind, encoding, length >> 8, length & 255))
