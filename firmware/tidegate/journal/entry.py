"""One entry of the log, to the byte: a header of 16, a body, padded to slots of 32.

    magic 1 | type (5 bits), version (3) 1 | body length (12 bits), seal padding (4) 2 | place 2
    | sequence 4 | CRC32 of the body 4 | low 16 bits of the header's own CRC32 2

`place` says where in the ring the entry that this one is about stands: the item of an ATTEMPT,
DONE or ATTENTION, what a STORE replaces, the original of a copy. Sector (10 bits) and pair of
slots (6 bits): an OPEN entry has at least two slots, so no two begin in the same pair. It names
an item at a moment; that is enough, because the ring is erased in order, so the older of two
places goes first.
"""

from binascii import crc32
from struct import pack_into, unpack_from

from tidegate.compat import const

HEADER_BYTES = const(16)
SLOT_BYTES = const(32)
NOWHERE = const(0xFFFF)  # slots 126 and 127 of a sector can hold no OPEN entry
_MAGIC = const(0xB7)
VERSION = const(1)  # of the format; a firmware is told by it whether it can read a journal
_VERSION = const(1 << 5)  # the same, where it stands in a header
_LAYOUT = "<BBHHII"
_CHECKED = const(14)
_LENGTH = const(0xFFF)


def slots_of(body_bytes):
    return (HEADER_BYTES + body_bytes + SLOT_BYTES - 1) // SLOT_BYTES


def place_of(sector, slot):
    return sector << 6 | slot >> 1


class Entry:
    # What a header says; one object is read, or written, again and again.
    def __init__(self):
        self.type = self.length = self.padding = self.place = self.seq = self.crc = 0
        self.mended = False  # one bit of the header was wrong, and the buffer is now right

    def make(self, entry_type, length, padding, place, crc):
        self.type = entry_type
        self.length = length
        self.padding = padding
        self.place = place
        self.crc = crc

    def put(self, buf):
        # The body stands behind it.
        size = self.length | self.padding << 12
        pack_into("<BBHH", buf, 0, _MAGIC, self.type | _VERSION, size, self.place)
        pack_into("<II", buf, 6, self.seq, self.crc)
        pack_into("<H", buf, _CHECKED, crc32(buf[:_CHECKED]) & 0xFFFF)

    def read(self, view, at, mend):
        # Is there a header at `at` of the buffer?
        self.mended = False
        if view[at] != _MAGIC or not _checks(view, at):
            if not mend or not _looks_mendable(view[at]) or not _mend(view[at : at + 16], _checks):
                return False
            self.mended = True
        values = unpack_from(_LAYOUT, view, at)
        self.type = values[1] & 31
        self.length = values[2] & _LENGTH
        self.padding = values[2] >> 12
        self.place = values[3]
        self.seq = values[4]
        self.crc = values[5]
        return values[0] == _MAGIC and values[1] >> 5 == _VERSION >> 5

    def slots(self):
        return slots_of(self.length)

    def intact(self, view, at):
        # Is the body what was written? A single wrong bit is put right in the buffer.
        body = view[at + HEADER_BYTES : at + HEADER_BYTES + self.length]
        if crc32(body) == self.crc:
            return True
        expected = self.crc
        if len(body) == self.length and _mend(body, lambda b, _: crc32(b) == expected):
            self.mended = True
            return True
        return False


def _checks(view, at):
    return crc32(view[at : at + _CHECKED]) & 0xFFFF == unpack_from("<H", view, at + _CHECKED)[0]


def _looks_mendable(first):
    # At most one bit away from the magic: the rest of the header is worth trying.
    wrong = first ^ _MAGIC
    return wrong & (wrong - 1) == 0


def _mend(view, right, at=0):
    # Flash loses bits one at a time. A CRC finds which one it was.
    for i in range(len(view)):
        for bit in range(8):
            view[i] ^= 1 << bit
            if right(view, at):
                return True
            view[i] ^= 1 << bit
    return False


def mend_crc(view, crc_at):
    # The same for a block that ends in its own CRC32.
    return _mend(view, lambda v, _: crc32(v[:crc_at]) == unpack_from("<I", v, crc_at)[0])
