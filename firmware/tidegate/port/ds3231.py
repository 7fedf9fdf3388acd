"""A clock with a battery: DS3231 on two pins. It holds UTC.

Registers (its data sheet, "Timekeeping Registers"): 00-06 second, minute, hour, weekday, day,
month, year in BCD; 0F status, whose bit 7 says that the oscillator has stood still since somebody
set the time.
"""

import time

from tidegate.compat import const

_ADDRESS = const(0x68)
_TIME = const(0x00)
_STATUS = const(0x0F)
_STOPPED = const(0x80)
_YEAR_2020_S = const(631152000)  # from 2000, the epoch of this port


class DS3231:
    def __init__(self, bus):
        self._bus = bus

    def read(self):
        # -> seconds since 2020, or 0 when it does not know.
        try:
            if self._bus.readfrom_mem(_ADDRESS, _STATUS, 1)[0] & _STOPPED:
                return 0
            raw = self._bus.readfrom_mem(_ADDRESS, _TIME, 7)
        except OSError:
            return 0
        second, minute, day, month, year = [_binary(raw[i]) for i in (0, 1, 4, 5, 6)]
        hour = _hour(raw[2])
        month %= 80  # bit 7 counts centuries
        if not (second < 60 and minute < 60 and hour < 24 and 0 < day < 32 and 0 < month < 13):
            return 0
        return time.mktime((2000 + year, month, day, hour, minute, second, 0, 0)) - _YEAR_2020_S

    def write(self, wall_s):
        t = time.gmtime(wall_s + _YEAR_2020_S)
        fields = (t[5], t[4], t[3], t[6] + 1, t[2], t[1], t[0] % 100)
        try:
            self._bus.writeto_mem(_ADDRESS, _TIME, bytes([_bcd(value) for value in fields]))
            status = self._bus.readfrom_mem(_ADDRESS, _STATUS, 1)[0]
            self._bus.writeto_mem(_ADDRESS, _STATUS, bytes((status & ~_STOPPED,)))
        except OSError:
            pass  # pulled out: the bridge has the time all the same


def _hour(raw):
    # Somebody else may have set it in the 12-hour form: bit 6, and bit 5 for the afternoon.
    if raw & 0x40:
        return _binary(raw & 0x1F) % 12 + (12 if raw & 0x20 else 0)
    return _binary(raw)


def _binary(bcd):
    return (bcd >> 4) * 10 + (bcd & 15)


def _bcd(value):
    return value // 10 << 4 | value % 10
