"""The partition table of an ESP32: from partitions.csv to its bytes in flash and back.

Rows of 32 bytes: magic, type, subtype, start and size in bytes, label, flags; then a row with the
MD5 of those before (ESP-IDF, "Partition Tables").
"""

import csv
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

TABLE_AT = 0x8000
TABLE_BYTES = 0x1000
TABLE_ROOM_BYTES = 0xC00  # the boot loader reads no further
SECTOR_BYTES = 4096
NEEDED = ("nvs", "phy_init", "factory", "vfs", "journal", "keys")

_ROW = struct.Struct("<HBBII16sI")
_MAGIC = 0x50AA
_MD5_HEAD = b"\xeb\xeb" + b"\xff" * 14
_APP_ALIGN = 0x10000
_TYPES = {"app": 0, "data": 1}
_SUBTYPES = {
    ("app", "factory"): 0, ("data", "ota"): 0, ("data", "phy"): 1, ("data", "nvs"): 2,
    ("data", "undefined"): 6, ("data", "fat"): 0x81, ("data", "spiffs"): 0x82,
}  # fmt: skip


class TableError(ValueError):
    """A partition table that cannot be used; the text says which row and why."""


@dataclass(frozen=True)
class Partition:
    """One row; `start` and `size` are bytes of flash."""

    label: str
    type: int
    subtype: int
    start: int
    size: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.size


def read_csv(path: Path) -> list[Partition]:
    """The rows of a partitions.csv, with every offset and size given. Raises TableError."""
    rows = []
    lines = [line for line in path.read_text("utf-8").splitlines() if line.split("#")[0].strip()]
    for row in csv.reader(lines, skipinitialspace=True):
        try:
            label, kind, sub, start, size = (cell.strip() for cell in row[:5])
            rows.append(
                Partition(label, _TYPES[kind], _SUBTYPES[kind, sub], int(start, 0), int(size, 0))
            )
        except (ValueError, KeyError):
            raise TableError(f"{path.name}: this row cannot be read: {','.join(row)}") from None
    return rows


def check(rows: list[Partition], flash_bytes: int) -> list[str]:
    """What is wrong with a layout, in sentences; empty when nothing is."""
    labels = [row.label for row in rows]
    wrong = [f"there is no partition {name}" for name in NEEDED if name not in labels]
    end = TABLE_AT + TABLE_BYTES
    for row in sorted(rows, key=lambda row: row.start):
        if row.start < end:
            wrong.append(f"{row.label} begins at {row.start:#x}, inside what is before it")
        align = SECTOR_BYTES if row.type else _APP_ALIGN
        if row.start % align or row.size % SECTOR_BYTES or not row.size:
            wrong.append(f"{row.label} does not lie on whole sectors")
        end = row.end
    if end > flash_bytes:
        wrong.append(f"the table ends at {end:#x}, the flash at {flash_bytes:#x}")
    return wrong


def pack(rows: list[Partition]) -> bytes:
    """The sector that lies at TABLE_AT."""
    table = b"".join(
        _ROW.pack(_MAGIC, row.type, row.subtype, row.start, row.size, row.label.encode(), 0)
        for row in rows
    )
    table += _MD5_HEAD + hashlib.md5(table, usedforsecurity=False).digest()
    return table.ljust(TABLE_BYTES, b"\xff")


def unpack(table: bytes) -> list[Partition]:
    """The rows of a table as it is in flash. Raises TableError when it is none, or damaged."""
    rows = []
    for at in range(0, TABLE_ROOM_BYTES, _ROW.size):
        piece = table[at : at + _ROW.size]
        if piece[:16] == _MD5_HEAD:
            if piece[16:] != hashlib.md5(table[:at], usedforsecurity=False).digest():
                raise TableError("the partition table is damaged: its MD5 does not match")
            return rows
        if len(piece) < _ROW.size or piece == b"\xff" * _ROW.size:
            break
        magic, kind, sub, start, size, label, _ = _ROW.unpack(piece)
        if magic != _MAGIC:
            break
        rows.append(
            Partition(label.rstrip(b"\0").decode("ascii", "replace"), kind, sub, start, size)
        )
    if not rows:
        raise TableError("there is no partition table")
    return rows


def find(rows: list[Partition], label: str) -> Partition | None:
    """The partition of that label, or None."""
    return next((row for row in rows if row.label == label), None)
