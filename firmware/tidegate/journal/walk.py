"""A walk over the entries of one sector, in a copy in RAM, that damage cannot stop.

After a bad entry it tries every slot (32 bytes). A slot of zeros was voided after a power cut:
nothing was acknowledged behind it. A single wrong bit is put right in the copy.
"""

from struct import unpack_from

from tidegate.journal.entry import SLOT_BYTES, Entry
from tidegate.journal.sector import BLANK, SLOTS

_ZEROS = bytes(SLOT_BYTES)
_BLANK_SLOT = BLANK[:SLOT_BYTES]


class Walk:
    def __init__(self):
        self.head = Entry()
        self.intact = False
        self.start()

    def start(self):
        self.damaged = self.mended = 0
        self.end = 1  # the slot behind the last good entry
        self.torn = False  # something unreadable stands behind it

    def over(self, view, last):
        # Yields the slot of each entry before the slot `last`; `head` and `intact` describe it.
        self.start()
        slot = 1
        bad = False
        while slot < last:
            at = slot * SLOT_BYTES
            here = view[at : at + SLOT_BYTES]
            if here == _ZEROS:
                break
            if here == _BLANK_SLOT:
                if _is_blank(view, at, last * SLOT_BYTES):
                    break
                slot += 1
                continue
            if not self._is_entry(view, at, slot):
                self.torn = True
                if not bad:
                    self.damaged += 1
                bad = True
                slot += 1
                continue
            if not self.intact:
                self.torn = True
                self.damaged += 1
                bad = True
            else:
                self.end = slot + self.head.slots()
                self.torn = bad = False
            yield slot
            slot += self.head.slots()
        if self.torn:
            self.damaged -= 1  # it may be what a power cut left: the caller decides

    def sound(self, view, used):
        # The same for a sector of which one CRC told that all is well: only lengths are followed.
        self.start()
        self.intact = True
        head = self.head
        while self.end < used:
            slot = self.end
            at = slot * SLOT_BYTES
            head.type = view[at + 1] & 31
            head.length = (view[at + 2] | view[at + 3] << 8) & 0xFFF
            head.seq = unpack_from("<I", view, at + 6)[0]
            self.end += head.slots()
            yield slot

    def _is_entry(self, view, at, slot):
        head = self.head
        if not head.read(view, at, False) and not head.read(view, at, True):
            return False
        if slot + head.slots() > SLOTS:
            return False
        by_guess = head.mended
        self.intact = head.intact(view, at)
        if by_guess and not self.intact:
            return False
        if head.mended:
            self.mended += 1
        return True


def _is_blank(view, at, end):
    # The rest of the sector was never written.
    while at < end:
        some = min(len(BLANK), end - at)
        if view[at : at + some] != BLANK[:some]:
            return False
        at += some
    return True
