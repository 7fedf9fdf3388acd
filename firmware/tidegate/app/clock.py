"""What time it is, and how far that can be trusted.

Trust is 0 unknown, 1 floor (not earlier than this), 2 held (told by a host's answers, or synced
long ago), 3 synced. Sources, best first: NTP, or a port whose machine keeps time itself; F12 and
F13 of the host's answers, which have no year; the newest time in the journal, which is a floor.
Timers never look at this clock. Every correction is an event, and goes to the journal so that it
is a floor after the next start.
"""

import asyncio
import socket

from tidegate.app import events
from tidegate.app.waits import Deadline, readable
from tidegate.compat import const

UNKNOWN = const(0)
FLOOR = const(1)
HELD = const(2)
SYNCED = const(3)

SOURCE_PORT = const(1)
SOURCE_JOURNAL = const(2)
SOURCE_HOST = const(3)
SOURCE_NTP = const(4)

_NTP_TO_2020_S = const(3786825600)
_BUILT_WALL_S = const(189388800)  # 2026-01-01: no bridge runs before it was made
_DAY_S = const(86400)
_JUMP_S = const(2)  # smaller differences of a host's clock are left alone
_DOUBT_S = const(600)  # a bigger jump needs a second answer that says the same
_AGREE_S = const(60)
_SYNC_EVERY_MS = const(21600000)
_SYNC_AGAIN_MS = const(60000)
_STALE_MS = const(172800000)  # synced longer ago than this is only held
_ROUND_MS = const(5000)
_NTP_WAIT_MS = const(3000)


class Time:
    def __init__(self):
        self.ms = 0
        self.wall = 0
        self.trust = UNKNOWN


class Clock:
    def __init__(self, port):
        self.port = port
        self.time = Time()
        self.note = _nothing
        self.record = _nothing  # a CLOCK entry, once there is a journal
        self._offsets = [[0, 0]]
        self._ntp_host = ""
        self._synced_ms = 0
        self._claim_s = 0  # what a disbelieved host said the difference was
        self._steady = port.trusts_clock
        self.time.trust = SYNCED if self._steady else HELD if port.clock.known else UNKNOWN
        self.refresh()

    def tells(self, note):
        self.note = note

    def records(self, record):
        self.record = record

    def configure(self, settings):
        self._offsets = settings["offsets"]
        self._ntp_host = settings.get("ntp", "")

    def refresh(self):
        t = self.time
        t.ms = self.port.clock.ms()
        t.wall = self.port.clock.wall()

    def _set(self, source, wall, trust):
        self.refresh()
        jump_s = wall - self.time.wall
        if jump_s or trust > self.time.trust:
            # A floor is not what time it is: no clock may tell it as that after the next start.
            self.port.clock.set(wall, trust >= HELD)
        if not jump_s and trust == self.time.trust:
            return
        self.time.trust = trust
        self.refresh()
        self.note(events.CLOCK_SET, source, trust, jump_s)
        self.record()

    def floor(self, wall):
        # The newest time in the journal: it was at least that late when the power went.
        self.refresh()
        if self.time.trust == UNKNOWN:
            if wall:
                self._set(SOURCE_JOURNAL, wall, FLOOR)
        elif wall > self.time.wall + _DOUBT_S:
            self.note(events.CLOCK_DOUBT, SOURCE_PORT, wall - self.time.wall, 0)

    def host_time(self, date_mmdd, time_hhmmss):
        wall = self._wall_of(date_mmdd, time_hhmmss)
        if wall < 0:
            return
        difference_s = wall - self.time.wall
        if self.time.trust == SYNCED or self._too_far(difference_s):
            if abs(difference_s) > _DOUBT_S and abs(difference_s - self._claim_s) > _AGREE_S:
                self._claim_s = difference_s
                self.note(events.CLOCK_DOUBT, SOURCE_HOST, difference_s, 0)
            return
        self._claim_s = 0
        if abs(difference_s) > _JUMP_S or self.time.trust < HELD:
            # Without any year to hold on to, the date may be years off: no more than a floor.
            self._set(SOURCE_HOST, wall, HELD if self.time.trust else FLOOR)

    def _too_far(self, difference_s):
        if self.time.trust < HELD or abs(difference_s) <= _DOUBT_S:
            return False
        return not self._claim_s or abs(difference_s - self._claim_s) > _AGREE_S

    def _wall_of(self, date_mmdd, time_hhmmss):
        # Local date and time without a year -> seconds since 2020, or -1.
        month, day = date_mmdd // 100, date_mmdd % 100
        hour, minute, second = time_hhmmss // 10000, time_hhmmss // 100 % 100, time_hhmmss % 100
        if not (0 < month < 13 and 0 < day < 32 and hour < 24 and minute < 60 and second < 60):
            return -1
        known = self.time.trust >= HELD
        near = self.time.wall if self.time.trust else _BUILT_WALL_S
        in_day_s = hour * 3600 + minute * 60 + second - self._offset(near)
        year = 2020 + near // (365 * _DAY_S + _DAY_S // 4)
        best = -1
        for y in (year - 1, year, year + 1):
            wall = _days(y, month, day) * _DAY_S + in_day_s
            if known:
                if best < 0 or abs(wall - near) < abs(best - near):
                    best = wall
            elif best < 0 and wall > near - _DAY_S:
                best = wall
        return best

    def _offset(self, wall):
        found = 0
        for since, offset_s in self._offsets:
            if since <= wall:
                found = offset_s
        return found

    # The task.

    async def run(self, supervisor):
        wait_ms = 0
        since_ms = self.time.ms
        while True:
            supervisor.check_in("clock")
            self.refresh()
            if self._ntp_host and self.time.ms - since_ms >= wait_ms:
                since_ms = self.time.ms
                wait_ms = _SYNC_EVERY_MS if await self._sync() else _SYNC_AGAIN_MS
            if self.time.trust == SYNCED and not self._steady:
                if self.time.ms - self._synced_ms > _STALE_MS:
                    self._set(SOURCE_NTP, self.time.wall, HELD)
            await asyncio.sleep_ms(_ROUND_MS)  # type: ignore

    async def _sync(self):
        try:
            wall = await self._ask()
        except OSError as error:
            self.note(events.CLOCK_DOUBT, SOURCE_NTP, 0, events.reason_of(error))
            return False
        if wall < _BUILT_WALL_S:
            self.note(events.CLOCK_DOUBT, SOURCE_NTP, 0, 0)
            return False
        self.refresh()
        self._synced_ms = self.time.ms
        self._set(SOURCE_NTP, wall, SYNCED)
        return True

    async def _ask(self):
        name, _, port = self._ntp_host.partition(":")
        address = socket.getaddrinfo(name, int(port or 123), 0, socket.SOCK_DGRAM)[0][-1]
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.sendto(b"\x1b" + bytes(47), address)
            with Deadline(_NTP_WAIT_MS):
                await readable(sock)
            answer = sock.recv(48)
        finally:
            sock.close()
        # A server's answer (mode 4) with a stratum; anything else is no time.
        if len(answer) < 48 or answer[0] & 7 != 4 or not 0 < answer[1] < 16:
            return 0
        return int.from_bytes(answer[40:44], "big") - _NTP_TO_2020_S


def _nothing(*_):
    pass


def _days(year, month, day):
    # Days since 2020-01-01; years are counted from March so that a leap day comes last.
    if month < 3:
        year -= 1
        month += 12
    passed = 365 * year + year // 4 - year // 100 + year // 400
    return passed + (153 * (month - 3) + 2) // 5 + day - 737731
