"""A complete flash image: stock MicroPython, our partition table, the firmware, a configuration.

The same inputs give the same bytes. What no partition holds is blank, and so is the journal.
"""

import json
from pathlib import Path
from typing import Any

from tidegate_host import config, paths
from tidegate_host.device import package
from tidegate_host.image import filesystem, partitions, stock
from tidegate_host.image.boards import Board
from tidegate_host.image.stock import Stock

BOARD_FILE = "board.json"
LOCK_FILE = "locked"  # firmware/main.py looks for it


class BuildError(ValueError):
    """What was asked for does not go together: `args` are what is wrong, and the next step."""


def fit(compiled: dict[str, Any], board: Board) -> None:
    """Give the serial terminals of a configuration the pins of this board. Raises BuildError."""
    uarts = {str(uart["number"]): uart for uart in board.facts["uart"]}
    for terminal in compiled["terminals"]:
        if terminal["type"] != "serial":
            continue
        number = terminal["path"].split(":")[0]
        if number not in uarts:
            raise BuildError(
                f"terminal {terminal['name']} is on {terminal['path']}, and {board.name} has"
                f" UART {', '.join(uarts)}",
                f'path = "{next(iter(uarts))}" in bridge.toml; or another --board',
            )
        if ":" not in terminal["path"]:
            terminal["path"] = f"{number}:{uarts[number]['tx']}:{uarts[number]['rx']}"


def files(
    compiled: dict[str, Any], certificates: dict[str, bytes], made: Path | None, board: Board
) -> dict[str, bytes]:
    """What the board's file system holds, by path.

    `made` is a folder of a compiled firmware; None for an image that has it frozen in: from the
    file system it would be loaded into the heap instead.
    """
    inside = (package.firmware(made, "esp32") if made else {}) | certificates
    inside["main.py"] = (paths.firmware_root() / "main.py").read_bytes()
    if compiled["console"] == "locked":
        inside[LOCK_FILE] = b""
    inside[package.CONFIG] = config.compile_bytes(compiled)
    settings = {"board": board.name}
    for wiring in ("ethernet", "pins"):
        if wiring in board.facts:
            settings[wiring] = board.facts[wiring]
    inside[BOARD_FILE] = json.dumps(settings, sort_keys=True).encode()
    return inside


def assemble(
    board: Board, base: Stock, inside: dict[str, bytes], nvs: bytes, keys: bytes
) -> bytes:
    """The image of the whole flash. Raises BuildError, FilesError."""
    room = board.partition("factory").size
    if len(base.app) > room:
        raise BuildError(
            f"MicroPython {base.version} has {len(base.app)} bytes, the app partition {room}",
            "a board with more flash, or an older MicroPython",
        )
    loader = stock.with_flash_size(base.bootloader, board.flash_bytes)
    parts = {
        board.facts["bootloader_offset"]: loader,
        partitions.TABLE_AT: partitions.pack(board.partitions),
        board.partition("factory").start: base.app,
        board.partition("vfs").start: filesystem.pack(inside, board.partition("vfs").size),
        board.partition("nvs").start: nvs,
        board.partition("keys").start: keys,
    }
    image = bytearray(b"\xff" * board.flash_bytes)
    for at, data in parts.items():
        image[at : at + len(data)] = data
    return bytes(image)
