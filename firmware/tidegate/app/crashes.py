"""Safe mode: after three crashes within ten minutes the firmware starts its console and nothing
else, and leaves the journal alone, so that somebody can look and nothing is worn out by a loop.

A crash is a start by the watchdog, by a panic of the system, or by the end of the main loop. How
long ago each was is kept where a reset leaves it and a power cut does not (`port.keep`): seconds
that go on while the firmware runs, because the wall clock may jump. Power off and on, or a reset
that somebody asks for, begins anew. A version on trial has a count of its own, see main.py, and a
way back. Loaded after a crash.
"""

import asyncio
from struct import pack, unpack

from tidegate.app import events
from tidegate.compat import const

_MANY = const(3)
_WITHIN_S = const(600)
_ROUND_S = const(5)
_FOR_EVER_MS = const(3600000)


class Crashes:
    def __init__(self, port, on_trial):
        self._port = port
        kept = port.kept(events.KEPT_CRASHES)
        self.ages_s = []  # of the crashes that still count
        if port.cause not in (events.CAUSE_POWER, events.CAUSE_RESET):
            self.ages_s += unpack("<%dH" % (len(kept) // 2), kept[: len(kept) // 2 * 2])
        if port.cause in events.CRASHES and not on_trial:
            self.ages_s = self.ages_s[1 - _MANY :] + [0]
        self._keep()

    @property
    def too_many(self):
        return len(self.ages_s) >= _MANY

    def _keep(self):
        ages = pack("<%dH" % len(self.ages_s), *self.ages_s)
        self._port.keep(events.KEPT_CRASHES, ages)

    def passed(self, seconds):
        self.ages_s = [age_s + seconds for age_s in self.ages_s if age_s + seconds < _WITHIN_S]
        self._keep()

    async def run(self):
        clock = self._port.clock
        while self.ages_s:
            before_ms = clock.ms()
            await asyncio.sleep_ms(clock.real_ms(_ROUND_S * 1000))  # type: ignore
            self.passed(max(_ROUND_S, (clock.ms() - before_ms) // 1000))
        while True:
            await asyncio.sleep_ms(_FOR_EVER_MS)  # type: ignore
