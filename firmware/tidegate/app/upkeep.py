"""Keeps the board's network up, also when it says that it is and nothing gets through.

A Wi-Fi chip may say "connected" for hours while no packet passes (micropython #3967), and a cable
may be plugged into something that is dead. So two things count: what the interface says, and
whether anything works. A failed dial that nothing disproves puts the interface in doubt; a line to
a host that opens, or a frame of a terminal that comes over the network, clears it. Whoever is away
or in doubt for some minutes is switched off and on, and each time in vain the minutes double, up
to an hour: the trouble may be the host's, and terminals on this network lose their connections.

An interface that is away takes the idle lines to the hosts with it, although nothing says so on
them: they are given up at once, so that the next sale finds no line and is declined, instead of
being written to nobody. A line on which an answer is out is kept, because it may outlive a short
absence. Loaded on boards that have a network of their own.
"""

import asyncio

from tidegate.app import events
from tidegate.compat import const
from tidegate.core.books import SENT

WELL = const(0)
AWAY = const(1)  # the interface says that it is not connected
DOUBT = const(2)  # it says that it is, and something failed

DOWN = const(0)
UP = const(1)  # and nothing new is known
FAILED = const(2)
WORKED = const(3)

# The next state, by state and by what this second brings.
NEXT = (
    # DOWN  UP     FAILED  WORKED
    (AWAY, WELL, DOUBT, WELL),  # WELL
    (AWAY, WELL, DOUBT, WELL),  # AWAY
    (AWAY, DOUBT, DOUBT, WELL),  # DOUBT
)
_PATIENCE_S = const(300)
_PATIENCE_S_MAX = const(3600)
_SECOND_MS = const(1000)
_NET_DOWN = const(100)  # ENETDOWN


class Evidence:
    # What the bridge has seen since the last look. One that passes nothing sees nothing.
    def __init__(self, bridge):
        self._bridge = bridge
        self._failures = self._frames = 0

    def look(self):
        bridge = self._bridge
        if not hasattr(bridge, "engine"):
            return UP
        failures = sum([host.failures for route in bridge.hosts for host in route.hosts])
        frames = sum([wire.frames for wire in bridge.wires.values() if not wire.serial])
        more, less = failures > self._failures, failures < self._failures
        heard = frames > self._frames
        self._failures, self._frames = failures, frames
        if less or heard or any(uplink.open for uplink in bridge.uplinks):
            return WORKED
        return FAILED if more else UP


class Upkeep:
    def __init__(self, network, bridge, supervisor):
        self._network = network
        self._bridge = bridge
        self._evidence = Evidence(bridge)
        self._supervisor = supervisor
        self._state = AWAY
        self._seconds = 0
        self._patience_s = _PATIENCE_S

    async def run(self):
        self._network.start()
        while True:
            self._supervisor.check_in("network")
            self.second()
            await asyncio.sleep_ms(_SECOND_MS)  # type: ignore

    def second(self):
        seen = self._evidence.look()
        if not self._network.up():
            seen = DOWN
        if seen == WORKED:
            self._patience_s = _PATIENCE_S
        state = NEXT[self._state][seen]
        if state == AWAY:
            if state != self._state:
                self._supervisor.note(events.NETWORK_AWAY, 0, 0, 0)
            self._let_go()
        if state != self._state:
            self._state, self._seconds = state, 0
        if state == WELL:
            return
        self._seconds += 1
        if self._seconds >= self._patience_s:
            self._supervisor.note(events.NETWORK_AGAIN, state, self._seconds, 0)
            self._patience_s = min(self._patience_s * 2, _PATIENCE_S_MAX)
            self._state, self._seconds = AWAY, 0
            self._network.start()

    def _let_go(self):
        bridge = self._bridge
        if not hasattr(bridge, "engine"):
            return
        for uplink in bridge.uplinks:
            index = uplink.lane
            out = bridge.engine.ledger.lanes[index].live.state == SENT
            if uplink.open and not bridge.engine.lanes[index].phase and not out:
                uplink.hang_up()
                bridge.perform(bridge.engine.uplink_down, index, _NET_DOWN)
