"""Where the journal is in a file: a bare region, or a whole flash image with a partition table."""

import struct
from pathlib import Path

from tidegate.journal.sector import SECTOR_BYTES

_TABLE_AT = 0x8000  # where the boot loader of an ESP32 looks
_TABLE_ROWS = 95
_ROW_BYTES = 32
_ROW_MAGIC = 0x50AA
_LABEL = b"journal"


class RegionError(ValueError):
    """There is no journal to be found in that file; the text says why."""


def read_region(path: Path, offset: int | None = None, size: int | None = None) -> bytes:
    """The bytes of the journal region in `path`.

    Without `offset`, the partition called "journal" of an ESP32 image, or else the whole file. All
    in bytes; both must be whole sectors of 4096. Raises RegionError.
    """
    image = path.read_bytes()
    if offset is None:
        offset, found = _partition(image) or (0, len(image) - len(image) % SECTOR_BYTES)
        size = found if size is None else size
    if size is None:
        size = len(image) - offset
    if offset % SECTOR_BYTES or size % SECTOR_BYTES:
        raise RegionError(f"offset and size must be multiples of {SECTOR_BYTES}")
    if size <= 0:
        raise RegionError(f"it has {len(image)} bytes, which is less than one sector")
    if offset < 0 or offset + size > len(image):
        raise RegionError(f"it has {len(image)} bytes, the region would end at {offset + size}")
    return image[offset : offset + size]


def _partition(image: bytes) -> tuple[int, int] | None:
    for row in range(_TABLE_ROWS):
        entry = image[_TABLE_AT + row * _ROW_BYTES : _TABLE_AT + (row + 1) * _ROW_BYTES]
        if len(entry) < _ROW_BYTES:
            return None
        magic, _, _, start, size, label, _ = struct.unpack("<HBBII16sI", entry)
        if magic != _ROW_MAGIC:
            return None
        if label.rstrip(b"\0") == _LABEL:
            return start, size
    return None
