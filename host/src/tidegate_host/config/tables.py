"""Reading one table of the configuration: every key checked, every unknown key told.

Each reader method returns a usable value even after a mistake, so that one run finds them all.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from tidegate.proto.message import FORBIDDEN_LIVE
from tidegate_host.config.mistakes import Mistakes
from tidegate_host.config.places import Path

REQUIRED: Any = object()  # as a default: the key has to be there

# What a terminal could take for an approval, or for an order to sign in again or to stop.
_FORBIDDEN = tuple(code.decode() for code in FORBIDDEN_LIVE)

_SECRET_NAME = re.compile(
    r"(^|[_-])(passwords?|passwd|passphrase|psk|secrets?|tokens?|pins?|keys?|mak|tmk|pik|tdk|zmk)"
    r"([_-]?[0-9]+)?([_-]hex)?$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Table:
    """One table: `data` at `path`. Call `end()` when all its keys were read."""

    def __init__(self, mistakes: Mistakes, data: dict[str, Any], path: Path) -> None:
        self.mistakes = mistakes
        self.data = data
        self.path = path
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        return key in self.data

    def wrong(self, key: str, message: str) -> None:
        """A mistake in the value of `key`."""
        self.mistakes.add((*self.path, key), message)

    def raw(self, key: str, default: Any = REQUIRED) -> Any:
        """The value as it stands; `default` (None when required) when there is none."""
        self._known.append(key)
        if key in self.data:
            return self.data[key]
        if default is REQUIRED:
            self.mistakes.add(self.path, f"{key} is missing")
            return None
        return default

    def integer(self, key: str, default: Any, low: int, high: int) -> int:
        value = self.raw(key, default)
        if type(value) is int and low <= value <= high:
            return value
        if value is not None:
            shown = f"{key} is {_shown(value)}; allowed is a whole number from {low} to {high}"
            if isinstance(value, float):
                shown += " (money is in minor units: 50.00 is 5000)" if "amount" in key else ""
            self.wrong(key, shown)
        return default if type(default) is int else low

    def flag(self, key: str, default: Any) -> bool:
        value = self.raw(key, default)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.wrong(key, f"{key} is {_shown(value)}; allowed are true and false")
        return default is True

    def choice(self, key: str, default: Any, allowed: Iterable[str | int]) -> Any:
        """One of `allowed`; a near miss is answered with a suggestion. None after a mistake."""
        value = self.raw(key, default)
        among = list(allowed)
        if value in among and type(value) is not bool:
            return value
        if value is not None:
            names = ", ".join(str(one) for one in among)
            told = f"{key} is {_shown(value)}; allowed {_are(among)} {names}"
            self.wrong(key, told + _suggest(value, among))
        return None

    def text(self, key: str, default: Any, pattern: str = ".+", what: str = "a text") -> str:
        value = self.raw(key, default)
        if isinstance(value, str) and (value == default or re.fullmatch(pattern, value)):
            return value
        if value is not None:
            self.wrong(key, f"{key} is {_shown(value)}; allowed is {what}")
        return default if isinstance(default, str) else ""

    def code(self, key: str, default: str) -> str:
        """A response code with which the bridge itself declines."""
        value = self.text(key, default, "[0-9A-Z]{2}", "a response code such as 58")
        if value in _FORBIDDEN:
            self.wrong(
                key,
                f'{key} is "{value}", which a terminal could take for an approval or an order;'
                f" every code but {', '.join(_FORBIDDEN)} is allowed",
            )
            return default
        return value

    def time(self, key: str, default: Any, midnight_ends: bool = False) -> int:
        """A time of day as minutes; "24:00" only where it may end something."""
        value = self.raw(key, default)
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match:
            return int(match[1]) * 60 + int(match[2])
        if midnight_ends and value == "24:00":
            return 1440
        if value is not None:
            allowed = "00:00 to 24:00" if midnight_ends else "00:00 to 23:59"
            self.wrong(key, f'{key} is {_shown(value)}; allowed is "HH:MM", {allowed}')
        return 0

    def terminals(self, key: str, at_most: int) -> list[str]:
        """A list of terminal numbers (F41), filled up to eight characters; may be left out."""
        value = self.raw(key, [])
        found = []
        for i, name in enumerate(value if isinstance(value, list) else [None]):
            if not isinstance(name, str) or not 1 <= len(name) <= 8 or not name.isascii():
                told = f'{key} is a list of terminal numbers (field 41), such as ["00000002"]'
                self.mistakes.add((*self.path, key, i), told)
                continue
            found.append(f"{name:8}")
        if len(found) > at_most:
            self.wrong(key, f"there are {len(found)} terminals; {at_most} fit")
        return found

    def table(self, key: str) -> "Table":
        """A table inside; an empty one when it is not there."""
        value = self.raw(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"{key} has to be a table: [{key}]")
            value = {}
        return Table(self.mistakes, value, (*self.path, key))

    def tables(self, key: str, at_least: int, at_most: int) -> list["Table"]:
        """An array of tables, [[key]]."""
        self._known.append(key)
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.wrong(key, f"{key} has to be an array of tables: [[{key}]]")
            return []
        if len(value) < at_least:
            self.mistakes.add(self.path, f"[[{key}]] is missing; at least {at_least} is needed")
        elif len(value) > at_most:
            last = (*self.path, key, at_most)
            self.mistakes.add(last, f"there are {len(value)} [[{key}]]; {at_most} fit")
        return [Table(self.mistakes, one, (*self.path, key, i)) for i, one in enumerate(value)]

    def named(self, key: str, at_most: int) -> list[tuple[str, "Table"]]:
        """An array of tables of which each has a name of its own, with these names."""
        found: list[tuple[str, Table]] = []
        taken: dict[str, int] = {}
        for table in self.tables(key, 0, at_most):
            what = "1 to 24 characters without blanks"
            name = table.text("name", REQUIRED, '[^\\s"]{1,24}', what)
            if name in taken:
                line = self.mistakes.line((key, taken[name], "name"))
                table.wrong("name", f'name "{name}" is taken by the {key} of line {line}')
            taken.setdefault(name, len(found))
            found.append((name, table))
        return found

    def only_with(self, key: str, applies: bool, where: str) -> None:
        """Refuse `key` where it would be read and do nothing."""
        self._known.append(key)
        if not applies and key in self.data:
            self.wrong(key, f"{key} has no meaning here; it belongs to {where}")

    def end(self) -> None:
        """Tell every key that nobody asked for."""
        known = sorted(set(self._known))
        for key in self.data:
            if key in known:
                continue
            if _SECRET_NAME.search(key):
                self.wrong(
                    key,
                    f"{key} looks like a secret, and secrets never stand in this file: put it in"
                    " a file of its own or in the environment; provisioning brings it to the"
                    " board's keys partition",
                )
            else:
                told = f"{key} is not known here; allowed {_are(known)} {', '.join(known)}"
                self.wrong(key, told + _suggest(key, known))


def refuse_key_material(mistakes: Mistakes, value: Any, path: Path = ()) -> None:
    """Find private keys pasted in as values, anywhere; they are not repeated in the message."""
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_key_material(mistakes, inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            refuse_key_material(mistakes, inner, (*path, i))
    elif isinstance(value, str) and _SECRET_VALUE.search(value):
        mistakes.add(path, "a private key stands here; secrets belong in a file of their own")


def _are(among: list[Any]) -> str:
    return "is" if len(among) == 1 else "are"


def _suggest(value: Any, among: list[Any]) -> str:
    near = get_close_matches(str(value).lower(), [str(one) for one in among], 1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _shown(value: Any) -> str:
    # A value as it is written in the file; long ones, and what may be a secret, are not repeated.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else "a text of more than 40 characters"
    if isinstance(value, int | float):
        return str(value)
    return {list: "a list", dict: "a table"}.get(type(value), f"{value}")
