"""Settlement by the bridge, at a time of the day, for terminals that keep no batch of their own.

What is owed is told by the books alone: a batch that began before the last such time and was not
answered yet. So a settlement that the line or the power prevented is made up for. The 0500 takes
the same way as a terminal's: what is stored goes first. It settles for the terminals that the
configuration names, and no more for one that is seen to settle by itself. Loaded where it is on.
"""

from binascii import unhexlify

from tidegate.compat import const
from tidegate.core import events, flow, passing
from tidegate.core.lanes import IDLE, NOBODY
from tidegate.proto.derive import derive
from tidegate.proto.iso8583 import FieldIndex

_DAY_S = const(86400)
_RETRY_MS = const(600000)
_LOOK_MS = const(10000)
_STAN = const(990000)  # its own range of trace numbers
_FRAME_BYTES = const(256)
# Fields 7 11 41 42, and counts and sums: credits in 74 and 86, debits in 76 and 88.
_FIELDS = (7, 11, 41, 42, 74, 76, 86, 88)


class Settling:
    def __init__(self, config, lanes_max):
        self._at_s = config["at_min"] * 60
        self._names = [name.encode() for name in config["terminals"]]  # F41
        self._retry_ms = [0] * lanes_max
        self.own = [False] * lanes_max  # seen to settle by themselves, since the start
        self.due_ms = 0

    def look(self, e):
        # Asks for what is owed.
        self.due_ms = e.time.ms + _LOOK_MS
        if not e.time.trust:
            return
        last_s = e.time.wall - (e.schedule.day_second(e.time.wall)[1] - self._at_s) % _DAY_S
        for lane in e.lanes:
            if e.time.ms >= self._retry_ms[lane.index] and self._owes(e, lane, last_s):
                self._retry_ms[lane.index] = e.time.ms + _RETRY_MS
                self._settle(e, lane)

    def _owes(self, e, lane, last_s):
        since_s = e.ledger.lanes[lane.index].since_s
        if not 0 < since_s < last_s or self.own[lane.index]:
            return False
        if not is_bare(lane.dialect) or lane.phase != IDLE or lane.ask.length:
            return False
        return e.ledger.name_of(lane.index)[:8] in self._names

    def _settle(self, e, lane):
        frame = self._frame(e, lane)
        e.log(events.SETTLES, lane.index, 0, 0)
        passing.arrive(e, lane, NOBODY, e.message.read(lane.dialect, frame))
        flow.kick(e, lane)

    def _frame(self, e, lane):
        dialect = lane.dialect
        name = e.ledger.name_of(lane.index)
        books = e.ledger.lanes[lane.index].books
        _, month, day, hour, minute, second, _ = e.schedule.local(e.time.wall)
        put = {41: name[:8], 42: name[8:]}
        numbers = (
            (7, (((month * 100 + day) * 100 + hour) * 100 + minute) * 100 + second),
            (11, _STAN + e.time.wall // 60 % 10000),
            (74, books.credit_count), (76, books.debit_count),
            (86, books.credit_sum), (88, books.debit_sum),
        )  # fmt: skip
        for n, value in numbers:
            text = b"%0*d" % (dialect.most(n), value)
            put[n] = unhexlify(text) if dialect.packed[n] else text
        blank = FieldIndex()
        blank.dialect = dialect
        out = bytearray(_FRAME_BYTES)
        return memoryview(out)[: derive(blank, 500, _FIELDS, put, out)]


def is_bare(dialect):
    # Plain ISO 8583 without addresses in front: nothing has to be known of the terminal's frames.
    return dialect.is_plain and not dialect.tpdu_bytes + dialect.header_bytes
