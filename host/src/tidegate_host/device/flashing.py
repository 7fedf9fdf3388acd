"""An image onto a board: what is checked before, what is written, and that it is there after."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tidegate.journal.ring import JournalError
from tidegate_host.device.errors import DeviceError
from tidegate_host.device.esptool import Esptool
from tidegate_host.image import partitions
from tidegate_host.image.inspecting import Found, unsettled
from tidegate_host.image.partitions import Partition
from tidegate_host.ledger import reading

Told = Callable[[int, int], None]
_BLANK = b"\xff"


def check_chip(tool: Esptool, found: Found) -> None:
    """Whether this image is for that chip. Raises DeviceError and its kin."""
    chip = tool.chip()
    if chip.family != found.chip:
        raise DeviceError(
            f"the chip on {tool.port} is an {chip.family}, the image is for an {found.chip}",
            "tidegate image build --board for this chip",
        )
    if chip.flash_bytes < len(found.image):
        raise DeviceError(
            f"the flash on {tool.port} has {chip.flash_bytes >> 20} MB, the image"
            f" {len(found.image) >> 20} MB",
            "a board with more flash, or an image for this one",
        )


def old_journal(tool: Esptool, told: Told) -> tuple[bytes, bytes]:
    """The journal and keys that are on the board now, as raw bytes; empty when there are none."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "part.bin")
        try:
            table = tool.read(partitions.TABLE_AT, partitions.TABLE_BYTES, into)
            rows = partitions.unpack(table)
        except partitions.TableError:
            return b"", b""
        parts = [partitions.find(rows, label) for label in ("journal", "keys")]
        data = [tool.read(p.start, p.size, into, told) if p else b"" for p in parts]
    return data[0], data[1]


def open_items(journal: bytes) -> int | None:
    """How many items in a journal are unsettled; None when it is damaged and nobody can tell."""
    if not journal.strip(_BLANK):
        return 0
    try:
        told = reading.verify(journal)
    except JournalError as error:
        return 0 if str(error) == "blank" else None
    if told["findings"]:
        return None
    entries = [(entry.type, entry.item) for entry in reading.entries(journal)]
    answered = {item for kind, item in entries if kind == "ANSWER"}
    unknown = {item for kind, item in entries if kind == "SENT"} - answered
    return unsettled(told) + len(unknown)


def write(tool: Esptool, found: Found, told: Told) -> int:
    """Write all of an image and blank what it has blank. -> bytes written.

    The boot loader is blanked first and written last: broken off in between, the board starts
    nothing instead of half of an image.
    """
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for at, data in _pieces(found):
            path = Path(folder, f"{at:x}.bin")
            path.touch(mode=0o600)
            path.write_bytes(data)
            parts.append((at, path, len(data)))
        blank = Path(folder, "blank.bin")
        blank.write_bytes(_BLANK * partitions.SECTOR_BYTES)
        tool.write([(parts[0][0], blank)], told)
        tool.write([(at, path) for at, path, _ in parts[1:]], told)
        tool.write([(at, path) for at, path, _ in parts[:1]], told)
    return sum(size for _, _, size in parts)


def _pieces(found: Found) -> list[tuple[int, bytes]]:
    image = found.image
    rows = sorted(found.partitions, key=lambda row: row.start)
    head = Partition("", 0, 0, 0, partitions.TABLE_AT + partitions.TABLE_BYTES)
    start = len(image[: head.size]) - len(image[: head.size].lstrip(_BLANK))
    pieces = [(start, image[start : head.end])]
    for row in rows:
        data = image[row.start : row.end]
        if row.type == 0:  # the rest of an app's partition is never read
            data = data.rstrip(_BLANK)
            data += _BLANK * (-len(data) % partitions.SECTOR_BYTES)
        pieces.append((row.start, data))
    return pieces
