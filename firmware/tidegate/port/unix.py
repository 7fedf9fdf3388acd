"""The virtual board: flash in a file, a clock that can be moved, wires from the runner's hands.

The runner (host tool) starts the interpreter in the board's folder, which holds what a board's
file system would: main.py, the firmware, bridge.json and certificates; `flash.bin` and `keys.bin`
are the raw partitions. stdin and stdout are the console, stderr is the log. The environment
stands for what hardware would decide:
  TIDEGATE_WALL_OFFSET_S   how far the wall clock is from the machine's
  TIDEGATE_TIME_SCALE      how many times faster timers and the clock run
  TIDEGATE_CLOCK           "none": a board without a battery clock, after a cold start
  TIDEGATE_CAUSE           why it starts, see app.events
  TIDEGATE_ROOT            the board's folder, with a slash at the end
  TIDEGATE_PTYS            its serial lines, opened by the runner: NAME=DESCRIPTOR,...
  TIDEGATE_CONSOLE_RAW     "1": the reset was asked for in raw mode, a client waits for its prompt
"""

import asyncio
import os
import select
import sys
import termios
import time

import cryptolib

from tidegate.compat import const

_SECTOR_BYTES = const(4096)
_PIECE_BYTES = const(256)
_YEAR_2020_S = const(1577836800)
_EPOCH_2000_S = const(946684800)
_WRITE_WAIT_MS = const(500)  # a console that nobody reads does not stop the bridge for longer
_EXIT_FAILED = const(74)  # main.py knows it as well
_EXIT_RESET = const(75)
_EXIT_RESET_RAW = const(76)
_TERMIOS_CC = const(6)
_VTIME = const(5)
_VMIN = const(6)
_POLLED_MAX = const(40)  # wires and listeners of eight terminals, twice


class FlashFile:
    # NOR flash: programming only clears bits, an erase sets a sector to ones. Unbuffered, so what
    # a call has written is the kernel's and survives the end of the process. Sectors listed in
    # PATH.bad do not take programs or erases, as a worn-out chip would.
    def __init__(self, path):
        self._file = open(path, "r+b", 0)
        self._sectors = self._file.seek(0, 2) // _SECTOR_BYTES
        self._old = memoryview(bytearray(_PIECE_BYTES))
        self._ones = memoryview(b"\xff" * _PIECE_BYTES)
        self.bad = _numbers(path + ".bad")

    def readblocks(self, block, buf, off=0):
        self._file.seek(block * _SECTOR_BYTES + off)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, off=None):
        if off is None:
            self._erase(block)
            off = 0
        at = block * _SECTOR_BYTES + off
        done = 0
        while done < len(buf):
            some = min(_PIECE_BYTES, len(buf) - done)
            self._program(at + done, memoryview(buf)[done : done + some])
            done += some

    def _program(self, at, new):
        if at // _SECTOR_BYTES in self.bad:
            return
        old = self._old[: len(new)]
        self._file.seek(at)
        self._file.readinto(old)
        if old != self._ones[: len(new)]:
            for i in range(len(new)):
                old[i] &= new[i]
            new = old
        self._file.seek(at)
        self._file.write(new)

    def _erase(self, block):
        if block in self.bad:
            return
        self._file.seek(block * _SECTOR_BYTES)
        for _ in range(_SECTOR_BYTES // _PIECE_BYTES):
            self._file.write(self._ones)

    def ioctl(self, op, arg):
        if op == 4:
            return self._sectors
        if op == 5:
            return _SECTOR_BYTES
        self._erase(arg)
        return 0


def _numbers(path):
    try:
        with open(path) as file:
            return {int(word) for word in file.read().split()}
    except OSError:
        return set()


def _descriptor(name):
    for pair in (os.getenv("TIDEGATE_PTYS") or "").split(","):
        if pair[: len(name) + 1] == name + "=":
            return int(pair[len(name) + 1 :])
    raise OSError(2)


def _room_for_polling():
    # This port's poll() crashes when its list grows while it watches a TLS socket (MicroPython
    # 1.25: five lanes on TLS were enough). So the list gets its room before anything is watched.
    poller = asyncio.core._io_queue.poller  # type: ignore
    for number in range(_POLLED_MAX):
        poller.register(1000 + number)
    for number in range(_POLLED_MAX):
        poller.unregister(1000 + number)


class Cipher:
    def cbc(self, key, iv, buf, encrypt):
        aes = cryptolib.aes(key, 2, iv)
        if encrypt:
            aes.encrypt(buf, buf)
        else:
            aes.decrypt(buf, buf)

    def ecb(self, key, block):
        return cryptolib.aes(key, 1).encrypt(block)


class Clock:
    # Milliseconds that never wrap, and seconds since 2020. Both run `scale` times as fast as the
    # machine's; sleeping takes that into account.
    def __init__(self, offset_s, scale, known):
        self.scale = scale
        self.known = known
        self._ms = 0
        self._last = time.ticks_ms()
        epoch_s = _EPOCH_2000_S if time.gmtime(0)[0] == 2000 else 0
        since_2020_s = epoch_s - _YEAR_2020_S + offset_s
        # Not in whole seconds, or the board would be late by the rest of one. Seconds and the rest
        # are two numbers, because together they do not fit into a small one.
        now_ms = time.time_ns() // 1000000 if known else 0
        self._wall_s = now_ms // 1000 + since_2020_s if known else 0
        self._rest_ms = now_ms % 1000

    def ms(self):
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last) * self.scale
        self._last = now
        return self._ms

    def wall(self):
        return self._wall_s + (self._rest_ms + self.ms()) // 1000

    def set(self, wall_s, _sure):
        ms = self.ms()
        self._wall_s = wall_s - ms // 1000 - 1
        self._rest_ms = 1000 - ms % 1000

    def shift(self, seconds):
        self._wall_s += seconds

    def real_ms(self, ms):
        return ms // self.scale


class Port:
    name = "virtual"
    problem = ""

    def __init__(self):
        self.root = os.getenv("TIDEGATE_ROOT") or ""
        known = os.getenv("TIDEGATE_CLOCK") != "none"
        offset_s = int(os.getenv("TIDEGATE_WALL_OFFSET_S") or 0)
        self.clock = Clock(offset_s, int(os.getenv("TIDEGATE_TIME_SCALE") or 1), known)
        self.trusts_clock = known  # the machine keeps time itself
        self.cause = int(os.getenv("TIDEGATE_CAUSE") or 0)
        self.console_raw = os.getenv("TIDEGATE_CONSOLE_RAW") == "1"
        self.cipher = Cipher()
        self.console = sys.stdin.buffer
        self._lines = {}
        _room_for_polling()
        self._out = select.poll()
        self._out.register(sys.stdout, select.POLLOUT)

    def journal_device(self):
        return FlashFile(self.root + "flash.bin")

    def keys_device(self):
        return FlashFile(self.root + "keys.bin")

    def entropy(self, count):
        return os.urandom(count)

    def config(self):
        with open("bridge.json", "rb") as file:
            return file.read()

    def read_file(self, name):
        with open(name, "rb") as file:
            return file.read()

    watcher = None  # called with each line of the log, while a tool wants them

    def log(self, line):
        sys.stderr.write(line)
        if self.watcher:
            self.watcher(line)

    def console_read(self, view):
        return self.console.readinto(view)

    def console_write(self, data):
        # False when nobody takes it in time; the rest is lost then.
        data = memoryview(data)
        while data:
            if not self._out.poll(_WRITE_WAIT_MS):
                return False
            try:
                data = data[sys.stdout.buffer.write(data) or 0 :]
            except OSError:
                return False
        return True

    def serial(self, path, baud):
        # "pty:NAME" is a line that the runner has opened; anything else is a device of this
        # machine.
        if path[:4] == "pty:":
            # Kept open for good: closed, it could not be opened again.
            if path not in self._lines:
                self._lines[path] = open(_descriptor(path[4:]), "r+b", 0)
            return self._lines[path]
        if path in self._lines:
            self._lines.pop(path).close()
        wire = self._lines[path] = open(path, "r+b", 0)
        termios.setraw(wire.fileno())
        state = termios.tcgetattr(wire.fileno())
        state[4] = state[5] = getattr(termios, "B%d" % baud)
        # A read takes what is there and never waits.
        state[_TERMIOS_CC][_VMIN] = 0
        state[_TERMIOS_CC][_VTIME] = 0
        termios.tcsetattr(wire.fileno(), termios.TCSANOW, state)
        return wire

    def facts(self):
        from tidegate.port.unix_facts import facts

        return facts()

    def feed(self):
        sys.stderr.write(".\n")  # the runner is the watchdog

    def network(self):
        return None  # the machine's, which needs no care of ours

    def light(self):
        return None

    # What a reset leaves and a power cut does not: files here, which are not read after one.

    def kept(self, what):
        try:
            return self.read_file(self._kept(what)) if self.cause else b""
        except OSError:
            return b""

    def keep(self, what, text):
        with open(self._kept(what), "wb") as file:
            file.write(text)

    def _kept(self, what):
        return "%skept-%d.bin" % (self.root, what)

    def reset(self, raw):
        sys.exit(_EXIT_RESET_RAW if raw else _EXIT_RESET)

    def fail(self):
        sys.exit(_EXIT_FAILED)
