"""A stock ESP32: flash partitions, UARTs, what a reset leaves, and the watchdog.

The console is the UART (or USB) of the REPL. Ctrl-C is taken off it, because a stock mpremote
sends one and would end the loop; main.py says whether a start can be stopped. How the board is
wired is in `board.json`, which comes with the image: `ethernet`, and `pins` with `led`, `rtc_sda`,
`rtc_scl`. What a board does not have is not loaded.
"""

import json
import os
import select
import sys
import time

import cryptolib
import esp32
import machine

import micropython
from tidegate.compat import const

# The causes of a start, as app.events numbers them.
_POWER = const(0)
_RESET = const(1)
_ENDED = const(2)
_WATCHDOG = const(3)
_UNKNOWN = const(4)

_YEAR_2020_S = const(631152000)  # from 2000, the epoch of this port
_RTC_GOOD_S = const(189388800)  # 2026 in seconds since 2020: an earlier clock was never set
_UART_BYTES = const(4096)
_WATCHDOG_MS = const(60000)  # longer than the slowest flash erase and TLS handshake together
_MISSING = const(2)
_DS3231 = const(0x68)
_I2C_HZ = const(100000)  # long wires, in a box with a radio

# The memory of the chip's clock outlives a reset and loses everything with the power: a mark, one
# byte of flags, and then what the application wants to find again: texts by a small number.
_MARK = b"tidegate"
_ASKED = const(1)  # this reset was asked for
_RAW = const(2)  # and somebody waits for a raw prompt
_SURE = const(4)  # the clock was told the time; not just that it is later than something


class Cipher:
    def cbc(self, key, iv, buf, encrypt):
        aes = cryptolib.aes(key, 2, iv)
        if encrypt:
            aes.encrypt(buf, buf)
        else:
            aes.decrypt(buf, buf)

    def ecb(self, key, block):
        return cryptolib.aes(key, 1).encrypt(block)


class Kept:
    def __init__(self):
        self._rtc = machine.RTC()
        found = self._rtc.memory()
        self.flags, self.texts = 0, {}
        if found[: len(_MARK)] != _MARK or len(found) <= len(_MARK):
            return
        self.flags, rest = found[len(_MARK)], found[len(_MARK) + 1 :]
        while len(rest) > 1:
            self.texts[rest[0]] = rest[2 : 2 + rest[1]]
            rest = rest[2 + rest[1] :]

    def save(self, flags):
        self.flags = flags
        found = _MARK + bytes((flags,))
        for what in self.texts:
            found += bytes((what, len(self.texts[what]))) + self.texts[what]
        self._rtc.memory(found)


class Clock:
    # The chip's own clock survives a reset, not a power cut; `chip` is a clock with a battery.
    def __init__(self, kept, chip):
        self._ms = 0
        self._last = time.ticks_ms()
        self._kept = kept
        self._chip = chip
        self.known = bool(kept.flags & _SURE) and self.wall() >= _RTC_GOOD_S
        if chip and not self.known:
            wall_s = chip.read()
            if wall_s >= _RTC_GOOD_S:
                self._set(wall_s, True)
                self.known = True

    def ms(self):
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last)
        self._last = now
        return self._ms

    def wall(self):
        return time.time() - _YEAR_2020_S

    def set(self, wall_s, sure):
        self._set(wall_s, sure)
        # A clock with a battery is believed for years, so it is told nothing but the time.
        if sure and self._chip:
            self._chip.write(wall_s)

    def _set(self, wall_s, sure):
        t = time.gmtime(wall_s + _YEAR_2020_S)
        machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))
        kept = self._kept
        kept.save(kept.flags | _SURE if sure else kept.flags & ~_SURE)

    def real_ms(self, ms):
        return ms


class Port:
    name = "esp32"
    root = "/"
    trusts_clock = False

    def __init__(self):
        micropython.kbd_intr(-1)
        self._board, self.problem = _board()
        self._kept = kept = Kept()
        self.cause = _cause(kept.flags)
        self.console_raw = bool(kept.flags & _RAW)
        self.clock = Clock(kept, self._battery_clock())
        kept.save(kept.flags & _SURE)
        self.cipher = Cipher()
        self.console = sys.stdin
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._watchdog = None
        self._network = None

    def _pins(self):
        return self._board.get("pins", {})

    def _battery_clock(self):
        pins = self._pins()
        if "rtc_sda" not in pins or "rtc_scl" not in pins:
            return None
        # In software: it needs no driver, for 100 bits once in a while.
        scl, sda = machine.Pin(pins["rtc_scl"]), machine.Pin(pins["rtc_sda"])
        bus = machine.SoftI2C(scl, sda, freq=_I2C_HZ)
        try:
            bus.writeto(_DS3231, b"")
        except OSError:
            return None  # nobody is there
        from tidegate.port.ds3231 import DS3231

        return DS3231(bus)

    def _partition(self, label):
        found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label=label)
        if not found:
            raise OSError("no partition " + label)
        return found[0]

    def journal_device(self):
        return self._partition("journal")

    def keys_device(self):
        return self._partition("keys")

    def entropy(self, count):
        return os.urandom(count)

    def config(self):
        return self.read_file("bridge.json")

    def read_file(self, name):
        return _content(name)

    def log(self, line):
        # No room for a log on the board: what matters is in the journal. A tool that wants the
        # lines sets `port.watcher` on the console.
        if self.watcher:
            self.watcher(line)

    watcher = None

    def console_read(self, view):
        # A read of more than what is there would wait for the rest.
        count = 0
        while count < len(view) and self._poll.poll(0):
            view[count : count + 1] = sys.stdin.buffer.read(1)
            count += 1
        return count

    def console_write(self, data):
        sys.stdout.buffer.write(data)
        return True

    def serial(self, path, baud):
        # "2" or "2:17:16": UART, and its transmit and receive pins.
        numbers = [int(part) for part in path.split(":")]
        pins = {"tx": numbers[1], "rx": numbers[2]} if len(numbers) > 2 else {}
        return machine.UART(
            numbers[0], baud, rxbuf=_UART_BYTES, txbuf=_UART_BYTES, timeout=0, **pins
        )

    def network(self):
        # The way out; kept up by app.upkeep. There is one, Ethernet where the board has it.
        if self._network is None:
            if "ethernet" in self._board:
                from tidegate.port.ethernet import Ethernet

                self._network = Ethernet(self._board["ethernet"])
            else:
                from tidegate.port.wifi import Wifi

                self._network = Wifi()
        return self._network

    def light(self):
        # Something to call with 1 and 0, or None.
        pin = self._pins().get("led")
        return None if pin is None else machine.Pin(pin, machine.Pin.OUT, value=0)

    def facts(self):
        from tidegate.port.esp32_facts import facts

        return facts(self._network)

    def feed(self):
        # Started by the first round in which all was well: a board that cannot be set up yet must
        # not reset under the hands of whoever does it.
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self._watchdog.feed()

    # From one start to the next.

    def kept(self, what):
        return self._kept.texts.get(what, b"")

    def keep(self, what, text):
        self._kept.texts[what] = text
        self._kept.save(self._kept.flags)

    def reset(self, raw):
        self._kept.save(self._kept.flags | _ASKED | (_RAW if raw else 0))
        if raw:
            # The line to the computer stays up, as mpremote expects.
            machine.soft_reset()
        machine.reset()

    def fail(self):
        # The loop has ended by itself: a reset that nobody asked for, and the next start sees it.
        machine.reset()


def _content(name):
    with open(name, "rb") as file:
        return file.read()


def _board():
    # -> (how the board is wired, what is wrong with that). A file that is not there is a board
    # with nothing but Wi-Fi; one that cannot be read is no reason to guess.
    try:
        board = json.loads(_content("board.json"))
        if isinstance(board, dict):
            return board, ""
    except OSError as error:
        if error.errno == _MISSING:
            return {}, ""
    except ValueError:
        pass
    return {}, "board.json, which says how the board is wired, cannot be read"


def _cause(flags):
    # A panic of the system below looks like a reset by software, and so does the loop's own end:
    # only what was asked for has left its mark.
    software = _RESET if flags & _ASKED else _ENDED
    return {
        machine.PWRON_RESET: _POWER,  # and a supply that broke down
        machine.HARD_RESET: software,
        machine.WDT_RESET: _WATCHDOG,
        machine.SOFT_RESET: _RESET,
    }.get(machine.reset_cause(), _UNKNOWN)
