"""esptool as a program: what it is asked, and what its failures mean.

Nothing of it is imported.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidegate_host.device.errors import DeviceError, NoAnswer, NoDevice

_BAUD = 460800
_SIZE = re.compile(r"Detected flash size: (\d+)MB")
_CHIP = re.compile(r"Chip type:\s+(ESP32[-\w]*)|Connected to (ESP32[-\w]*)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_SECURE_DOWNLOAD = "Secure Download Mode"
_SECURED = {
    "Flash Encryption: Enabled": "the flash of the chip is encrypted",
    "Secure Boot: Enabled": "the chip starts signed code only,",
}
_FAMILIES = ("esp32s3", "esp32s2", "esp32c3", "esp32c6", "esp32c2", "esp32h2", "esp32p4")


@dataclass(frozen=True)
class Chip:
    """What is at the other end: its family as board.toml has it, and the size of its flash."""

    family: str
    flash_bytes: int


class Esptool:
    """One port. Without `stub` the ROM alone is spoken to: slower, for when the stub fails."""

    def __init__(self, port: str, stub: bool = True) -> None:
        self.port = port
        self._first = [] if stub else ["--no-stub"]

    def chip(self) -> Chip:
        """Which chip is there. Refuses secured ones. Raises DeviceError and its kin."""
        text = self.run("flash-id", after="no-reset")
        self._refuse_secured(text)
        size, chip = _SIZE.search(text), _CHIP.search(text)
        if not chip or not size:
            raise DeviceError(
                f"the flash of the chip on {self.port} does not answer",
                "check the board's supply; esptool flash-id shows more",
            )
        return Chip(family(chip[1] or chip[2]), int(size[1]) << 20)

    def read(
        self, at: int, size: int, into: Path,
        told: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> bytes:  # fmt: skip
        """Read flash through a file."""
        self.run("read-flash", hex(at), hex(size), str(into), after="no-reset", told=told)
        return into.read_bytes()

    def write(
        self, parts: list[tuple[int, Path]],
        told: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:  # fmt: skip
        """Write files at their places in flash; esptool compares the MD5 of each afterwards."""
        words = [str(word) for at, path in parts for word in (hex(at), path)]
        # The ROM unpacks as well as the stub does, and most of an image is blank.
        how = ("--compress", "--flash-mode", "keep", "--flash-freq", "keep")
        text = self.run(
            "write-flash", *how, "--flash-size", "keep", *words, after="no-reset", told=told
        )
        if text.count("Hash of data verified") != len(parts):
            raise DeviceError("what was read back is not what was written", "flash again")

    def reset(self) -> None:
        """Let it boot."""
        self.run("flash-id", after="hard-reset")

    def run(
        self, *words: str, after: str, told: Callable[[int, int], None] = lambda _d, _a: None
    ) -> str:
        """Run one command and give what it printed. Raises DeviceError and its kin."""
        line = [sys.executable, "-m", "esptool", "--port", self.port, "--baud", str(_BAUD)]
        line += [*self._first, "--after", after, *words]
        text = ""
        with subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        ) as process:
            assert process.stdout
            while some := os.read(process.stdout.fileno(), 4096):
                text += some.decode("utf-8", "replace")
                percents = _PERCENT.findall(text[-400:])
                if percents:
                    told(int(float(percents[-1])), 100)
        if process.returncode:
            raise _failure(self.port, text)
        return text

    def _refuse_secured(self, text: str) -> None:
        if _SECURE_DOWNLOAD in text:
            raise _secure_download(self.port)
        try:
            info = self.run("get-security-info", after="no-reset")
        except (NoDevice, NoAnswer):
            raise
        except DeviceError:
            info = self._old_efuses()
        for sign, why in _SECURED.items():
            if sign in info:
                raise DeviceError(
                    f"{why} on {self.port}: this image would not start",
                    "take a board whose eFuses are not burnt; this cannot be undone",
                )

    def _old_efuses(self) -> str:
        # The first ESP32 has no command for it. Word 0, bits 20 to 26: an odd number of ones means
        # encrypted. Word 6, bits 4 and 5: secure boot.
        words = []
        for at in ("0x3ff5a000", "0x3ff5a018"):
            told = re.search(r"= (0x[0-9a-f]+)", self.run("read-mem", at, after="no-reset"))
            if told is None:
                raise DeviceError(f"the eFuses on {self.port} cannot be read", "try again")
            words.append(int(told[1], 16))
        found = "Flash Encryption: Enabled\n" if (words[0] >> 20 & 0x7F).bit_count() & 1 else ""
        return found + ("Secure Boot: Enabled" if words[1] >> 4 & 3 else "")


def family(name: str) -> str:
    """The chip's family by the name that esptool prints: "ESP32-D0WD-V3" is an esp32."""
    plain = name.lower().replace("-", "")
    return next((each for each in _FAMILIES if plain.startswith(each)), "esp32")


def _failure(port: str, text: str) -> DeviceError:
    told = re.findall(r"fatal error occurred: (.*)", text)
    last = told[-1] if told else (text.strip().splitlines() or ["it said nothing"])[-1]
    if _SECURE_DOWNLOAD in text:
        return _secure_download(port)
    if "Could not open" in text or "port is busy" in text:
        return NoDevice(
            f"{port} cannot be opened: it is not there, in use by another program, or not allowed",
            "close what else uses it, check the cable",
        )
    if "Failed to connect" in text or "No serial data received" in text:
        return NoAnswer(
            f"no ESP32 answers on {port}",
            "hold BOOT, press EN, let go of BOOT, and try again",
        )
    if "Errno 5" in text or "Input/output error" in text or "disconnected" in text:
        return NoDevice(f"{port} went away in the middle", "check the cable, and flash again")
    return DeviceError(f"esptool: {last}", "flash again; a shorter cable helps")


def _secure_download(port: str) -> DeviceError:
    return DeviceError(
        f"the chip on {port} is in secure download mode: its flash cannot be read",
        "take a board whose eFuses are not burnt; this cannot be undone",
    )
