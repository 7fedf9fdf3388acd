"""The self-test of a new version: it proves itself, or the one before comes back.

It passes when the journal is mounted, the configuration is taken, every terminal link listens, and
no task fails for a while. It does not ask for the acquirer: a line may be down while a board is
provisioned. A start that dies or hangs before that has used up one of its tries, see main.py.
Loaded only while a version is on trial.
"""

import asyncio

from tidegate.app import events, notes, slots
from tidegate.compat import const
from tidegate.journal import records

_READY_ROUNDS = const(60)
_WELL_ROUNDS = const(10)
_ROUND_MS = const(1000)
_FOR_EVER_MS = const(3600000)


class Trial:
    def __init__(self, port, bridge, supervisor):
        self._port = port
        self._bridge = bridge
        self._supervisor = supervisor

    async def run(self):
        if await self._passes():
            now, back, _ = slots.state(self._port)
            slots.write_state(self._port, now, back, slots.TRUSTED)
            notes.note(self._bridge.engine, records.NOTE_TRUSTED)
        else:
            now, back, _ = slots.state(self._port)
            slots.write_state(self._port, back, now, slots.FAILED)
            notes.note(getattr(self._bridge, "engine", None), records.NOTE_FAILED)
            self._supervisor.note(events.RESET, events.CAUSE_RESET, 0, 0)
            self._port.reset(False)
        while True:
            await asyncio.sleep_ms(_FOR_EVER_MS)  # type: ignore

    async def _passes(self):
        bridge = self._bridge
        if not hasattr(bridge, "engine"):
            return False
        for _ in range(_READY_ROUNDS):
            if len(bridge.links_up) == len(bridge.config["terminals"]):
                return await self._stays_well()
            await self._round()
        return False

    async def _stays_well(self):
        for _ in range(_WELL_ROUNDS):
            await self._round()
            for _, deaths in self._supervisor.status():
                if deaths:
                    return False
        return True

    async def _round(self):
        await asyncio.sleep_ms(self._port.clock.real_ms(_ROUND_MS))  # type: ignore
