"""A sector of the ring, to the byte: 128 slots of 32 bytes, a header before and a footer behind.

    header   0 magic 4 | erase count 4 | low 16 bits of their CRC32 2      written after the erase
            12 epoch 4 | age of the oldest sector in epochs 2 | spare 2 | last sequence before 4
               | CRC32 of all before 4                                    written when it is opened
    footer  (ends with the sector)  lists of places, 2 bytes each | the tail, 32 bytes:
            magic 2 | lengths of the lists 4 | slots used 1 | slot of a CHECKPOINT set's mark 1
            | last sequence 4 | highest item id 4 | pairs still open 8 | CRC32 of what is used 4
            | CRC32 of the lists and the tail 4

The lists: places elsewhere that entries in here closed; places attempted, put in attention, taken
back from attention, and still open when the footer was written. A place in an open pair's own
sector counts too. So a mount takes from a footer what a walk over the entries would tell.
"""

from binascii import crc32
from struct import pack_into, unpack_from

from tidegate.compat import const
from tidegate.journal.entry import mend_crc

SECTOR_BYTES = const(4096)
SLOTS = const(128)
HEADER_BYTES = const(28)
MARKER_BYTES = const(10)
OPENING_AT = const(12)
ZEROED_AT = const(8)  # from here the header is overwritten before an erase (J3)
FOOTER_BYTES = const(32)
_MAGIC = const(0x314A4754)
_FOOT_MAGIC = const(0x4654)
_FOOT = "<H4BBBII8sII"

BLANK = b"\xff" * 256


class Header:
    def __init__(self):
        self.buf = memoryview(bytearray(32))
        self.erases = self.epoch = self.age = self.prev_seq = 0

    def put_marker(self, erases):
        pack_into("<II", self.buf, 0, _MAGIC, erases)
        pack_into("<H", self.buf, 8, crc32(self.buf[:8]) & 0xFFFF)
        return self.buf[:MARKER_BYTES]

    def put_opening(self, epoch, age, prev_seq):
        # The marker is in the buffer already: the CRC covers both.
        self.buf[MARKER_BYTES:] = BLANK[:22]
        pack_into("<IHHI", self.buf, OPENING_AT, epoch, age, 0, prev_seq)
        pack_into("<I", self.buf, 24, crc32(self.buf[:24]))
        return self.buf[OPENING_AT:HEADER_BYTES]

    def is_marked(self):
        # Erased completely, and not in use yet.
        magic, erases, check = unpack_from("<IIH", self.buf, 0)
        if magic != _MAGIC or crc32(self.buf[:8]) & 0xFFFF != check:
            return False
        self.erases = erases
        return self.buf[MARKER_BYTES:] == BLANK[:22]

    def is_open(self):
        # In use. One wrong bit does not cost the sector.
        buf = self.buf
        if buf[OPENING_AT:HEADER_BYTES] == BLANK[: HEADER_BYTES - OPENING_AT]:
            return False
        if crc32(buf[:24]) != unpack_from("<I", buf, 24)[0] and not mend_crc(buf[:28], 24):
            return False
        if unpack_from("<I", buf, 0)[0] != _MAGIC:
            return False
        self.erases = unpack_from("<I", buf, 4)[0]
        self.epoch, self.age, _, self.prev_seq = unpack_from("<IHHI", buf, OPENING_AT)
        return True


class Footer:
    def __init__(self):
        self.lengths = bytearray(4)
        self.used = self.mark = self.last_seq = self.last_id = self.crc = self.at = 0
        self.open = b""

    def read(self, view):
        # `view` is the whole sector.
        values = unpack_from(_FOOT, view, SECTOR_BYTES - FOOTER_BYTES)
        self.at = SECTOR_BYTES - FOOTER_BYTES - 2 * (values[1] + values[2] + values[3] + values[4])
        if values[0] != _FOOT_MAGIC or self.at < 32:
            return False
        if crc32(view[self.at : SECTOR_BYTES - 4]) != values[11]:
            return False
        self.lengths[:] = bytes(values[1:5])
        self.used, self.mark, self.last_seq, self.last_id, self.open, self.crc = values[5:11]
        return True

    def covers(self, view):
        return crc32(view[: self.used * 32]) == self.crc


def put_footer(buf, lists, used, mark, last_seq, last_id, still_open, crc):
    # `lists`: four arrays of places. -> the bytes of the footer, at the end of `buf`.
    count = len(lists[0]) + len(lists[1]) + len(lists[2]) + len(lists[3])
    size = FOOTER_BYTES + 2 * count
    at = 0
    for places in lists:
        for place in places:
            pack_into("<H", buf, at, place)
            at += 2
    lengths = [len(places) for places in lists]
    pack_into(
        _FOOT, buf, at, _FOOT_MAGIC, lengths[0], lengths[1], lengths[2], lengths[3], used, mark,
        last_seq, last_id, still_open, crc, 0,
    )  # fmt: skip
    pack_into("<I", buf, size - 4, crc32(buf[: size - 4]))
    return buf[:size]
