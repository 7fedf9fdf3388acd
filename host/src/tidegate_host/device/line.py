"""The line to a board's console: mpremote's transport, and what kind of console is at its end.

line = Line("/dev/ttyUSB0")
line.greet()          # "open" or "locked"
line.run("print(1)")  # open consoles only: b"1"
"""

import os
import time
from typing import Any

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from tidegate_host.device.errors import NoAnswer, NoDevice

OPEN, LOCKED = "open", "locked"
_RAW = b"raw REPL; CTRL-B to exit\r\n>"
_LOCKED = b"Tidegate, locked\r\n"
_BAUD = 115200
_READ_S = 5.0  # of one read; the board may be erasing flash or shaking hands
_GREET_S = 10.0
_AT_ONCE_BYTES = 256  # what a board's input holds; it takes that in a pause
_PAUSE_S = 0.01


class Line(SerialTransport):
    """A serial port, a pseudo-terminal, rfc2217:// or socket://, with nothing lost in between."""

    serial: Any

    def __init__(self, url: str) -> None:
        self.url = url
        self._rest = b""
        try:
            super().__init__(url, _BAUD, timeout=0.2)
        except (TransportError, OSError, ValueError) as error:
            raise NoDevice(_why(url, error), "close what else uses it, check the cable") from None

    def read_until(
        self,
        min_num_bytes: int,
        ending: Any,
        timeout: float | None = 10,
        data_consumer: Any = None,
        timeout_overall: float | None = None,
    ) -> Any:
        """As mpremote's, reading what is there at once instead of byte by byte."""
        data, self._rest = self._rest, b""
        last = time.monotonic()
        end = None if timeout_overall is None else last + timeout_overall
        endings = ending if isinstance(ending, tuple) else (ending,)
        while True:
            found = [data.find(each) + len(each) for each in endings if each in data]
            if found:
                self._rest = data[min(found) :]
                return data[: min(found)]
            some = self._some()
            data += some
            now = time.monotonic()
            last = now if some else last
            if (timeout is not None and now - last > timeout) or (end and now > end):
                return data

    def _some(self) -> bytes:
        try:
            return self.serial.read(max(1, self.serial.in_waiting))
        except OSError as error:
            raise NoDevice(f"{self.url} is gone: {error}", "check the cable") from None

    def write(self, data: bytes) -> None:
        """Send bytes; raises NoDevice when the port is gone."""
        try:
            self.serial.write(data)
        except OSError as error:
            raise NoDevice(f"{self.url} is gone: {error}", "check the cable") from None

    def greet(self, timeout_s: float = _GREET_S) -> str:
        """Ask for the prompt. -> "open" or "locked". Raises NoAnswer."""
        self.write(b"\r\x03\x01")
        self.serial.timeout = 0.2
        data = self.read_until(1, (_RAW, _LOCKED), timeout_s, timeout_overall=timeout_s)
        while self._rest or self.serial.in_waiting:  # an older greeting may stand in front
            self._rest = b""
            self._some()
        if data.endswith(_LOCKED):
            return LOCKED
        if not data.endswith(_RAW):
            step = "is it powered, is it this port? mpremote connect shows what it says"
            raise NoAnswer(f"no console answers on {self.url}", step)
        self.in_raw_repl = True
        return OPEN

    def run(self, code: str, timeout_s: float = 20.0) -> bytes:
        """Run code on an open console. -> what it printed. Raises CodeFailed, NoAnswer."""
        self.serial.timeout = _READ_S
        try:
            self.write(b"\x01")  # a fresh prompt
            self.read_until(1, _RAW, 5, timeout_overall=5)
            self._rest = b">"
            self.exec_raw_no_follow(code)
            self.serial.timeout = 0.2
            output, failure = self.follow(timeout_s)
        except TransportError as error:
            raise NoAnswer(f"the board stopped in the middle of an answer ({error})") from None
        except OSError as error:
            raise NoDevice(f"{self.url} is gone: {error}", "check the cable") from None
        if failure:
            raise CodeFailed(output, failure.decode("utf-8", "replace"))
        return output

    def exec_raw_no_follow(self, command: str) -> None:
        """As mpremote's, with its pauses between the pieces of a command and not after the last:
        most commands are one piece, and a journal takes hundreds of them."""
        if not self.read_until(1, b">").endswith(b">"):
            raise TransportError("no prompt")
        left = command.encode() + b"\x04"
        while len(left) > _AT_ONCE_BYTES:
            self.serial.write(left[:_AT_ONCE_BYTES])
            time.sleep(_PAUSE_S)
            left = left[_AT_ONCE_BYTES:]
        self.serial.write(left)
        answer = self.serial.read(2)
        if answer != b"OK":
            raise TransportError(f"the command was not taken: {answer!r}")

    def end(self) -> None:
        """Leave the raw mode and close; never fails."""
        try:
            if self.in_raw_repl:
                self.serial.write(b"\x02")
            self.close()
        except (OSError, TransportError):
            pass


class CodeFailed(TransportExecError):
    """An exception on the board; `error_output` is its traceback."""


def _why(url: str, error: Exception) -> str:
    if os.name != "nt" and os.path.exists(url):
        return f"{url} cannot be opened: in use by another program, or not allowed"
    return f"{url} cannot be opened: {error}"
