"""What a bridge does at this moment, and what its board is like. Loaded when somebody asks.

status    lanes, books, connections, tasks, what waits for a person
facts     heap, partitions, file system, network
"""

import gc

from tidegate.app.service import LOOK_WORDS
from tidegate.compat import const
from tidegate.core import status
from tidegate.journal import records

_NAMES = "cause ms uplinks connections links routes config people journal"
_ITEMS_MAX = const(500)  # so many are looked at one by one to count what needs a person


class Looks:
    def __init__(self, service):
        self._service = service
        self._engine = service.engine
        self._port = service.port

    def words(self):
        return dict(zip(LOOK_WORDS.split(), (self.status, self.facts)))

    def status(self):
        gc.collect()
        found: dict = {"heap_free_bytes": gc.mem_free()}  # type: ignore
        found["problem"] = self._service.problem
        found["tasks"] = self._service.supervisor.status()
        if not self._engine:
            return found
        bridge = self._service.bridge
        bridge.refresh()
        found.update(status.status(self._engine))
        values = (
            self._port.cause,
            bridge.time.ms,
            [(u.lane, u.route) for u in bridge.uplinks if u.open],
            self._connections(),
            [t["name"] for t in bridge.config["terminals"]],
            [r["name"] for r in bridge.config["routes"]],
            self._service.config_hash(),
            self._people(),
            self._engine.journal.report.as_dict(),
        )
        found.update(zip(_NAMES.split(), values))
        return found

    def _connections(self):
        return [
            (w.conn, w.link, w.frames, w.framer.garbage_bytes, w.framer.lrc_errors,
             w.framer.oversize + w.framer.length_errors)
            for w in self._service.bridge.wires.values()
        ]  # fmt: skip

    def _people(self):
        # Lanes' items that wait for a person: [attention, holds] each, or nothing when counting
        # would take long.
        journal = self._engine.journal
        counts = [[0, 0] for _ in self._engine.lanes]
        for i, item in enumerate(journal.items(-1, 1 << records.ATTENTION | 1 << records.HOLD)):
            counts[item.lane][item.type == records.HOLD] += 1
            if i > _ITEMS_MAX:
                return None
        return counts

    def facts(self):
        found = {"heap_free_bytes": gc.mem_free()}  # type: ignore
        found["heap_used_bytes"] = gc.mem_alloc()  # type: ignore
        found["largest_block_bytes"] = _largest_block()
        found.update(self._port.facts())
        return found


def _largest_block():
    # Found by trying; what was tried is garbage at once.
    gc.collect()
    low, high = 0, gc.mem_free()  # type: ignore
    while high - low > 256:
        middle = (low + high) // 2
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            high = middle
    gc.collect()
    return low
