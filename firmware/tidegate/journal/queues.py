"""The two queues of a lane: what goes to the host next, reversals and advices each oldest first.

Order is by item id. A copied straggler stands behind younger items in the ring, so position
alone is not enough: a window of the sixteen lowest ids of each queue is kept, filled by one
pass over the table and used up from the front. Items that were never copied lie in order, so
the pass ends early.
"""

from array import array

from tidegate.compat import const
from tidegate.journal import records
from tidegate.journal.entry import NOWHERE
from tidegate.journal.table import LIVE, has

LANES_MAX = const(8)
_WINDOW = const(16)
_PRINTS = const(64)
_BLOCK = const(8)  # prints whose age is known together


class Queues:
    def __init__(self):
        queues = LANES_MAX * 2
        self._ids = array("I", [0] * (queues * _WINDOW))
        self._places = array("H", [0] * (queues * _WINDOW))
        self._used = bytearray(queues)
        self._floors = array("I", [0] * queues)  # the window holds what is above this id
        self._whole = bytearray(b"\1" * queues)  # and everything above it
        self.counts = array("H", [0] * queues)
        self.attention = array("H", [0] * LANES_MAX)

    def added(self, item):
        # A new item, or one that is back from attention.
        queue = item.lane * 2 + item.group
        self.counts[queue] += 1
        first, used = queue * _WINDOW, self._used[queue]
        if used and item.id < self._ids[first + used - 1] or item.id <= self._floors[queue]:
            self._forget(queue)
        elif self._whole[queue] and not self._insert(queue, item.id, item.place):
            self._whole[queue] = 0

    def removed(self, item):
        queue = item.lane * 2 + item.group
        self.counts[queue] -= 1
        first, used = queue * _WINDOW, self._used[queue]
        for i in range(first, first + used):
            if self._ids[i] == item.id:
                for k in range(i, first + used - 1):
                    self._ids[k] = self._ids[k + 1]
                    self._places[k] = self._places[k + 1]
                self._used[queue] = used - 1
                return

    def moved(self, item_id, place):
        at = self._find(item_id)
        if at >= 0:
            self._places[at] = place

    def place_of(self, item_id):
        at = self._find(item_id)
        return self._places[at] if at >= 0 else NOWHERE

    def _find(self, item_id):
        for queue in range(LANES_MAX * 2):
            first = queue * _WINDOW
            for i in range(first, first + self._used[queue]):
                if self._ids[i] == item_id:
                    return i
        return -1

    def _forget(self, queue):
        self._used[queue] = self._whole[queue] = 0
        self._floors[queue] = 0

    def forget_all(self):
        for queue in range(LANES_MAX * 2):
            self._forget(queue)

    def first(self, j, item, lane, group, after):
        # -> the place of the oldest open item above `after`, or NOWHERE.
        queue = lane * 2 + group
        if not self.counts[queue]:
            return NOWHERE
        if after < self._floors[queue]:
            self._fill(j, item, queue, after)
        place = self._first_above(queue, after)
        if place == NOWHERE and not self._whole[queue]:
            self._fill(j, item, queue, after)
            place = self._first_above(queue, after)
        return place

    def _first_above(self, queue, after):
        first = queue * _WINDOW
        for i in range(first, first + self._used[queue]):
            if self._ids[i] > after:
                return self._places[i]
        return NOWHERE

    def _insert(self, queue, item_id, place):
        # Keeps the lowest ids. -> was there room for all of them?
        first, used = queue * _WINDOW, self._used[queue]
        at = first + used
        while at > first and self._ids[at - 1] > item_id:
            at -= 1
        if at == first + _WINDOW:
            return False
        last = first + min(used, _WINDOW - 1)
        for k in range(last, at, -1):
            self._ids[k] = self._ids[k - 1]
            self._places[k] = self._places[k - 1]
        self._ids[at] = item_id
        self._places[at] = place
        if used < _WINDOW:
            self._used[queue] = used + 1
        return used < _WINDOW

    def _fill(self, j, item, queue, after):
        self._used[queue] = 0
        self._floors[queue] = after
        self._whole[queue] = 1
        table = j.table
        in_order = 0  # never-copied items found: they come lowest first
        index = j.newest
        for _ in range(j.sectors):
            index = (index + 1) % j.sectors
            if table.state(index) != LIVE or not table.counts[index]:
                continue
            if in_order >= _WINDOW and not table.has_copies(index):
                self._whole[queue] = 0
                continue
            for place in table.places(index):
                if has(table.attention, place) or not _wants(item, place, queue, after):
                    continue
                if not item.flags & records.FLAG_COPY:
                    in_order += 1
                if not self._insert(queue, item.id, place):
                    self._whole[queue] = 0


def _wants(item, place, queue, after):
    if not item.load(place) or item.type != records.STORE or item.id <= after:
        return False
    return item.lane * 2 + item.group == queue


def total(queues, group):
    # How much waits in all lanes.
    counts = queues.counts
    return sum([counts[i] for i in range(LANES_MAX * 2) if group in (None, i & 1)])


def begin_before(j, item, lane, item_id):
    # Does something wait in that lane that is not younger than that?
    for group in (records.GROUP_REVERSAL, records.GROUP_ADVICE):
        place = j.queues.first(j, item, lane, group, 0)
        if place != NOWHERE and item.load(place) and item.id <= item_id:
            return True
    return False


class Prints:
    # The tags of the last 64 items of each lane, open or not: a message that comes again is known.
    def __init__(self):
        self._tags = [array("I")] * LANES_MAX  # a lane's row is made when it first stores
        self.used = bytearray(LANES_MAX)
        self._next = bytearray(LANES_MAX)
        self._ids = array("I", [0] * (LANES_MAX * _PRINTS // _BLOCK))
        self.forgotten = array("I", [0] * LANES_MAX)  # no tag above this id was forgotten
        self.older = None  # of all tags in the ring, once somebody asked for an older one

    def push(self, lane, tag, item_id):
        if self.older:
            self.older.note(lane, tag)
        at = self._next[lane]
        if not self._tags[lane]:
            self._tags[lane] = array("I", [0] * _PRINTS)
        block = (lane * _PRINTS + at) // _BLOCK
        if self.used[lane] < _PRINTS:
            self.used[lane] += 1
        elif at % _BLOCK == 0:
            self.forgotten[lane] = self._ids[block]
        self._tags[lane][at] = tag
        self._ids[block] = item_id
        self._next[lane] = (at + 1) % _PRINTS

    def knows(self, lane, tag):
        for i in range(self.used[lane]):
            if self._tags[lane][i] == tag:
                return True
        return False

    def oldest_first(self, lane):
        used = self.used[lane]
        start = self._next[lane] if used == _PRINTS else 0
        for i in range(used):
            yield self._tags[lane][(start + i) % _PRINTS]

    def load(self, lane, forgotten, tags, last_id):
        # What a CHECKPOINT kept.
        self.used[lane] = self._next[lane] = 0
        for tag in tags:
            self.push(lane, tag, last_id)
        self.forgotten[lane] = forgotten
