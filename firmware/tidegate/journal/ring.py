"""The ring: one open sector at the head, erased ones ahead of it, live ones behind.

Nothing is acknowledged that was not read back (J1). An operation that fails ends its sector:
the entry is written again in the next. A header is overwritten with zeros before the erase
begins (J3), and an erase is verified before its sector counts as erased (J4).
"""

from array import array
from binascii import crc32

from tidegate.compat import const
from tidegate.journal import entry, sector
from tidegate.journal.table import BAD, DIRTY, ERASED, LIVE, Table, has

_SECTORS_MIN = const(12)
_SECTORS_MAX = const(1024)  # a place has ten bits for it
_PIECE_BYTES = const(256)
_TRIES_MAX = const(4)  # sectors that one entry may spoil
_ABOUT_MAX = const(2)  # places that one entry is about
_ENTRY_BYTES_MAX = const(2208)  # a frame of 2048, sealed, in whole slots
NO_SECTOR = const(-1)

# The lists of a footer: what its entries did to items elsewhere.
CLOSED = const(0)
ATTEMPTED = const(1)
ATTENDED = const(2)
RETURNED = const(3)


class JournalError(OSError):
    # Not written, or not readable: the caller acknowledges nothing.
    pass


class JournalFull(JournalError):
    pass


class Ring:
    def __init__(self, dev):
        self.dev = dev
        self.sectors = min(dev.ioctl(4, 0), _SECTORS_MAX)
        if dev.ioctl(5, 0) != sector.SECTOR_BYTES or self.sectors < _SECTORS_MIN:
            raise JournalError("geometry")
        self.table = Table(self.sectors)
        self.header = sector.Header()
        self.entry = entry.Entry()  # what is written next
        self.out = memoryview(bytearray(_ENTRY_BYTES_MAX))
        self.piece = memoryview(bytearray(_PIECE_BYTES))
        self.newest = NO_SECTOR  # the newest sector
        self.is_open = False  # may the head take another entry?
        self.slot = 0
        self.mark = 0
        self.epoch = 0
        self.seq = self.next_id = 1
        self.prev_seq = 0  # of the last entry that was acknowledged
        self.erased = 0
        self.opened = 0  # sectors, since the power came
        self.erase_count = 0
        self.set_sector = -1  # where the newest complete CHECKPOINT set begins
        self.tail_moved = False  # a sector was given up: the next header must say so
        self.write_faults = self.bad = 0
        self._crc = 0
        self._about = array("H", [0] * 256)  # places that the head's entries are about
        self._about_count = 0
        self._about_kinds = bytearray(256)

    # The device.

    def read(self, index, at, view):
        self.dev.readblocks(index, view, at)

    def program(self, index, at, view):
        # -> is it there, bit for bit?
        try:
            self.dev.writeblocks(index, view, at)
            return _is_there(self, index, at, view)
        except OSError:
            return False

    def is_blank(self, index):
        for at in range(0, sector.SECTOR_BYTES, _PIECE_BYTES):
            self.dev.readblocks(index, self.piece, at)
            if self.piece != sector.BLANK:
                return False
        return True

    def erase(self, index):
        # One explicit step, tens of milliseconds. -> did it work?
        table = self.table
        if table.state(index) == ERASED:
            self.erased -= 1
        table.clear(index)
        table.set_state(index, DIRTY)
        count = _erase_count_of(self, index)
        if self._erase(index, count + 1):
            table.set_state(index, ERASED)
            self.erased += 1
            return True
        self._give_up(index)
        self.tail_moved = True
        return False

    def _give_up(self, index):
        # Skipped from now on and reported (J8).
        self.table.set_state(index, BAD)
        self.bad += 1

    def _erase(self, index, count):
        try:
            self.program(index, sector.ZEROED_AT, bytes(sector.HEADER_BYTES - sector.ZEROED_AT))
            self.dev.ioctl(6, index)
        except OSError:
            return False
        return self.is_blank(index) and self.program(index, 0, self.header.put_marker(count))

    # The sector in hand.

    def after(self, index):
        # The next sector in the order of the ring that is not bad.
        for _ in range(self.sectors):
            index = (index + 1) % self.sectors
            if self.table.state(index) != BAD:
                return index
        return index

    def tail(self):
        # What is to be erased next: the first after the head that is not erased.
        index = self.after(self.newest)
        for _ in range(self.sectors):
            if self.table.state(index) != ERASED:
                break
            index = self.after(index)
        return index

    def fits(self, slots):
        # The footer grows with the entries: an item of the head may be attempted and in attention.
        if not self.is_open:
            return False
        places = self._about_count + _ABOUT_MAX + 2 * (self.table.counts[self.newest] + 1)
        room = sector.SECTOR_BYTES - sector.FOOTER_BYTES - 2 * places
        return (self.slot + slots) * entry.SLOT_BYTES <= room

    def open_next(self):
        # Ends the head with a footer and opens the next erased sector.
        if self.is_open:
            _end_head(self)
        for _ in range(self.sectors):
            index = self.after(self.newest)
            if _may_go(self, index) and not self.erase(index):
                continue
            if self.table.state(index) != ERASED:
                raise JournalFull("full")
            if self._open(index) or (self.erase(index) and self._open(index)):
                return
            self.write_faults += 1
            if self.table.state(index) == ERASED:
                self.erased -= 1
                self._give_up(index)
        raise JournalFull("full")

    def _open(self, index):
        header = self.header
        oldest = _oldest_epoch(self)
        self.read(index, 0, header.buf)
        if not header.is_marked():
            return False
        view = header.put_opening(self.epoch + 1, self.epoch + 1 - oldest, self.prev_seq)
        if not self.program(index, sector.OPENING_AT, view):
            return False
        self.epoch += 1
        self.erased -= 1
        self.table.clear(index)
        self.table.set_state(index, LIVE)
        self.newest = index
        self.is_open = True
        self.tail_moved = False
        self.opened += 1
        self.slot = 1
        self.mark = 0
        self._crc = crc32(header.buf)
        self._about_count = 0
        return True

    def write(self):
        # What `entry` tells of; its body stands in `out` behind the header. -> its slot in the
        # head, once it is durable. Called when it fits; `open_next` is for what goes wrong here.
        made = self.entry
        if made.crc is None:
            made.crc = crc32(self.out[entry.HEADER_BYTES : entry.HEADER_BYTES + made.length])
        tries = _TRIES_MAX
        while not _try(self):
            tries -= 1
            if not tries:
                raise JournalError("write")
        return self.slot - made.slots()

    def advance(self, slots, size):
        padded = slots * entry.SLOT_BYTES
        self.out[size:padded] = sector.BLANK[: padded - size]
        self._crc = crc32(self.out[:padded], self._crc)
        self.slot += slots

    def note_about(self, kind, place):
        # For the footer: `kind` is an index into its lists.
        self._about[self._about_count] = place
        self._about_kinds[self._about_count] = kind
        self._about_count += 1


def _is_there(ring, index, at, view):
    while view:
        got = ring.piece[: len(view)]
        ring.read(index, at, got)
        if got != view[: len(got)]:
            return False
        view = view[len(got) :]
        at += len(got)
    return True


def _try(ring):
    if not ring.is_open:
        ring.open_next()
    made = ring.entry
    made.seq = ring.seq
    ring.seq += 1
    made.put(ring.out)
    size = entry.HEADER_BYTES + made.length
    at = ring.slot * entry.SLOT_BYTES
    if ring.program(ring.newest, at, ring.out[:size]):
        ring.prev_seq = made.seq
        ring.advance(made.slots(), size)
        return True
    ring.write_faults += 1
    ring.is_open = False
    ring.program(ring.newest, at, bytes(entry.SLOT_BYTES))
    return False


def _erase_count_of(ring, index):
    header = ring.header
    ring.read(index, 0, header.buf)
    count = header.erases if header.is_marked() or header.is_open() else ring.erase_count
    ring.erase_count = max(count, ring.erase_count)
    return count


def _may_go(ring, index):
    # Dirty, or live and of no use to anybody: such a one stands in the way when it was given
    # up and the power went before the next header could say so.
    if ring.table.state(index) == LIVE:
        return not ring.table.counts[index] and ring.set_sector not in (-1, index)
    return ring.table.state(index) == DIRTY


def _oldest_epoch(ring):
    # Of the first live sector behind the head. What was given up on the way does not count,
    # although its old header may still be there.
    index = ring.newest
    for _ in range(ring.sectors):
        index = ring.after(index)
        if ring.table.state(index) == LIVE:
            ring.read(index, 0, ring.header.buf)
            if ring.header.is_open():
                return ring.header.epoch
            return max(1, ring.epoch + 2 - ring.sectors)
    return ring.epoch + 1


def _end_head(ring):
    # The footer. Without it the sector is walked at a mount, so a failure costs nothing else.
    ring.is_open = False
    lists = [array("H"), array("H"), array("H"), array("H")]
    for i in range(ring._about_count):
        kind, place = ring._about_kinds[i], ring._about[i]
        if place >> 6 == ring.newest:
            continue
        if kind >= ATTENDED:
            kind = ATTENDED if has(ring.table.attention, place) else RETURNED
        if kind == CLOSED or has(ring.table.open, place):
            lists[kind].append(place)
    for place in ring.table.places(ring.newest):
        if has(ring.table.attempted, place):
            lists[ATTEMPTED].append(place)
        if has(ring.table.attention, place):
            lists[ATTENDED].append(place)
    bits = ring.table.open[ring.newest * 8 : ring.newest * 8 + 8]
    view = sector.put_footer(
        ring.out, lists, ring.slot, ring.mark, ring.prev_seq, ring.next_id - 1,
        bytes(bits), ring._crc,
    )  # fmt: skip
    if not ring.program(ring.newest, sector.SECTOR_BYTES - len(view), view):
        ring.write_faults += 1
