"""A raw REPL on the console, so that mpremote and every host tool reach a bridge that is running.

It is a task among the others: a command runs between two steps of the bridge, and what it prints
goes to the console only. It sees `board` and `tell`, which are for host tools and documented in
`service`, and `bridge` and `port` for people who look inside; their insides are nobody's
interface. Ctrl-C clears the input and stops nothing. Ctrl-A and Ctrl-B change between raw and
friendly mode, Ctrl-D runs a raw command; with no command it lets the bridge come to rest and
starts the firmware again. Raw paste is refused in the way mpremote knows.
"""

import asyncio
import gc
import io
import json
import sys

from tidegate.app import events
from tidegate.app.waits import readable
from tidegate.compat import const

_INPUT_BYTES_MAX = const(8192)
_READ_BYTES = const(256)
_DEPTH_MAX = const(4)  # an answer is taken apart so far down

_CTRL_A = const(1)
_CTRL_B = const(2)
_CTRL_C = const(3)
_CTRL_D = const(4)
_BACKSPACE = const(8)
_ENTER = const(13)
_DELETE = const(127)

_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT = b">>> "


class Console:
    def __init__(self, port, note, board, bridge):
        self.port = port
        self.note = note
        self._board = board
        self.names = {"board": board, "bridge": bridge, "port": port, "print": self.print}
        self.names["tell"] = self.tell
        self._raw = port.console_raw
        self._input = bytearray()
        self._view = memoryview(bytearray(_READ_BYTES))
        self._lost = False

    async def run(self):
        if self._raw:
            self._write(_RAW_PROMPT)
        while True:
            await readable(self.port.console)
            count = self.port.console_read(self._view)
            for byte in self._view[: count or 0]:
                if self._raw:
                    await self._raw_byte(byte)
                else:
                    await self._friendly_byte(byte)
            # The host side of a pty may be closed for a while; that must not become a busy loop.
            await asyncio.sleep_ms(0 if count else 50)  # type: ignore

    def _write(self, data):
        if not self._lost:
            self._lost = not self.port.console_write(data)

    def print(self, *values, sep=" ", end="\n", file=None):
        # Piece by piece: what a person wants to see may be as long as memory is short.
        last = len(values) - 1
        for i, value in enumerate(values):
            self._put(str(value), file)
            self._put(sep if i < last else "", file)
        self._put(end, file)

    def tell(self, text):
        # What `board.ask` gives, written piece by piece: as one string a status is longer than the
        # free blocks of a busy heap.
        self._tell(self._board.answer(text), _DEPTH_MAX)

    def _tell(self, value, depth):
        if not value or not depth or not isinstance(value, (dict, list)):
            self._put(json.dumps(value), None)
            return
        named = isinstance(value, dict)
        before = "{" if named else "["
        for each in value:
            self._put(before, None)
            before = ", "
            if named:
                self._put(json.dumps(each), None)
                self._put(": ", None)
            self._tell(value[each] if named else each, depth - 1)
        self._put("}" if named else "]", None)

    def _put(self, text, file):
        if file is None or file is sys.stdout:
            # A status is longer than the free blocks of a busy heap: no copy of the whole of it.
            for at in range(0, len(text), _READ_BYTES):
                piece = text[at : at + _READ_BYTES]
                self._write(piece.replace("\n", "\r\n").encode())
        else:
            file.write(text)

    def _clear(self):
        self._input = bytearray()
        self._lost = False

    async def _raw_byte(self, byte):
        if byte == _CTRL_A:
            self._write(b"R\x00" if self._input == b"\x05A" else _RAW_PROMPT)
            self._clear()
        elif byte == _CTRL_B:
            self._raw = False
            self._greet()
        elif byte == _CTRL_C:
            self._clear()
        elif byte == _CTRL_D:
            if not self._input:
                await self._reset(b"OK\r\n")
                return
            self._write(b"OK")
            failure = self._run()
            self._write(b"\x04" + failure.encode() + b"\x04>")
            self._clear()
        elif len(self._input) <= _INPUT_BYTES_MAX:
            self._input.append(byte)

    async def _friendly_byte(self, byte):
        if byte == _CTRL_A:
            self._raw = True
            self._clear()
            self._write(_RAW_PROMPT)
        elif byte == _CTRL_B:
            self._greet()
        elif byte == _CTRL_C:
            self._clear()
            self._write(b"\r\n" + _PROMPT)
        elif byte == _CTRL_D:
            await self._reset(b"\r\n")
        elif byte == _ENTER:
            self._write(b"\r\n")
            if self._input:
                self._write(self._run(True).encode())
            self._clear()
            self._write(_PROMPT)
        elif byte in (_BACKSPACE, _DELETE):
            if self._input:
                self._input = self._input[:-1]
                self._write(b"\b \b")
        elif byte >= 32 and len(self._input) <= _INPUT_BYTES_MAX:
            self._input.append(byte)
            self._write(bytes((byte,)))

    def _greet(self):
        self._clear()
        version = ".".join([str(n) for n in sys.implementation.version[:3]])
        self._write(("\r\nTidegate on MicroPython %s\r\n" % version).encode() + _PROMPT)

    def _run(self, show=False):
        # -> the text of what went wrong, or nothing.
        size = len(self._input)
        failure = ""
        gc.collect()
        try:
            if size > _INPUT_BYTES_MAX:
                raise ValueError("a command has at most %d bytes" % _INPUT_BYTES_MAX)
            self._execute(bytes(self._input).decode(), show)
        except BaseException as error:
            # Also SystemExit and KeyboardInterrupt: no command ends the bridge.
            text = io.StringIO()
            sys.print_exception(error, text)  # type: ignore
            failure = text.getvalue().replace("\n", "\r\n")  # type: ignore
        self.note(events.CONSOLE_RUN, size, 1 if failure else 0, 0)
        gc.collect()
        return failure

    def _execute(self, text, show):
        if show:
            try:
                code = compile(text, "<stdin>", "eval")
            except SyntaxError:
                pass
            else:
                value = eval(code, self.names)
                if value is not None:
                    self.print(repr(value))
                return
        exec(compile(text, "<stdin>", "exec"), self.names)

    async def _reset(self, before):
        self._write(before + b"MPY: soft reboot\r\n")
        self._clear()
        await self._board.restart(self._raw)
