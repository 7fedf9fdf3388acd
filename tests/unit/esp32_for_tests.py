"""An ESP32's own modules, for tests without one: `machine`, `network`, `esp32` and their kin.

They have what the port uses and nothing else, with the real names, arguments and errors, so a call
that a board would refuse fails here as well (tests/port/test_stand_ins.py holds them against
MicroPython's stubs). What the hardware would decide is in `chip`.
"""

import sys

YEAR_2000 = 730119  # days of date(2000, 1, 1), counted as below
ENODEV = 19


class Chip:
    def __init__(self):
        self.power_on()

    def power_on(self):
        self.cause = machine.PWRON_RESET
        self.rtc_memory = b""
        self.epoch_s = 0  # seconds since 2000
        self.ticks = 0
        self.ended = ""
        self.bus = {}  # address -> bytearray of registers
        self.levels = {}  # output pin -> level
        self.uarts = []
        self.watchdog_ms = 0
        self.fed = 0
        self.nvs = {}
        self.partitions = ["journal", "keys"]
        self.air = None  # (ssid, key) of the access point in reach
        self.wlan_active = False
        self.wlan_up = False
        self.cable = False
        self.lan = None
        self.lan_active = False
        self.interface_starts = 0
        self.kbd_intr = 3

    def restart(self, cause):
        # What a reset leaves: the clock and its memory.
        kept = self.rtc_memory, self.epoch_s
        self.power_on()
        self.rtc_memory, self.epoch_s = kept
        self.cause = cause


class Ended(Exception):
    # Where a real board would not come back from.
    pass


def _days(year, month, day):
    if month < 3:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400
    return days + (153 * (month - 3) + 2) // 5 + day - 307 - YEAR_2000


def _date(days):
    year = 2000 + days // 366
    while _days(year + 1, 1, 1) <= days:
        year += 1
    month = 1
    while month < 12 and _days(year, month + 1, 1) <= days:
        month += 1
    return year, month, days - _days(year, month, 1) + 1


class time:
    # Its epoch is 2000 on this port.
    @staticmethod
    def ticks_ms():
        return chip.ticks % (1 << 30)

    @staticmethod
    def ticks_diff(later, earlier):
        half = 1 << 29
        return (later - earlier + half) % (1 << 30) - half

    @staticmethod
    def time():
        return chip.epoch_s

    @staticmethod
    def gmtime(seconds):
        days, rest = seconds // 86400, seconds % 86400
        year, month, day = _date(days)
        in_day = rest // 3600, rest // 60 % 60, rest % 60
        return (year, month, day) + in_day + ((days + 5) % 7, days - _days(year, 1, 1) + 1)

    @staticmethod
    def mktime(fields):
        year, month, day, hour, minute, second, _, _ = fields
        return _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second


class Pin:
    OUT = 3

    def __init__(self, id, mode=-1, *, value=None):
        self.id = id
        if value is not None:
            self(value)

    def __call__(self, value):
        chip.levels[self.id] = value


class RTC:
    def memory(self, data=None):
        if data is None:
            return chip.rtc_memory
        if len(data) > 2048:
            raise ValueError("buffer too long")
        chip.rtc_memory = bytes(data)
        return None

    def datetime(self, fields):
        year, month, day, weekday, hour, minute, second, sub = fields
        date = time.mktime((year, month, day, hour, minute, second, 0, 0))
        if weekday != time.gmtime(date)[6] or sub:
            raise ValueError("weekday")
        chip.epoch_s = date


class SoftI2C:
    def __init__(self, scl, sda, *, freq=400000):
        if not isinstance(scl, Pin) or not isinstance(sda, Pin):
            raise TypeError("expecting a pin")
        self.pins = scl.id, sda.id

    def _device(self, address):
        if address not in chip.bus:
            raise OSError(ENODEV, "ENODEV")
        return chip.bus[address]

    def writeto(self, address, data):
        self._device(address)
        return len(data)

    def readfrom_mem(self, address, register, count):
        return bytes(self._device(address)[register : register + count])

    def writeto_mem(self, address, register, data):
        self._device(address)[register : register + len(data)] = data


class UART:
    def __init__(self, id, baudrate, *, tx=-1, rx=-1, rxbuf=256, txbuf=256, timeout=0):
        chip.uarts.append((id, baudrate, tx, rx, rxbuf, txbuf))


class WDT:
    def __init__(self, *, timeout=5000):
        chip.watchdog_ms = timeout

    def feed(self):
        chip.fed += 1


class machine:
    PWRON_RESET = 1
    HARD_RESET = 2
    WDT_RESET = 3
    DEEPSLEEP_RESET = 4
    SOFT_RESET = 5
    Pin = Pin
    RTC = RTC
    SoftI2C = SoftI2C
    UART = UART
    WDT = WDT

    @staticmethod
    def reset_cause():
        return chip.cause

    @staticmethod
    def reset():
        chip.ended = "hard"
        raise Ended

    @staticmethod
    def soft_reset():
        chip.ended = "soft"
        raise Ended


class WLAN:
    def __init__(self, id):
        if id != network.STA_IF:
            raise ValueError("id")

    def active(self, on=None):
        if on is None:
            return chip.wlan_active
        if not on:
            chip.wlan_up = False
        chip.wlan_active = bool(on)
        return None

    def connect(self, ssid, key):
        if not chip.wlan_active:
            raise OSError("Wifi Not Started")
        chip.interface_starts += 1
        chip.wlan_up = chip.air == (ssid, key)

    def isconnected(self):
        return chip.wlan_active and chip.wlan_up

    def status(self, what):
        if what != "rssi" or not chip.wlan_up:
            raise OSError("Wifi Invalid State")
        return -61

    def ifconfig(self):
        return ("10.0.0.7", "255.255.255.0", "10.0.0.1", "10.0.0.2")


class LAN:
    def __init__(self, *, phy_type, phy_addr, mdc, mdio, power=None):
        for pin in (mdc, mdio) if power is None else (mdc, mdio, power):
            if not isinstance(pin, Pin):
                raise TypeError("expecting a pin")
        if phy_type != network.PHY_LAN8720:
            raise ValueError("phy type")
        chip.lan = phy_addr, mdc.id, mdio.id, power and power.id

    def active(self, on=None):
        if on is None:
            return chip.lan_active
        if bool(on) == chip.lan_active:
            raise OSError("ethernet %s failed" % ("initialization" if on else "deinitialization"))
        chip.lan_active = bool(on)
        chip.interface_starts += chip.lan_active
        return None

    def isconnected(self):
        return chip.lan_active and chip.cable

    def ifconfig(self):
        return ("10.0.0.8", "255.255.255.0", "10.0.0.1", "10.0.0.1")


class network:
    STA_IF = 0
    PHY_LAN8720 = 1
    WLAN = WLAN
    LAN = LAN


class NVS:
    def __init__(self, namespace):
        self.found = chip.nvs.get(namespace, {})

    def get_blob(self, key, buffer):
        if key not in self.found:
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        if len(self.found[key]) > len(buffer):
            raise OSError(-4364, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(self.found[key])] = self.found[key]
        return len(self.found[key])


class Partition:
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id):
        self.id = id

    @staticmethod
    def find(type=0, *, label=None):
        if type == Partition.TYPE_APP:
            return [Partition("factory")]
        return [Partition(name) for name in chip.partitions if label in (None, name)]

    def info(self):
        return (0, 0, 0x10000, 0x1000, self.id, False)


class esp32:
    HEAP_DATA = 4
    NVS = NVS
    Partition = Partition

    @staticmethod
    def idf_heap_info(_capabilities):
        return [(100000, 40000, 30000, 20000)]


class micropython:
    # What the rest of the firmware takes from the module of that name.
    const = staticmethod(lambda value: value)

    @staticmethod
    def kbd_intr(number):
        chip.kbd_intr = number


class cryptolib:
    pass


chip = Chip()
MODULES = {
    "machine": machine,
    "network": network,
    "esp32": esp32,
    "time": time,
    "micropython": micropython,
    "cryptolib": cryptolib,
}
OURS = ("esp32", "esp32_facts", "wifi", "ethernet", "ds3231")


class Bench:
    # In place of the interpreter's modules, and of what our own imported from those before.
    def __init__(self):
        __import__("tidegate.compat")
        __import__("tidegate.port")
        self._before = {name: sys.modules.get(name) for name in MODULES}
        _forget()
        sys.modules.update(MODULES)
        chip.power_on()

    def end(self):
        _forget()
        for name, module in self._before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module

    def loaded(self):
        return [name for name in OURS if "tidegate.port." + name in sys.modules]


def _forget():
    for name in OURS:
        if sys.modules.pop("tidegate.port." + name, None):
            try:
                delattr(sys.modules["tidegate.port"], name)
            except AttributeError:
                pass
