"""What the journal knows in RAM about every sector: 27 bytes each, whatever is stored.

For each pair of slots three bits: does an open item begin here, was it attempted, is it in
attention. Everything else about an item is read from flash when it is needed.
"""

from tidegate.compat import const

# States of a sector.
DIRTY = const(0)  # holds nothing that counts; must be erased
ERASED = const(1)
LIVE = const(2)
BAD = const(3)  # could not be erased: left alone
_STATE = const(3)
COPIES = const(4)  # a copy was written here: ids may be out of order
SUSPECT = const(8)  # a mount found something wrong: items are checked whenever they are read

_BYTES = const(8)  # of one kind of bit, a sector


class Table:
    def __init__(self, sectors):
        self.sectors = sectors
        self.open = bytearray(sectors * _BYTES)
        self.attempted = bytearray(sectors * _BYTES)
        self.attention = bytearray(sectors * _BYTES)
        self.counts = bytearray(sectors)  # open items
        self.states = bytearray(sectors)

    def state(self, sector):
        return self.states[sector] & _STATE

    def set_state(self, sector, state):
        self.states[sector] = state

    def has_copies(self, sector):
        return self.states[sector] & COPIES

    def note_copy(self, sector):
        self.states[sector] |= COPIES

    def is_suspect(self, sector):
        return self.states[sector] & SUSPECT

    def suspect(self, sector):
        self.states[sector] |= SUSPECT

    def clear(self, sector):
        first = sector * _BYTES
        for i in range(first, first + _BYTES):
            self.open[i] = self.attempted[i] = self.attention[i] = 0
        self.counts[sector] = 0

    def begin(self, place):
        # An open item begins here.
        if not has(self.open, place):
            put(self.open, place)
            self.counts[place >> 6] += 1

    def close(self, place):
        # -> was it open?
        if not has(self.open, place):
            return False
        drop(self.open, place)
        drop(self.attempted, place)
        drop(self.attention, place)
        self.counts[place >> 6] -= 1
        return True

    def mark(self, bits, place):
        # Attempted or in attention: only an open item can be.
        if has(self.open, place):
            put(bits, place)

    def places(self, sector):
        # The open places of a sector, oldest first.
        if self.counts[sector]:
            first = sector * _BYTES
            for i in range(first, first + _BYTES):
                if self.open[i]:
                    for bit in range(8):
                        if self.open[i] >> bit & 1:
                            yield i << 3 | bit

    def next_place(self, sector):
        # Its oldest open place, or -1.
        for place in self.places(sector):
            return place
        return -1


def has(bits, place):
    return place >> 3 < len(bits) and bits[place >> 3] & 1 << (place & 7)


def put(bits, place):
    bits[place >> 3] |= 1 << (place & 7)


def drop(bits, place):
    bits[place >> 3] &= ~(1 << (place & 7))
