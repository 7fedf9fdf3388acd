"""A running bridge as the host tool sees it: one word of `app/service` a call.

with Board("virtual:shop") as board:
    board.call("status")["lanes"]
"""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tidegate_host.device import place
from tidegate_host.device.errors import (
    DeviceError,
    NoAnswer,
    NoDevice,
    NoMemory,
    Refused,
    WrongKey,
)
from tidegate_host.device.line import OPEN, CodeFailed, Line
from tidegate_host.device.unlocking import LockedWay

SECTOR_BYTES = 4096
# What is read at once, and how much less where the board's memory is short.
_HEADS, _HEADS_LEAST = 16, 4
_PIECE_BYTES, _PIECE_BYTES_LEAST = 512, 128
_BLANK = b"\xff" * 32


class Way(Protocol):
    """How words get to the board and answers back: the open console, or the locked one."""

    def ask(self, text: str) -> str: ...


class OpenWay:
    """Over the raw REPL."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def ask(self, text: str) -> str:
        try:
            return self.line.run(f"tell({text!r})").decode("utf-8", "replace")
        except CodeFailed as failure:
            told = failure.error_output.strip().splitlines()[-1]
            if "NameError" in told:
                raise NoDevice(
                    "MicroPython answers, but no bridge runs there",
                    "tidegate flash puts one on; after a crash, unplug the board and try again",
                ) from None
            if "MemoryError" in told:
                raise _no_memory() from None
            raise DeviceError(f"the firmware failed: {told}", "tidegate doctor") from None


class Board:
    """A connection to the bridge that `device` names; opened at once.

    `key` is the console key of a locked board (32 bytes). Raises DeviceError and its kin.
    """

    def __init__(self, device: str, key: bytes | None = None) -> None:
        self.device = device
        self.key = key
        self.line: Line | None = None
        self._open()

    def _open(self) -> None:
        self.line = Line(place.url(self.device))
        try:
            kind = self.line.greet()
            if kind == OPEN:
                self._way: Way = OpenWay(self.line)
            else:
                self._way = self._unlocked(self.line)
        except BaseException:
            self.close()
            raise

    def _unlocked(self, line: Line) -> LockedWay:
        if self.key is None:
            raise WrongKey(
                "the console is locked, and no key was given",
                "--key FILE, or TIDEGATE_KEY=FILE; the file was written when it was locked",
            )
        return LockedWay(line, self.key)

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the console back."""
        if self.line:
            self.line.end()
            self.line = None

    def call(self, word: str, *arguments: Any) -> Any:
        """Say a word of `app/service`; bytes among the arguments become base64. Raises Refused."""
        plain = [base64.b64encode(a).decode() if isinstance(a, bytes) else a for a in arguments]
        text = self._way.ask(json.dumps([word, *plain]))
        try:
            answer = json.loads(text)
        except ValueError:
            raise NoAnswer("the board's answer was cut off", "try again") from None
        if "MemoryError" in answer.get("error", ""):
            raise _no_memory()
        if "error" in answer:
            raise Refused(f"the board says no: {answer['error']}")
        return answer["ok"]

    def log(self) -> list[str]:
        """The lines of the log that are kept in the board's memory, up to now."""
        found: list[str] = []
        newest, last = 0, self.call("events", -1)[0]  # to ask is an event, too
        while newest < last:
            newest, some = self.call("events", newest)
            found += some
        return found

    def bytes_of(self, word: str, *arguments: Any) -> bytes:
        """A word whose answer is bytes."""
        return base64.b64decode(self.call(word, *arguments))

    def back(self, timeout_s: float = 60.0) -> dict[str, Any]:
        """Wait until it is there again after a reset. -> its hello."""
        until = time.monotonic() + timeout_s
        self.close()
        while True:
            try:
                self._open()
                return self.call("hello")
            except (NoDevice, NoAnswer):
                self.close()
                if time.monotonic() > until:
                    raise NoAnswer(
                        f"{self.device} did not come back within {timeout_s:.0f} s",
                        "unplug it and plug it in; tidegate doctor",
                    ) from None
                time.sleep(0.3)

    # The journal.

    def heads(self) -> list[bytes]:
        """The 32-byte header of each sector of the journal."""
        found = b""
        total = 1
        count = _HEADS
        while len(found) // 32 < total:
            try:
                total, some = self.call("sectors", len(found) // 32, count)
            except NoMemory:
                if count == _HEADS_LEAST:
                    raise
                count = _HEADS_LEAST
                continue
            found += base64.b64decode(some)
        return [found[at : at + 32] for at in range(0, len(found), 32)]

    def journal(
        self, told: Callable[[int, int], None] = lambda _done, _all: None, newest: int = 0
    ) -> bytes:
        """The whole region as it stands; sectors that were never opened are not transferred.

        With `newest`, so many of the newest sectors only, for who wants to know what happened
        last; the rest looks blank. The bridge goes on meanwhile, so the newest sectors are read
        last, and once more when they have moved on. `told(done, all)` counts sectors.
        """
        heads = self.heads()
        region = bytearray(b"\xff" * SECTOR_BYTES * len(heads))
        wanted = [i for i, head in enumerate(heads) if head[12:] != _BLANK[12:]]
        wanted.sort(key=lambda i: int.from_bytes(heads[i][12:16], "little"))
        wanted = wanted[-newest:]
        for index, head in enumerate(heads):
            if not newest or index in wanted:
                region[index * SECTOR_BYTES : index * SECTOR_BYTES + 32] = head
        for done, index in enumerate(wanted):
            told(done, len(wanted))
            self._sector(region, index)
        for index, head in enumerate(self.heads()):
            if head != heads[index]:
                self._sector(region, index)
        told(len(wanted), len(wanted))
        return bytes(region)

    def _sector(self, region: bytearray, index: int) -> None:
        start = index * SECTOR_BYTES
        at, size = start, _PIECE_BYTES
        while at < start + SECTOR_BYTES:
            try:
                region[at : at + size] = self.bytes_of("read", "journal", at, size)
            except NoMemory:
                if size == _PIECE_BYTES_LEAST:
                    raise
                size = _PIECE_BYTES_LEAST
                continue
            at += size


def _no_memory() -> NoMemory:
    return NoMemory(
        "the board's memory does not suffice for that at this moment",
        "ask again in a while; lanes_max in bridge.toml no larger than the terminals leaves more",
    )


def read_key(path: Path) -> bytes:
    """The console key in a file: 64 hex digits. Raises DeviceError."""
    try:
        return parsed_key(path.read_text("ascii", "replace"), str(path))
    except OSError:
        raise WrongKey(f"{path} cannot be read", "it was written when it was locked") from None


def parsed_key(text: str, where: str) -> bytes:
    """A key from its 64 hex digits; `where` they stand. Raises WrongKey."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise WrongKey(f"{where} holds no key", "64 hex digits are wanted")
    return key
