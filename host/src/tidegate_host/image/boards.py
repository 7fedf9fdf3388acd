"""The kinds of boards: what `boards/NAME/board.toml` says, checked."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate_host import paths
from tidegate_host.image import partitions
from tidegate_host.image.partitions import Partition

JOURNAL_BYTES_MIN = 512 * 1024
# Chip id in an image's header, and where its boot loader begins (ESP-IDF, "App Image Format").
CHIPS = {"esp32": (0, 0x1000), "esp32s3": (9, 0), "esp32c3": (5, 0)}
_INPUT_ONLY = {"esp32": range(34, 40)}
_FLASH_PINS = {"esp32": range(6, 12), "esp32s3": range(26, 33), "esp32c3": range(12, 18)}
_KNOWN = {
    "name", "chip", "port", "stock_image", "flash_bytes", "bootloader_offset", "heap_bytes",
    "features", "uart", "pins", "ethernet", "partitions", "wires",
}  # fmt: skip


class BoardError(ValueError):
    """There is no such board, or its files are wrong; the text says which and why."""


@dataclass(frozen=True)
class Board:
    """One kind of board. `partitions` is empty for those that are not flashed."""

    name: str
    facts: dict[str, Any]
    partitions: list[Partition]

    @property
    def chip(self) -> str:
        """As esptool calls it, "none" for a board that is not there."""
        return self.facts["chip"]

    @property
    def flash_bytes(self) -> int:
        """Size of the flash."""
        return self.facts["flash_bytes"]

    @property
    def is_flashed(self) -> bool:
        """Whether an image can be made for it."""
        return self.chip != "none"

    def partition(self, label: str) -> Partition:
        """The partition of that label."""
        found = partitions.find(self.partitions, label)
        assert found, label
        return found


def names() -> list[str]:
    """All kinds of boards."""
    return sorted(path.parent.name for path in paths.boards_root().glob("*/board.toml"))


def load(name: str) -> Board:
    """The board of that name, checked. Raises BoardError."""
    board, wrong = inspect(name)
    if wrong:
        raise BoardError(f"boards/{name}: {wrong[0]}")
    return board


def inspect(name: str) -> tuple[Board, list[str]]:
    """The board, and what is wrong with its files. Raises BoardError when there is none."""
    folder = paths.boards_root() / name
    if name not in names():
        raise BoardError(f"there is no board {name}; there are {', '.join(names())}")
    rows: list[Partition] = []
    try:
        facts = tomllib.loads((folder / "board.toml").read_text("utf-8"))
        if facts.get("chip") in CHIPS:
            rows = partitions.read_csv(folder / "partitions.csv")
        wrong = _mistakes(name, facts, rows)
    except (OSError, tomllib.TOMLDecodeError, partitions.TableError) as error:
        facts, wrong = {"chip": "none"}, [str(error)]
    if not (folder / "README.md").exists():
        wrong.append("there is no README.md")
    if rows and not wrong:
        wrong += _picture_mistakes(facts, folder / "wiring.svg")
    return Board(name, facts, rows), wrong


def _mistakes(name: str, facts: dict[str, Any], rows: list[Partition]) -> list[str]:
    wrong = [f"{key} is not known" for key in sorted(set(facts) - _KNOWN)]
    if facts.get("name") != name:
        wrong.append(f"its name is {facts.get('name')}, its folder {name}")
    chip = facts.get("chip")
    if chip == "none":
        return wrong
    if chip not in CHIPS:
        return [*wrong, f"chip is {chip}; there are {', '.join(CHIPS)}, none"]
    for key in ("stock_image", "flash_bytes", "bootloader_offset", "heap_bytes", "uart"):
        if key not in facts:
            wrong.append(f"{key} is missing")
    if wrong:
        return wrong
    if facts["bootloader_offset"] != CHIPS[chip][1]:
        wrong.append(f"the boot loader of an {chip} begins at {CHIPS[chip][1]:#x}")
    wrong += partitions.check(rows, facts["flash_bytes"])
    journal = partitions.find(rows, "journal")
    if journal and journal.size < JOURNAL_BYTES_MIN:
        wrong.append(f"the journal has {journal.size} bytes, {JOURNAL_BYTES_MIN} are wanted")
    return wrong + _pin_mistakes(chip, facts)


def _picture_mistakes(facts: dict[str, Any], picture: Path) -> list[str]:
    # A picture that shows other pins than the firmware uses is worse than none.
    if not picture.exists():
        return ["there is no wiring.svg"]
    shown = re.findall(r">GPIO ([^<]*)<", picture.read_text("utf-8"))
    uart, pins = facts["uart"][0], facts.get("pins", {})
    wanted = [f"{uart['tx']} (TX)", f"{uart['rx']} (RX)"]
    if "rtc_sda" in pins:
        wanted.append(f"{pins['rtc_sda']}, {pins['rtc_scl']}")
    if "led" in pins:
        wanted.append(str(pins["led"]))
    wrong = [f"wiring.svg does not show GPIO {each}" for each in wanted if each not in shown]
    return wrong + [f"wiring.svg shows GPIO {each}" for each in shown if each not in wanted]


def _pin_mistakes(chip: str, facts: dict[str, Any]) -> list[str]:
    used: dict[int, str] = {}
    wrong = []
    pins = [(name, pin) for name, pin in facts.get("pins", {}).items()]
    pins += [(f"uart {u['number']} {way}", u[way]) for u in facts["uart"] for way in ("tx", "rx")]
    pins += [(k, pin) for k, pin in facts.get("ethernet", {}).items() if k != "phy_addr"]
    for what, pin in pins:
        if pin in used:
            wrong.append(f"pin {pin} is both {used[pin]} and {what}")
        if pin in _FLASH_PINS[chip]:
            wrong.append(f"pin {pin} ({what}) belongs to the flash")
        if pin in _INPUT_ONLY.get(chip, ()) and not what.endswith("rx"):
            wrong.append(f"pin {pin} ({what}) is an input only")
        used[pin] = what
    return wrong
