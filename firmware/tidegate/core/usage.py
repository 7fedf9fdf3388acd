"""What the limits have seen: counts and sums of the running day or window, and the newest cards.

A live request counts from the moment it is durable, unless the host declined it or the terminal
took it back; a void gives nothing back. The newest request of a lane is still open to both, so it
is looked at where it stands, in the books; the one before it is added up when a newer one takes
its place. All of it follows from the journal, as the books do: every CHECKPOINT set has the sums,
and a start adds up what came after. Of every limit two periods are kept, because a clock may be
put back.
"""

from array import array
from binascii import crc32
from struct import pack_into, unpack_from

from tidegate.compat import const
from tidegate.core import books
from tidegate.journal import bodies, records

USAGE_LANE = const(253)  # in a CHECKPOINT, where a lane stands
_COUNTING = (books.SENT, books.APPROVED, books.DELIVERED, books.LATE, books.ATTENDED)
_COUNT = const(1)  # the rules of `limits` that count by periods
_SUM = const(2)
_CARDS = const(64)  # the newest requests whose cards are remembered
_SMALL = const(0x3FFFFFFF)

# In a CHECKPOINT: id, lane, what follows (sums or cards), how many, is it the first of the set.
_HEAD = "<IBBBB"
_HEAD_BYTES = const(8)
_SUMS = const(0)
_OF_CARDS = const(1)
_ROWS_MAX = const(11)
# limit (its tag), lane, period, count, sum(2)
_SUM_ROW = "<HBxIHIB"
# card, amount, wall, lane and kind
_CARD_ROW = "<IIIB2x"
_ROW_BYTES = const(15)


class Usage:
    def __init__(self, limits, schedule, lanes_max):
        self._limits = limits
        self._schedule = schedule
        self._lanes = lanes_max
        counted = [i for i in range(len(limits)) if limits[i].rule in (_COUNT, _SUM)]
        self._places = {index: place for place, index in enumerate(counted)}
        self._within_s = max([limit.within_s for limit in limits])
        size = _CARDS if self._within_s else 0
        self._cards = array("I", [0] * size)
        self._amounts = array("I", [0] * size)
        self._walls = array("I", [0] * size)
        self._what = bytearray(size)  # lane and kind
        self._clear()
        self.count = self.sum = 0

    def _clear(self):
        slots = len(self._places) * 2
        self._periods = [0] * slots
        self._newest = bytearray(len(self._places))  # which of the two is running
        self._counts = array("H", [0] * (slots * self._lanes))
        self._sums = [0] * (slots * self._lanes)
        self._next = 0
        for i in range(len(self._cards)):
            self._cards[i] = self._walls[i] = 0

    # Adding up.

    def take(self, lane, live, terminal):
        # The newest request of a lane is about to be followed by another.
        if live.state not in _COUNTING:
            return
        for index, limit in enumerate(self._limits):
            if self._fits(limit, live, terminal):
                row = self._row(index, self._period(limit, live.wall), lane)
                self._counts[row] += 1
                self._sums[row] += live.amount
        if self._within_s:
            at = self._next
            self._cards[at] = _word(live.card)
            self._amounts[at] = live.amount & _SMALL
            self._walls[at] = live.wall
            self._what[at] = lane | live.kind << 3
            self._next = (at + 1) % _CARDS

    def _fits(self, limit, live, terminal):
        if limit.rule not in (_COUNT, _SUM) or not limit.concerns(live.kind):
            return False
        if limit.window >= 0 and live.window != limit.window + 1:
            return False
        return limit.speaks_of(terminal)

    def give_back(self, lane, kind, amount):
        # The terminal took back an approval that is not its newest.
        for index, limit in enumerate(self._limits):
            if limit.rule in (_COUNT, _SUM) and limit.concerns(kind):
                row = self._row(index, 0, lane)
                if self._counts[row]:
                    self._counts[row] -= 1
                    self._sums[row] = max(self._sums[row] - amount, 0)

    def _period(self, limit, wall_s):
        # A business day, or the day on which a turn of the window began. A time that nobody knows
        # (0) belongs to the running period.
        if not wall_s:
            return 0
        if limit.per_window:
            return _turn_of(self._schedule, limit.window, wall_s)
        return self._schedule.business_date(wall_s)

    def _row(self, index, period, lane):
        # The row of a limit, period and lane. A new period takes the place of the older one.
        place = self._places[index]
        slot = place * 2 + self._newest[place]
        if period and self._periods[slot] != period:
            slot ^= 1
            self._newest[place] ^= 1
            if self._periods[slot] != period:
                self._periods[slot] = period
                for row in range(slot * self._lanes, (slot + 1) * self._lanes):
                    self._counts[row] = self._sums[row] = 0
        return slot * self._lanes + lane

    # Looking.

    def look(self, e, lane, index):
        # Sets `count` and `sum` of a limit for a request of that lane at this moment.
        limit = self._limits[index]
        self.count = self.sum = 0
        period = self._period(limit, e.time.wall if e.time.trust else 0)
        for one in e.lanes:
            if not limit.bridge and one is not lane:
                continue
            row = self._row(index, period, one.index)
            self.count += self._counts[row]
            self.sum += self._sums[row]
            live = e.ledger.lanes[one.index].live
            if live.state in _COUNTING and self._fits(limit, live, e.ledger.name_of(one.index)):
                if not period or self._period(limit, live.wall) in (0, period):
                    self.count += 1
                    self.sum += live.amount

    def of_card(self, e, lane, limit, card, amount):
        # How many requests of that card (and amount, unless -1) there were within the time.
        found = 0
        since = e.time.wall - limit.within_s
        wanted = _word(card)
        for i in range(_CARDS):
            if self._cards[i] == wanted and self._walls[i] > since:
                what = self._what[i]
                if limit.concerns(what >> 3) and (limit.bridge or what & 7 == lane.index):
                    found += amount < 0 or self._amounts[i] == amount & _SMALL
        for one in e.lanes:
            live = e.ledger.lanes[one.index].live
            if (limit.bridge or one is lane) and live.state in _COUNTING and live.wall > since:
                if live.card == card and limit.concerns(live.kind):
                    found += amount in (-1, live.amount)
        return found

    # In the journal: part of every CHECKPOINT set.

    def checkpoint(self, journal, body, wall_s):
        rows = []
        for index, place in sorted(self._places.items()):
            for row in range(place * 2 * self._lanes, (place + 1) * 2 * self._lanes):
                if self._counts[row]:
                    rows.append((index, row))
        cards = [i for i in range(len(self._cards)) if self._walls[i] + self._within_s > wall_s]
        self._write(journal, body, _SUMS, rows, True)
        self._write(journal, body, _OF_CARDS, cards, False)

    def _write(self, journal, body, what, rows, begins):
        # Even without rows the first one says that a set begins anew.
        while rows or begins:
            some = rows[:_ROWS_MAX]
            body[:] = bytes(len(body))  # MicroPython leaves the gaps of a row as they were
            pack_into(_HEAD, body, 0, 0, USAGE_LANE, what, len(some), begins)
            at = _HEAD_BYTES
            for row in some:
                if what == _SUMS:
                    self._put_sum(body, at, *row)
                else:
                    pack_into(
                        _CARD_ROW, body, at, self._cards[row], self._amounts[row],
                        self._walls[row], self._what[row],
                    )  # fmt: skip
                at += _ROW_BYTES
            journal.append(records.CHECKPOINT, body[: max(at, 16)])
            rows = rows[_ROWS_MAX:]
            begins = False

    def _put_sum(self, body, at, index, row):
        tag, period = _tag(self._limits[index]), self._periods[row // self._lanes]
        low, high = bodies.split(self._sums[row])
        pack_into(_SUM_ROW, body, at, tag, row % self._lanes, period, self._counts[row], low, high)

    def load(self, body):
        _, _, what, count, begins = unpack_from(_HEAD, body, 0)
        if begins:
            self._clear()
        for at in range(_HEAD_BYTES, _HEAD_BYTES + count * _ROW_BYTES, _ROW_BYTES):
            if what == _SUMS:
                tag, lane, period, number, low, high = unpack_from(_SUM_ROW, body, at)
                for index in self._places:
                    if _tag(self._limits[index]) == tag and lane < self._lanes:
                        row = self._row(index, period, lane)
                        self._counts[row] = number
                        self._sums[row] = bodies.join(low, high)
            elif self._within_s:
                i = self._next
                (self._cards[i], self._amounts[i], self._walls[i], self._what[i]) = unpack_from(
                    _CARD_ROW, body, at
                )
                self._next = (i + 1) % _CARDS


def _turn_of(schedule, index, wall_s):
    # The day on which the window began that holds at that moment.
    day, second = schedule.day_second(wall_s)
    window = schedule.windows[index]
    return day - (window.from_s >= window.to_s and second < window.to_s)


def _tag(limit):
    # A configuration may put its limits in another order.
    return crc32(limit.name.encode()) & 0xFFFF


def _word(card):
    return card[0] | card[1] << 8 | card[2] << 16 | (card[3] & 0x3F) << 24
