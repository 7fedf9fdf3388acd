"""Stand-in: for a host that seals nothing, the bridge may approve small sales while the line is
down, and takes back by itself what was written and never answered. Loaded when it is switched on.

An approval is a promise to bring an advice (0220) to the host: it is durable before the terminal
hears it, and what is promised is limited by amount, count, sum and age. No PIN and no track is
kept, so a sale with either is declined as ever. A reversal takes an approval back: before its
advice was written nothing need reach the host at all; after that the reversal must.
"""

from binascii import unhexlify
from struct import pack_into

from tidegate.compat import const
from tidegate.core import attention, events, holds, keeping, live, rules, seen, stored
from tidegate.core.lanes import NOBODY
from tidegate.core.schedule import REASON_LINE
from tidegate.journal import bodies, records
from tidegate.proto import approval, derive, message

_STORE_MASK = 1 << records.STORE
_NOTE_BYTES = const(28)
_TIMED_OUT = b"68"
_NOT_KEPT = (26, 35, 36, 45, 52, 53, 64, 128)  # PIN, tracks and seals
_NOT_REVERSED = _NOT_KEPT + (37, 38, 55)
# F90: type, trace number, date and time of what is taken back; two institutions.
_ORIGINAL = const(90)
_NOTHING = {"max_amount": 0, "max_count": 0, "max_sum": 0, "max_age_h": 0, "reversals": False}


class StandIn:
    def __init__(self, config):
        # Without one it approves nothing, and looks after what was approved before.
        config = config or _NOTHING
        self.amount_max = config["max_amount"]
        self.count_max = config["max_count"]
        self.sum_max = config["max_sum"]
        self.age_max_s = config["max_age_h"] * 3600
        self.reverses = config["reversals"]
        self._out = bytearray(0)

    # Approvals.

    def approve(self, e, lane, conn, m):
        # The line is down, or the host is silent, and nothing was written. -> was the sale
        # approved? The window and the limits are asked again at this moment.
        if conn == NOBODY or not self._may(e, m) or live.judge(e, lane, m).code:
            return False
        auth = b"S%05d" % (e.journal.next_id % 100000)
        tag = seen.tag_of(m)
        advice = self._derive(m, 220, _NOT_KEPT, {38: auth, 39: b"00"})
        kept = e.other.read(lane.dialect, advice)
        if kept.secret or not e.store(lane, kept, tag, records.FLAG_STAND_IN, None):
            return False
        e.log(events.STOOD_IN, lane.index, m.kind, m.stan)
        lane.stand_in_id = e.journal.next_id - 1
        self._note(e, lane, m, auth)
        holds.succeed(e, lane, (m.kind, e.card_hash(m.pan()), m.amount))
        stored.back_off(e, lane)  # the line was tried just now
        self._tell(e, lane, conn, m, auth)
        return True

    def _note(self, e, lane, m, auth):
        # What the sealed advice does not tell without its key: for vouchers and listings.
        body = e.body(_NOTE_BYTES)
        pack_into(
            "<IBBHII6s6s", body, 0, lane.stand_in_id, lane.index, records.NOTE_STOOD_IN, 0,
            e.time.wall, m.amount, m.masked, auth,
        )  # fmt: skip
        e.append(records.NOTE, body, False)

    def _may(self, e, m):
        if m.kind != message.KIND_SALE or not m.dialect.is_plain or m.secret or m.stan < 0:
            return False
        if not m.terminal or not 0 < m.amount <= self.amount_max:
            return False
        count, total, oldest = self.promised(e)
        too_old = count and (not e.time.trust or e.time.wall - oldest > self.age_max_s)
        return count < self.count_max and total + m.amount <= self.sum_max and not too_old

    def promised(self, e):
        # -> count, sum and the time of the oldest of what was approved and is not with the host.
        count, total, oldest = 0, 0, e.time.wall
        for item in e.journal.items(-1, _STORE_MASK):
            if item.flags & records.FLAG_STAND_IN:
                count += 1
                total += e.item_amount(item, e.lanes[item.lane].dialect)
                oldest = min(oldest, item.wall_s)
        return count, total, oldest

    def again(self, e, lane, conn, m):
        # A request that was approved here: it hears the same.
        item = e.journal.find(lane.index, seen.tag_of(m))
        # Silence when it is not known to be good any more: the terminal reverses it.
        if item is not None and not item.attention:
            kept = e.stored_message(item, lane.dialect)
            if kept is not None and kept.amount == m.amount:
                lane.stand_in_id = item.id
                self._tell(e, lane, conn, m, kept.auth)

    def _tell(self, e, lane, conn, m, auth):
        frame = e.own_answer(m, approval.build_approval, auth)
        told = lane.remembered
        if told.take(memoryview(frame), m, conn):
            told.until_ms = e.time.ms + e.duplicate_ms
            told.epoch = e.ledger.lanes[lane.index].key_epoch
        lane.handing_conn = conn
        e.reply(conn, frame)

    def delivered(self, e, lane):
        body = e.body(records.DELIVER_BYTES)
        bodies.put(records.DELIVER, body, lane.stand_in_id, lane.index, e.time.wall)
        lane.stand_in_id = 0
        e.append(records.DELIVER, body, True)

    def undelivered(self, e, lane):
        # The connection closed before the wire took the approval: the terminal never had it.
        item = e.journal.open_item(lane.stand_in_id)
        lane.stand_in_id = 0
        if self.reverses and item is not None and not item.attempted and not item.attention:
            self._take_back(e, lane, item)

    # Reversals.

    def take_back(self, e, lane, m):
        # The terminal reverses what was approved here. -> what it is told, b"" when the reversal
        # is for the host. It is never stored beside an advice that could go out after it: what
        # the journal does not take, the terminal has to bring again.
        for item in e.journal.items(lane.index, _STORE_MASK, False):
            if item.stan == m.about and item.flags & records.FLAG_STAND_IN:
                lane.remembered.clear()
                if not item.attempted:
                    ended = self._take_back(e, lane, item)
                    return rules.accepts(lane.dialect, True) if ended else e.decline["busy"]
                # The host may have it: the reversal goes there, and the advice never again.
                told = attention.attend(e, lane, item, records.WHY_TAKEN_BACK, 0, None)
                return b"" if told else e.decline["busy"]
        return b""

    def _take_back(self, e, lane, item):
        stan = item.stan
        if not e.done(item, records.HOW_REPLACED, 0):
            return False
        lane.remembered.clear()
        e.log(events.TAKEN_BACK, lane.index, 0, stan)
        return True

    def undo(self, e, lane, conn):
        # A request was written and not answered: what the host may have booked is taken back, and
        # only then the terminal hears a decline.
        kept = e.ledger.lanes[lane.index].live
        if not self._reverses(lane, kept):
            return False
        size = lane.sent_bytes
        m = e.message.read(lane.dialect, lane.ask.view[:size])
        fields = {39: _TIMED_OUT, _ORIGINAL: _original(m)}
        frame = self._derive(m, 400, _NOT_REVERSED, fields)
        reversal = e.message.read(lane.dialect, frame)
        if not keeping.keep(e, lane, reversal, seen.before(e, lane, reversal)):
            return False
        lane.retry_ms = e.time.ms
        if conn != NOBODY:
            m = e.message.read(lane.dialect, lane.ask.view[:size])
            live.decline(e, lane, conn, m, e.schedule.refused(e.decline["line"], REASON_LINE))
        return True

    def end_with_reversal(self, e, lane, stan):
        # The reversal of an approval that was on its way has ended: so has the approval.
        for item in self._taken_back(e, lane, stan):
            e.done(item, records.HOW_REPLACED, 0)
            return

    def is_on_its_way(self, e, lane, stan):
        for _ in self._taken_back(e, lane, stan):
            return True
        return False

    def _taken_back(self, e, lane, stan):
        for item in e.journal.items(lane.index, _STORE_MASK, True):
            if item.stan == stan and item.flags & records.FLAG_STAND_IN:
                yield item

    def _reverses(self, lane, kept):
        known = lane.sent_bytes and lane.sent_hash == kept.hash
        return self.reverses and known and lane.dialect.is_plain and kept.open()

    def _derive(self, m, mti, dropped, put):
        # In a buffer of its own, as long as the longest so far.
        size = len(m.view) + 64 + m.dialect.tpdu_bytes
        if len(self._out) < size:
            self._out = bytearray(size)
        numbers = [n for n in range(2, m.dialect.fields_max + 1) if n not in dropped]
        length = derive.derive(m.index, mti, numbers, put, self._out)
        return memoryview(self._out)[:length]


def _original(m):
    index = m.index
    told = (m.mti, m.stan, max(index.digits(7, 0, 10), 0), 0)
    text = b"%04d%06d%010d%022d" % told
    return unhexlify(text) if m.dialect.packed[_ORIGINAL] else text
