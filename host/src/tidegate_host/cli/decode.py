"""`tidegate decode`: what is in a message, masked so that it can be pasted into a ticket."""

import re
import sys
from typing import Any

import click
import rich_click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tidegate.proto import masking
from tidegate_host import dialects, reading
from tidegate_host.cli.common import emit, fail, json_option
from tidegate_host.report.meaning import meaning

_WIDTH_OFF_TERMINAL = 160
_MTI_NAME = "message type"


@click.command(cls=rich_click.RichCommand)
@click.argument("hex_text", metavar="[HEX|-]", nargs=-1)
@click.option(
    "--dialect", metavar="NAME|FILE", help="One of the dialects, or a TOML file; else guessed."
)
@click.option("--framing", type=click.Choice(reading.FRAMINGS), help="Else guessed.")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="What this acquirer does differently: header_bytes=0, or a field: 40='LLLVAR ans 999'.",
)
@click.option("--unsafe", is_flag=True, help="Show card numbers, tracks, PIN blocks and keys.")
@json_option
def command(
    hex_text: tuple[str, ...],
    dialect: str | None,
    framing: str | None,
    settings: tuple[str, ...],
    unsafe: bool,
    as_json: bool,
) -> None:
    """Show the fields of a message, given as hexadecimal digits.

    Framing and dialect are guessed when they are not told. With "-" the messages are read from
    standard input, one a line. Card data is masked.

    \b
        tidegate decode 080000200000000000100000010011000000010030
        tidegate decode --dialect iso87 --framing none - < messages.txt
    """
    lines = _lines(hex_text)
    overrides = _overrides(settings)
    bad = 0
    for number, line in lines:
        try:
            found = reading.read(_bytes(line), dialect, framing, overrides)
        except (reading.ReadingError, dialects.DialectError) as error:
            place = f"line {number}: " if len(lines) > 1 else ""
            if len(lines) == 1 or isinstance(error, dialects.DialectError):
                fail(f"{place}{error}", _next_step(error, dialect, framing))
            click.secho(f"error: {place}{error}", file=sys.stderr, fg="red")
            bad += 1
            continue
        shown = found.fields if unsafe else masking.mask_fields(found.dialect, found.fields)
        if as_json:
            emit(_as_object(found, shown), True)
        else:
            _print(found, shown)
    if bad:
        fail(f"{bad} of {len(lines)} messages could not be decoded")


def _lines(hex_text: tuple[str, ...]) -> list[tuple[int, str]]:
    # Numbered from 1; empty lines are not messages.
    if hex_text and hex_text != ("-",):
        return [(1, " ".join(hex_text))]
    if not hex_text and sys.stdin.isatty():
        fail("no message given", "give its hexadecimal digits, or - to read from standard input")
    text = sys.stdin.buffer.read().decode("ascii", "replace")
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        fail("no message on standard input", "one message a line, as hexadecimal digits")
    return lines


class _NoDigits(reading.ReadingError):
    """Not a message yet: what was given is not written in hexadecimal digits."""


def _bytes(line: str) -> bytes:
    digits = re.sub(r"0[xX]|[\s:,]", "", line)
    if re.fullmatch("(?:[0-9A-Fa-f]{2})+", digits):
        return bytes.fromhex(digits)
    wrong = re.search("[^0-9A-Fa-f]", digits)
    if wrong:
        raise _NoDigits(f"character {wrong.start() + 1} is not a hexadecimal digit")
    raise _NoDigits(f"{len(digits)} hexadecimal digits are no whole number of bytes")


def _overrides(settings: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            fail(f"--set {setting}: no value", "for example --set header_bytes=0")
        if key.isdecimal():
            changes.setdefault("fields", {})[key] = text
        elif text in ("true", "false"):
            changes[key] = text == "true"
        elif key.startswith("accept_"):
            changes[key] = text
        else:
            changes[key] = int(text) if text.isdecimal() else text
    return changes


def _next_step(error: Exception, dialect: str | None, framing: str | None) -> str:
    if isinstance(error, _NoDigits):
        return "two hexadecimal digits a byte; spaces, colons and commas between them are ignored"
    if isinstance(error, dialects.DialectError):
        return "see firmware/dialects for what a dialect can say"
    if dialect or framing:
        return "leave --dialect and --framing out to let it guess"
    return "if the acquirer does a field differently, tell it with --set or --dialect FILE"


def _as_object(found: reading.Reading, shown: dict[int, str]) -> dict[str, Any]:
    return {
        "dialect": found.dialect_name,
        "overrides": found.overrides,
        "framing": found.framing,
        "tpdu": found.tpdu.hex().upper() or None,
        "header": found.header.hex().upper() or None,
        "kind": found.kind,
        "fields": {str(n): reading.readable(text) for n, text in shown.items()},
    }


def _print(found: reading.Reading, shown: dict[int, str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OFF_TERMINAL, highlight=False)
    console.print(escape(_summary(found)))
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("field", justify="right")
    table.add_column("name")
    table.add_column("offset", justify="right")
    table.add_column("raw", overflow="fold", max_width=32)
    table.add_column("value", overflow="fold", max_width=38)
    table.add_column("meaning", overflow="fold")
    names = dialects.field_names(found.dialect_name)
    request = found.message.is_request
    for n, text in shown.items():
        offset, raw = _raw(found, n, hidden=text != found.fields[n])
        row = (
            str(n),
            names.get(n, _MTI_NAME if n == 0 else ""),
            str(offset),
            raw,
            _printable(reading.readable(text)),
            meaning(found.dialect, shown, n, found.kind, request),
        )
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    if found.trailing:
        console.print(f"{len(found.trailing)} bytes follow the last field")


def _summary(found: reading.Reading) -> str:
    parts = [f"dialect {found.dialect_name}", f"framing {found.framing}"]
    for key, value in found.overrides.items():
        if key == "fields":
            parts += [f"field {n} as {text!r}" for n, text in value.items()]
        else:
            parts.append(f"{key} {value}")
    if found.tpdu:
        parts.append(f"TPDU {found.tpdu.hex().upper()}")
    if found.header:
        parts.append(f"header {found.header.hex().upper()}")
    return ", ".join(parts)


def _raw(found: reading.Reading, n: int, hidden: bool) -> tuple[int, str]:
    # Offset in the input and the bytes there, the field's length included; none of a masked field.
    index = found.message.index
    if n == 0:
        start, end = found.dialect.mti_at, found.dialect.bitmap_at
    else:
        start, end = index.head(n), index.end(n)
    raw = "(masked)" if hidden else found.payload[start:end].hex().upper()
    return start + found.shift, raw


def _printable(text: str) -> str:
    # A terminal obeys control characters; a field must not be able to give it orders.
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
