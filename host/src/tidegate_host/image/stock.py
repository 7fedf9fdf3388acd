"""A stock MicroPython image: is it whole, for which chip, which version?

What is wanted is the `.bin` of micropython.org/download, which holds boot loader, partition table
and app, and begins at the boot loader; or a build of one's own with the firmware frozen in.
Checksum and hash are checked by esptool.
"""

import hashlib
import re
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tidegate_host.image import partitions
from tidegate_host.image.boards import CHIPS, Board

_MAGIC = 0xE9
_APP_MAGIC = 0xABCD5432
_HEAD_BYTES = 24
_SEGMENTS_MAX = 16
VERSION_MIN = (1, 24)


class StockError(ValueError):
    """A stock image that cannot be used: `args` are what is wrong, and the next step."""


@dataclass(frozen=True)
class Stock:
    """The parts of a stock image that go into ours."""

    version: str
    sha256: str
    bootloader: bytes
    app: bytes

    @property
    def has_firmware(self) -> bool:
        """Whether Tidegate is frozen into it: then its modules are named there."""
        return b"tidegate/__init__." in self.app


def read(path: Path, board: Board) -> Stock:
    """Check the image in `path` and take it apart. Raises StockError, OSError."""
    data = path.read_bytes()
    where = f"MicroPython for {board.facts['stock_image']}: micropython.org/download"
    base = board.facts["bootloader_offset"]
    if len(data) < _HEAD_BYTES or data[0] != _MAGIC:
        raise StockError(f"{path} is not an ESP32 image", f"take the .bin of {where}")
    _check_chip(path, data, board, where)
    try:
        table_at = partitions.TABLE_AT - base
        rows = partitions.unpack(data[table_at : table_at + partitions.TABLE_BYTES])
    except partitions.TableError as error:
        raise StockError(
            f"{path} is not a whole image: {error}",
            f"not the app-only file (.app-bin) but the .bin of {where}",
        ) from None
    factory = next((row for row in rows if row.type == 0), None)
    if factory is None:
        raise StockError(f"{path} names no place for its app", f"take the .bin of {where}")
    app = data[factory.start - base :]
    app = app[: length(app)]
    bootloader = data[: length(data)]
    for part, name in ((bootloader, "boot loader"), (app, "app")):
        _validate(path, part, name, board, where)
    return Stock(_version(path, app, where), hashlib.sha256(data).hexdigest(), bootloader, app)


def length(image: bytes) -> int:
    """How long the image at the beginning of `image` is: header, segments, checksum, hash.

    0 when it is none, or is cut off.
    """
    if len(image) < _HEAD_BYTES or image[0] != _MAGIC or image[1] > _SEGMENTS_MAX:
        return 0
    at = _HEAD_BYTES
    for _ in range(image[1]):
        if at + 8 > len(image):
            return 0
        at += 8 + struct.unpack_from("<I", image, at + 4)[0]
    at += 16 - at % 16
    at += 32 * (image[23] == 1)
    return at if at <= len(image) else 0


def is_sound(image: bytes) -> bool:
    """Whether the hash at the end of an image is that of what is before it."""
    return image[23] != 1 or hashlib.sha256(image[:-32]).digest() == image[-32:]


def app_version(app: bytes) -> str:
    """The version in the description of a MicroPython app; empty when it is another app."""
    head = app[_HEAD_BYTES + 8 :][:80]
    if len(head) < 80 or struct.unpack_from("<I", head)[0] != _APP_MAGIC:
        return ""
    if head[48:80].split(b"\0")[0] != b"micropython":
        return ""
    return head[16:48].split(b"\0")[0].decode("ascii", "replace")


def _check_chip(path: Path, data: bytes, board: Board, where: str) -> None:
    chip = struct.unpack_from("<H", data, 12)[0]
    if chip != CHIPS[board.chip][0]:
        named = next(
            (name for name, (number, _) in CHIPS.items() if number == chip), f"chip {chip}"
        )
        raise StockError(
            f"{path} is for {named}, and {board.name} has an {board.chip}", f"take {where}"
        )


def _validate(path: Path, part: bytes, name: str, board: Board, where: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(part)
        file.flush()
        command = [sys.executable, "-m", "esptool", "--chip", board.chip, "image-info", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
    verdicts = re.findall(r"(?:Checksum|Validation hash): \S+ \((\w+)", done.stdout)
    if not part or done.returncode or not verdicts or set(verdicts) != {"valid"}:
        raise StockError(
            f"{path} is damaged or incomplete: its {name}", f"download again: {where}"
        )


def _version(path: Path, app: bytes, where: str) -> str:
    version = app_version(app)
    if not version:
        raise StockError(f"{path} is not MicroPython", f"take {where}")
    number = re.match(r"v?(\d+)\.(\d+)", version)
    if not number or (int(number[1]), int(number[2])) < VERSION_MIN:
        raise StockError(
            f"{path} is MicroPython {version}; 1.24 or newer is wanted", f"take {where}"
        )
    return version


def with_flash_size(bootloader: bytes, flash_bytes: int) -> bytes:
    """The boot loader with that size of flash in its header, where it looks for it, and its hash
    to match."""
    code = (flash_bytes >> 20).bit_length() - 1
    changed = bytearray(bootloader)
    changed[3] = changed[3] & 0x0F | code << 4
    if changed[23] == 1:
        changed[-32:] = hashlib.sha256(changed[:-32]).digest()
    return bytes(changed)
