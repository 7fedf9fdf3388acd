"""What the board's LED says, for who looks at the box and has no computer.

    flicker                  safe mode: it crashed three times, only the console runs
    three flashes            nothing is passed: it is not set up, or something cannot be read
    on and off, slowly       there is no line to the host, or none to the network
    two flashes              something waits for a person
    one short flash in 3 s   all is well

The first that is true counts. Loaded where there is an LED.
"""

import asyncio

from tidegate.compat import const
from tidegate.journal import records

SAFE = const(0)
NOT_SET_UP = const(1)
NO_LINE = const(2)
ATTENTION = const(3)
WELL = const(4)

# On, off, on, off ... in tenths of a second.
PATTERNS = ((1, 1), (2, 3, 2, 3, 2, 12), (10, 10), (2, 3, 2, 12), (1, 29))
_TENTH_MS = const(100)
_ITEMS_MAX = const(200)  # with more, looking through them takes too long to do it all the time


class Lamp:
    def __init__(self, light, network, bridge, supervisor):
        self._light = light
        self._network = network  # None where it is not the board's
        self._bridge = bridge
        self._supervisor = supervisor

    def state(self):
        bridge = self._bridge
        if not hasattr(bridge, "engine"):
            return SAFE if bridge.safe else NOT_SET_UP
        if self._network and not self._network.up():
            return NO_LINE
        for lane in bridge.engine.lanes:
            if not lane.line_ok:
                return NO_LINE
        return ATTENTION if _waits_for_a_person(bridge.engine.journal) else WELL

    async def run(self):
        while True:
            self._supervisor.check_in("lamp")
            on = 1
            for tenths in PATTERNS[self.state()]:
                self._light(on)
                on = 1 - on
                await asyncio.sleep_ms(tenths * _TENTH_MS)  # type: ignore


def _waits_for_a_person(journal):
    if any(journal.queues.attention):
        return True
    if journal.open_count(-1) <= _ITEMS_MAX:
        for _ in journal.items(-1, 1 << records.ATTENTION):
            return True
    return False
