"""Reading a message of which little is known: which framing, which dialect, which peculiarities.

Everything that is not told is tried, and the reading that fits to the last byte and makes the most
sense wins. A wrong reading gives itself away quickly: a bitmap that is none, text that is not
printable, dates that do not exist.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tidegate.proto import codec, framing
from tidegate.proto.dialect import BCD_TRACK, RAW, TEXT_DIGITS, Dialect
from tidegate.proto.iso8583 import CodecError
from tidegate.proto.message import KIND_NAMES, Message
from tidegate_host import dialects

FRAMINGS = ("len2", "stx", "none")
_HEAD_BYTES = {"len2": 2, "stx": 3, "none": 0}
_PAYLOAD_BYTES_MAX = 9999

# What acquirers are known to do differently, most common first.
_LONG_F40 = {"40": "LLLVAR ans 999"}
_TEXT_F48 = {"48": "LLLVAR ans 322"}
_CUP_FIELDS: tuple[dict[str, str], ...] = ({}, _LONG_F40, _TEXT_F48, {**_LONG_F40, **_TEXT_F48})
_CUP_HEADS: tuple[dict[str, Any], ...] = (
    {},
    {"header_bytes": 0},
    {"tpdu_bytes": 0, "header_bytes": 0},
)
_ISO_HEADS: tuple[dict[str, Any], ...] = (
    {},
    {"tpdu_bytes": 5},
    {"trailing": True},
)

# How much each observation counts for or against a reading.
_FOR_FRAMING = {"len2": 6, "stx": 8, "none": 0}
_FOR_TPDU = 4
_FOR_HEADER = 4
_AGAINST_HEADER = -3
_FOR_BITMAP_DIGITS = 4
_FOR_FIELD = 1
_AGAINST_FIELD = -3
_AGAINST_OVERRIDE = -2
_AGAINST_TRAILING = -4


class ReadingError(ValueError):
    """The message fits nothing. Says where it stopped making sense, never what is in it."""


@dataclass
class Reading:
    """One message, read: what it was framed with, in which dialect, and its fields.

    `fields` maps field numbers to values as in `tidegate.proto.codec`. `tpdu` and `header` are
    bytes, empty where the dialect has none. `shift` is the framing's size in front of the payload.
    """

    dialect_name: str
    overrides: dict[str, Any]
    framing: str
    dialect: Dialect
    payload: bytes
    fields: dict[int, str]
    message: Message
    shift: int
    score: int = field(default=0)

    @property
    def tpdu(self) -> bytes:
        return self.payload[: self.dialect.tpdu_bytes]

    @property
    def header(self) -> bytes:
        return self.payload[self.dialect.tpdu_bytes : self.dialect.mti_at]

    @property
    def kind(self) -> str:
        return KIND_NAMES[self.message.kind]

    @property
    def trailing(self) -> bytes:
        return self.payload[self.message.index.end_at :]


def read(
    data: bytes,
    dialect_name: str | None = None,
    framing_name: str | None = None,
    overrides: dict[str, Any] | None = None,
) -> Reading:
    """Read one frame or payload; what is None is guessed.

    A dialect that is told is used as it stands, with `overrides` as in `dialects.load`. Raises
    ReadingError, or DialectError for a dialect that does not exist.
    """
    best: Reading | None = None
    nearest = (-1, -1, "")
    for name, changes in _dialects(dialect_name, overrides):
        dialect = _compiled(name, json.dumps(changes, sort_keys=True))
        for framed in (framing_name,) if framing_name else FRAMINGS:
            try:
                reading = _attempt(data, framed, name, changes, dialect)
            except CodecError as error:
                offset = error.offset + _HEAD_BYTES[framed]
                told = f"field {error.field} at offset {offset}: {error.reason}"
                told = f"as {name} with framing {framed}, {told}"
                nearest = max(nearest, (_promise(data, framed, dialect), offset, told))
                continue
            except ReadingError as error:
                nearest = max(nearest, (0, 0, str(error)))
                continue
            reading.score = 0 if dialect_name else _score(reading)
            if reading.score >= 0 and (best is None or reading.score > best.score):
                best = reading
    if best is None:
        raise ReadingError(nearest[2] or "it makes no sense in any dialect")
    return best


def readable(text: str) -> str:
    """Text of a field for people: bytes that are not ASCII are read as GBK where they can be.

    What is left is shown as \\xNN; no lone surrogate comes out, so the result can be printed.
    """
    raw = text.encode("ascii", "surrogateescape")
    return raw.decode("gbk", "backslashreplace")


def wire_text(text: str) -> str:
    """Text as `tidegate.proto.codec.encode` wants it: other characters as their GBK bytes."""
    return text.encode("gbk", "surrogateescape").decode("ascii", "surrogateescape")


def _dialects(
    name: str | None, overrides: dict[str, Any] | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    if name is not None:
        yield name, dict(overrides or {})
        return
    told = dict(overrides or {})
    told_fields = told.pop("fields", {})
    for head in _CUP_HEADS:
        for fields in _CUP_FIELDS:
            changes = {**head, **told}
            if fields or told_fields:
                changes["fields"] = {**fields, **told_fields}
            yield "cup", changes
    for base in ("iso87", "iso87-binbitmap"):
        for head in _ISO_HEADS:
            changes = {**head, **told}
            if told_fields:
                changes["fields"] = told_fields
            yield base, changes


@lru_cache(maxsize=64)
def _compiled(name: str, changes: str) -> Dialect:
    return Dialect(dialects.load(name, json.loads(changes)))


def _attempt(
    data: bytes, framed: str, name: str, changes: dict[str, Any], dialect: Dialect
) -> Reading:
    payload = _unframe(data, framed, dialect)
    if dialect.tpdu_bytes and payload[:1] != b"\x60":
        raise ReadingError(f"as {name} with framing {framed}, it does not begin with a TPDU")
    message = Message().read(dialect, memoryview(payload))
    return Reading(
        dialect_name=name,
        overrides=changes,
        framing=framed,
        dialect=dialect,
        payload=payload,
        fields=codec.values(message.index),
        message=message,
        shift=_HEAD_BYTES[framed],
    )


def _unframe(data: bytes, framed: str, dialect: Dialect) -> bytes:
    if framed == "none":
        return data
    if len(data) <= _HEAD_BYTES[framed]:
        raise ReadingError(f"{len(data)} bytes are too few for framing {framed}")
    if framed == "len2":
        told = int.from_bytes(data[:2], "big")
        if told != len(data) - 2:
            raise ReadingError(f"framing len2: the length says {told}, {len(data) - 2} follow")
        return data[2:]
    if len(data) > _PAYLOAD_BYTES_MAX:
        raise ReadingError("framing stx: the length has four digits, this is longer")
    if data[0] != 2:
        raise ReadingError("framing stx: it does not begin with 02")
    receiver = framing.framer("stx", _PAYLOAD_BYTES_MAX, dialect.tpdu_bytes)
    receiver.writable()[: len(data)] = data
    receiver.advance(len(data))
    payload = receiver.next()
    if payload is None or receiver.partial or receiver.garbage_bytes:
        reason = "the LRC is wrong" if receiver.lrc_errors else "length or end do not fit"
        raise ReadingError(f"framing stx: {reason}")
    return bytes(payload)


def _promise(data: bytes, framed: str, dialect: Dialect) -> int:
    # How well the front of a message fits whose fields do not: which error is worth telling.
    payload = data[_HEAD_BYTES[framed] :]
    at = dialect.tpdu_bytes + dialect.header_bytes
    points = 0 if framed == "none" else 2
    points += 2 if dialect.tpdu_bytes else 0  # its id byte was seen
    if dialect.header_bytes and 0x60 <= payload[dialect.tpdu_bytes : at][:1].ljust(1)[0] <= 0x69:
        points += 1
    mti = payload[at : at + 2].hex() if dialect.bcd else payload[at : at + 4].decode("latin-1")
    if re.fullmatch("0[1-8][0-5][0-9]", mti):
        points += 2
    if dialect.hex_bitmap and re.fullmatch(b"[0-9A-Fa-f]{16}", payload[at + 4 : at + 20]):
        points += 1
    return points


def _score(reading: Reading) -> int:
    # Negative is nonsense.
    dialect, fields = reading.dialect, reading.fields
    if not re.fullmatch("0[1-8][0-5][0-9]", fields[0]):
        return -1
    score = _FOR_FRAMING[reading.framing]
    if dialect.tpdu_bytes:
        score += _FOR_TPDU
    if dialect.header_bytes:
        score += _FOR_HEADER if 0x60 <= reading.header[0] <= 0x69 else _AGAINST_HEADER
    if dialect.hex_bitmap:
        score += _FOR_BITMAP_DIGITS
    score += _AGAINST_OVERRIDE * len(reading.overrides.get("fields", {}))
    if reading.trailing:
        score += _AGAINST_TRAILING
    for n, text in fields.items():
        if n:
            score += _FOR_FIELD if _makes_sense(dialect, n, text) else _AGAINST_FIELD
    return score


_SHAPES = {
    7: "(0[1-9]|1[0-2])([012][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]",
    12: "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]",
    13: "(0[1-9]|1[0-2])([012][0-9]|3[01])",
    15: "(0[0-9]|1[0-2])([012][0-9]|3[01])",
    38: "[0-9A-Za-z ]{6}",
    39: "[0-9A-Z]{2}",
    49: "[0-9]{3}|[A-Z]{3}",
}


def _makes_sense(dialect: Dialect, n: int, text: str) -> bool:
    encoding = dialect.table[4 * n + 1]
    if n in _SHAPES:
        return re.fullmatch(_SHAPES[n], text) is not None
    if encoding == RAW:
        return True
    if encoding == BCD_TRACK:
        return set(text) <= set("0123456789ABCDEF=")
    if encoding < BCD_TRACK or encoding == TEXT_DIGITS:
        return text.isdigit()
    return all(" " <= char <= "~" or ord(char) > 0xDC80 for char in text)
