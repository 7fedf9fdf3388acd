"""What a flash image holds, partition by partition. Secrets are counted, never shown."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from tidegate.journal.ring import JournalError
from tidegate_host import config
from tidegate_host.image import filesystem, partitions, secrets, stock
from tidegate_host.image.boards import CHIPS
from tidegate_host.image.building import BOARD_FILE
from tidegate_host.image.partitions import Partition
from tidegate_host.ledger import reading


@dataclass
class Found:
    """An image taken apart; `wrong` says what is damaged or missing, in sentences."""

    image: bytes
    chip: str = "unknown"
    board: str = ""
    micropython: str = ""
    partitions: list[Partition] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    name: str = ""
    config: str = ""

    def bytes_of(self, label: str) -> bytes:
        """The content of a partition; empty when there is none."""
        part = partitions.find(self.partitions, label)
        return self.image[part.start : part.end] if part else b""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "chip": self.chip, "board": self.board, "micropython": self.micropython,
            "bytes": len(self.image), "sha256": hashlib.sha256(self.image).hexdigest(),
            "name": self.name, "config": self.config,
            "partitions": [
                {"label": p.label, "start": p.start, "bytes": p.size, "holds": self.holds[p.label]}
                for p in self.partitions
            ],
            "files": {name: len(data) for name, data in sorted(self.files.items())},
            "wrong": self.wrong,
        }  # fmt: skip


def inspect(image: bytes) -> Found:
    """Take an image of the whole flash apart. Raises TableError when it is none."""
    table = image[partitions.TABLE_AT : partitions.TABLE_AT + partitions.TABLE_BYTES]
    found = Found(image, partitions=partitions.unpack(table))
    _boot(found)
    looks = {"factory": _app, "vfs": _files, "keys": _keys, "journal": _journal}
    for part in found.partitions:
        data = found.bytes_of(part.label)
        if len(data) < part.size:
            found.wrong.append(f"the image ends inside {part.label}")
            found.holds[part.label] = "cut off"
        elif data.count(b"\xff") == len(data) and part.label != "vfs":
            found.holds[part.label] = "blank"
        else:
            found.holds[part.label] = looks.get(part.label, _used)(found, data)
    if found.holds.get("factory") == "blank":
        found.wrong.append("there is no app in factory")
    return found


def _boot(found: Found) -> None:
    for offset in {at for _, at in CHIPS.values()}:
        piece = found.image[offset : partitions.TABLE_AT]
        if stock.length(piece):
            number = int.from_bytes(piece[12:14], "little")
            names = [name for name, (n, at) in CHIPS.items() if n == number and at == offset]
            found.chip = names[0] if names else found.chip
    if found.chip == "unknown":
        found.wrong.append("there is no boot loader, or it is damaged")


def _app(found: Found, data: bytes) -> str:
    size = stock.length(data)
    if not size or not stock.is_sound(data[:size]):
        found.wrong.append("the app is damaged or incomplete")
        return "damaged"
    found.micropython = stock.app_version(data)
    return f"MicroPython {found.micropython}, {size:,} bytes"


def _files(found: Found, data: bytes) -> str:
    try:
        found.files = filesystem.unpack(data)
        found.board = json.loads(found.files.get(BOARD_FILE, b"{}")).get("board", "")
        if "bridge.json" in found.files:
            found.name = config.read_board_file(found.files["bridge.json"])["name"]
            found.config = config.digest(found.files["bridge.json"])
    except (filesystem.FilesError, ValueError, KeyError) as error:
        found.wrong.append(f"vfs: {error}")
        return "damaged"
    return f"{len(found.files)} files, {sum(map(len, found.files.values())):,} bytes"


def _keys(found: Found, data: bytes) -> str:
    try:
        secrets.console_key(data, "keys")
    except secrets.SecretError as error:
        found.wrong.append(str(error))
        return "damaged"
    return "keys (not shown)"


def _journal(found: Found, data: bytes) -> str:
    try:
        told = reading.verify(data)
    except JournalError as error:
        found.wrong.append(f"journal: {error}")
        return "no journal"
    found.wrong += [f"journal: {each} {told[each]}" for each in told["findings"]]
    return f"{told['entries']} entries, {unsettled(told)} unsettled"


def unsettled(told: dict[str, Any]) -> int:
    """How many items of a verified journal are neither confirmed nor settled."""
    names = ("reversals", "advices", "attention", "holds")
    return sum(lane[name] for lane in told["lanes"] for name in names)


def _used(_found: Found, data: bytes) -> str:
    return f"{len(data) - data.count(0xFF):,} bytes used (not shown)"
