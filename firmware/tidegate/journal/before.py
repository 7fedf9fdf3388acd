"""Was a message stored before, longer ago than the last 64 of its lane: the whole ring knows.

A terminal that was cut off for a day brings hundreds of such messages. The first one makes a
filter of all that is stored, so that the ring is walked again only for what is in it.
"""

from struct import unpack_from

from tidegate.compat import const
from tidegate.journal import records
from tidegate.journal.entry import Entry
from tidegate.journal.history import walk
from tidegate.journal.table import LIVE, has, put

_BYTES = const(4)  # of the filter, for a sector


def was_stored(j, lane, tag):
    # Is a STORE with that tag anywhere in the ring, open or closed?
    if j.prints.older is None:
        made = Filter(j)
        for view in each(j, records.STORE, memoryview(bytearray(12))):
            made.note(view[4], _tag(view))
        j.prints.older = made
    if not j.prints.older.has(lane, tag):
        return False
    for view in each(j, records.STORE, memoryview(bytearray(12))):
        if view[4] == lane and _tag(view) == tag:
            return True
    return False


def _tag(envelope):
    return unpack_from("<I", envelope, 8)[0]


class Filter:
    # A bit for each tag. What the ring has lost since leaves its bit: that costs a walk.
    def __init__(self, j):
        self._bits = bytearray(j.sectors * _BYTES)

    def _place(self, lane, tag):
        return (tag ^ lane) % (len(self._bits) * 8)

    def note(self, lane, tag):
        put(self._bits, self._place(lane, tag))

    def has(self, lane, tag):
        return has(self._bits, self._place(lane, tag))


def each(j, entry_type, view):
    # The bodies of a type, newest sector first, as far as they fit into the view.
    head = Entry()
    index = j.newest
    for _ in range(j.sectors):
        if j.table.state(index) == LIVE:
            for slot in walk(j, head, index, 1):
                if head.type == entry_type:
                    j.read(index, slot * 32 + 16, view)
                    yield view
        index = (index - 1) % j.sectors
