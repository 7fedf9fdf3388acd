"""A stock ESP32: flash partitions, UARTs, Wi-Fi or Ethernet, and the watchdog.

The console is the UART (or USB) of the REPL. Ctrl-C is taken off it, because a stock mpremote
sends one and would end the loop; while it boots, a board can still be stopped. Secrets of the
network are in NVS, namespace "tidegate": `ssid`, `key`; without them the board waits on the
console. The country and the wiring of Ethernet are in `board.json`, which comes with the image.
"""

import asyncio
import json
import os
import select
import sys
import time

import cryptolib
import esp32
import machine
import network

import micropython
from tidegate.compat import const

# The causes of a start, as app.events numbers them.
_POWER = const(0)
_RESET = const(1)
_WATCHDOG = const(3)

_YEAR_2020_S = const(631152000)  # from 2000, the epoch of this port
_RTC_GOOD_S = const(189388800)  # 2026 in seconds since 2020: an earlier clock was never set
_UART_BYTES = const(4096)
_WATCHDOG_MS = const(60000)  # longer than the slowest flash erase and TLS handshake together
_WIFI_AGAIN_S = const(300)  # connected and still of no use: the interface is started again
_RAW = b"tidegate raw"
_BLOB_BYTES = const(64)


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
    # The chip's own clock survives a reset, not a power cut.
    def __init__(self):
        self._ms = 0
        self._last = time.ticks_ms()
        self.known = self.wall() >= _RTC_GOOD_S

    def ms(self):
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last)
        self._last = now
        return self._ms

    def wall(self):
        return time.time() - _YEAR_2020_S

    def set(self, wall_s):
        t = time.gmtime(wall_s + _YEAR_2020_S)
        machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))

    def real_ms(self, ms):
        return ms


class Port:
    name = "esp32"
    root = "/"
    trusts_clock = False

    def __init__(self):
        micropython.kbd_intr(-1)
        self.clock = Clock()
        self.cipher = Cipher()
        self.console = sys.stdin
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        rtc = machine.RTC()
        self.console_raw = rtc.memory() == _RAW
        rtc.memory(b"")
        cause = machine.reset_cause()
        self.cause = {
            machine.WDT_RESET: _WATCHDOG,
            machine.SOFT_RESET: _RESET,
            machine.HARD_RESET: _RESET,
        }.get(cause, _POWER)
        self._watchdog = None

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
        with open(name, "rb") as file:
            return file.read()

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

    def facts(self):
        from tidegate.port.esp32_facts import facts

        return facts()

    def feed(self):
        # Started by the first round in which all was well: a board that cannot be set up yet must
        # not reset under the hands of whoever does it.
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self._watchdog.feed()

    def tasks(self, supervisor):
        try:
            settings = json.loads(self.read_file("board.json"))
        except (OSError, ValueError):
            settings = {}
        if "ethernet" in settings:
            keep = Ethernet(settings["ethernet"]).keep
        else:
            keep = Wifi().keep
        return (("network", lambda: keep(supervisor)),)

    def reset(self, raw):
        machine.RTC().memory(_RAW if raw else b"")
        if raw:
            # The line to the computer stays up, as mpremote expects.
            machine.soft_reset()
        machine.reset()


class Wifi:
    # Away for minutes, the interface is switched off and on: waiting alone does not always help.
    def __init__(self):
        self._wlan = network.WLAN(network.STA_IF)

    async def keep(self, supervisor):
        away_s = 0
        while True:
            supervisor.check_in("network")
            if self._wlan.isconnected():
                away_s = 0
            else:
                if away_s % _WIFI_AGAIN_S == 0:
                    self._connect()
                away_s += 1
            await asyncio.sleep(1)

    def _connect(self):
        self._wlan.active(False)
        ssid, key = _secret("ssid"), _secret("key")
        if ssid:
            self._wlan.active(True)
            self._wlan.connect(ssid, key)


class Ethernet:
    # A LAN8720 on the chip's own MAC: `phy_addr`, `mdc`, `mdio` and, where it is switched,
    # `power`.
    def __init__(self, settings):
        wiring = {name: machine.Pin(settings[name]) for name in ("mdc", "mdio")}
        if "power" in settings:
            wiring["power"] = machine.Pin(settings["power"])
        wiring["phy_type"] = network.PHY_LAN8720  # type: ignore
        wiring["phy_addr"] = settings["phy_addr"]
        self._lan = network.LAN(**wiring)  # type: ignore

    async def keep(self, supervisor):
        self._lan.active(True)
        while True:
            supervisor.check_in("network")
            await asyncio.sleep(1)


def _secret(name):
    blob = bytearray(_BLOB_BYTES)
    try:
        length = esp32.NVS("tidegate").get_blob(name, blob)
    except OSError:
        return ""
    return bytes(blob[:length]).decode()
