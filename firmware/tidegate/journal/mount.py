"""Finding out, after any loss of power, what is in the ring.

Headers give the order of the sectors. A sector with a footer is taken by its footer, when its
CRC holds; others are walked. Then the open items are counted, and the entries since the newest
complete CHECKPOINT set are shown to the engine. The sector that was open when the power went is
decided from one copy in RAM, made firm, and never written again (J2); the next is erased once
more (J4).
"""

from array import array
from binascii import crc32

from tidegate.compat import const
from tidegate.journal import counting, entry, fold, records, replay, sector
from tidegate.journal.report import Report
from tidegate.journal.ring import NO_SECTOR, JournalError
from tidegate.journal.table import DIRTY, ERASED, LIVE
from tidegate.journal.walk import Walk

_ENOUGH = const(3)  # erased sectors behind the newest: a set and the copies of one sector fit
_GIVEN_BACK_MAX = const(4)
_JUMP = const(1024)  # sequences and ids that may have been used without a trace


class Mount:
    # What is needed while it runs, and not afterwards.
    def __init__(self, j):
        self.j = j
        self.walk = Walk()
        self.footer = sector.Footer()
        self.buf = memoryview(bytearray(sector.SECTOR_BYTES))
        self.epochs = array("I", [0] * j.sectors)
        self.prevs = array("I", [0] * j.sectors)  # the last sequence before each sector
        self.marks = bytearray(j.sectors)  # where a CHECKPOINT set ends
        self.used = bytearray(j.sectors)  # slots, where one CRC held for all of them
        self.crcs = array("I", [0] * j.sectors)  # that CRC
        self.last_seq = 0
        self.used_seq = 0  # in sectors that were given back
        self.last_id = 0

    def live(self, index, count):
        # The live sectors from `index` on, in the order of the ring.
        table = self.j.table
        for _ in range(count):
            if table.state(index) == LIVE:
                yield index
            index = (index + 1) % self.j.sectors

    def sound(self, index):
        # Reads a sector once more. -> how many slots of the copy are right as they are.
        self.j.read(index, 0, self.buf)
        used = self.used[index]
        return used if crc32(self.buf[: used * 32]) == self.crcs[index] else 0

    def limit(self, index):
        # Entries beyond this sequence were written and not acknowledged: the next sector says so.
        j = self.j
        for following in self.live((index + 1) % j.sectors, j.sectors - 1):
            if self.epochs[following] > self.epochs[index]:
                return self.prevs[following]
            break
        return 0xFFFFFFFF


def mount(j):
    m = _give_back(j, _look(j, 0))
    counting.count(m)
    jump = _JUMP if j.newest >= 0 else 1
    j.prev_seq = m.last_seq
    j.seq = max(m.last_seq, m.used_seq) + jump
    j.next_id = m.last_id + jump
    replay.replay(m)
    _erase_next(j)
    j.report.erased = j.erased


def _look(j, given_back):
    j.report = Report()
    j.report.given_back = given_back
    m = Mount(j)
    _headers(m)
    if j.newest >= 0:
        _fold(m)
    return m


def _give_back(j, m):
    # Starts alone must not use the ring up. -> what was seen last.
    for given_back in range(1, _GIVEN_BACK_MAX + 1):
        if not _is_scarce(j):
            break
        from tidegate.journal import spare

        if not spare.says_nothing_new(m):
            break
        j.erase(j.newest)
        seq, last_id = max(m.last_seq, m.used_seq), m.last_id
        m = _look(j, given_back)
        m.used_seq, m.last_id = seq, max(m.last_id, last_id)  # not used again
    return m


def _is_scarce(j):
    index = j.newest
    for _ in range(_ENOUGH if index >= 0 else 0):
        index = j.after(index)
        if j.table.state(index) != ERASED:
            return True
    return False


def _headers(m):
    j = m.j
    table, header, report = j.table, j.header, j.report
    j.newest = NO_SECTOR
    j.erased = j.bad = j.used = j.epoch = age = 0
    counting.reset(table)
    for index in range(j.sectors):
        j.read(index, 0, header.buf)
        if header.is_open():
            table.set_state(index, LIVE)
            m.epochs[index] = header.epoch
            m.prevs[index] = header.prev_seq
            if header.epoch > j.epoch:
                j.newest, j.epoch, age = index, header.epoch, header.age
        elif header.is_marked():
            table.set_state(index, ERASED)
            j.erased += 1
        elif header.buf != sector.BLANK[:32] and header.buf[12:28] != bytes(16):
            report.dead += 1
        j.erase_count = max(j.erase_count, header.erases)
    if j.newest < 0 and not j.erased:
        raise JournalError("blank" if _is_blank(j) else "foreign")
    _drop_given_up(m, j.epoch - age)


def _drop_given_up(m, oldest):
    # What could not be erased has its old header: too old for the ring, or out of order in it.
    j = m.j
    for index in m.live((j.newest + 1) % j.sectors, j.sectors):
        if m.epochs[index] < oldest:
            j.table.set_state(index, DIRTY)
        else:
            oldest = m.epochs[index]


def _is_blank(j):
    for index in range(j.sectors):
        if not j.is_blank(index):
            return False
    return True


def _fold(m):
    j = m.j
    before = 0
    for index in m.live((j.newest + 1) % j.sectors, j.sectors):
        j.report.live += 1
        gap = m.prevs[index] - before
        if before and gap > 0:
            j.report.gaps += 1
            j.report.missing += gap
        j.read(index, 0, m.buf)
        if index == j.newest:
            before = _walk(m, index, _end_of_newest(m))
        elif m.footer.read(m.buf):
            before = _take_footer(m, index)
        else:
            before = _walk(m, index, 127)
            if m.walk.torn:
                j.report.damaged += 1
        before = max(before, m.prevs[index])
    m.last_seq = max(m.last_seq, before)


def _take_footer(m, index):
    table, footer, view = m.j.table, m.footer, m.buf
    counting.set_open(table, index, footer.open)
    at = footer.at
    for kind in range(4):
        for _ in range(footer.lengths[kind]):
            fold.apply(table, kind, view[at] | view[at + 1] << 8)
            at += 2
    m.marks[index] = footer.mark
    m.last_id = max(m.last_id, footer.last_id)
    if footer.covers(view):
        m.used[index], m.crcs[index] = footer.used, footer.crc
    else:
        _count_damage(m, index)
    return footer.last_seq


def _count_damage(m, index):
    # The footer told what is open; the walk tells how much cannot be read.
    walk = m.walk
    for _ in walk.over(m.buf, m.footer.used):
        pass
    m.j.table.suspect(index)
    _note(m, index, walk.damaged + walk.torn)


def _note(m, index, damaged):
    j, walk = m.j, m.walk
    if damaged or walk.mended:
        j.table.suspect(index)
    j.report.walked += 1
    j.report.damaged += damaged
    j.report.mended += walk.mended


def _walk(m, index, last):
    # A sector without a footer, entry by entry. -> its last sequence.
    j, walk, view = m.j, m.walk, m.buf
    limit = m.limit(index)
    head = walk.head
    seq = 0
    for slot in walk.over(view, last):
        if head.seq > limit:
            continue
        if seq and head.seq > seq + 1:
            j.report.gaps += 1
            j.report.missing += head.seq - seq - 1
        seq = head.seq
        body = view[slot * 32 + 16 : slot * 32 + 16 + head.length]
        here = entry.place_of(index, slot)
        if walk.intact or head.type != records.DONE:
            fold.read(j.table, head.type, body, head.place, here)
        else:
            j.table.close(head.place)
        m.last_id = max(m.last_id, records.item_id(body) if walk.intact else 0)
        if head.type == records.CHECKPOINT and body[4] == 255:
            m.marks[index] = slot
    _note(m, index, walk.damaged)
    return seq


def _end_of_newest(m):
    # J2, on the copy: where is its end? Then what it rests on is written again with the same bits,
    # and the slot behind it is voided.
    j, walk, view = m.j, m.walk, m.buf
    sealed = m.footer.read(view)
    last = m.footer.used if sealed else 127
    start = 0
    for slot in walk.over(view, last):
        if walk.intact:
            start = slot
    end = walk.end
    if walk.mended:
        j.table.suspect(j.newest)  # the copy is right now, the flash is not
        j.report.mended += walk.mended
    if walk.torn:
        j.report.torn += 1
    j.header.buf[:] = view[:32]
    if j.header.is_open():
        j.program(j.newest, 0, j.header.buf[: sector.MARKER_BYTES])
        j.program(j.newest, sector.OPENING_AT, j.header.buf[sector.OPENING_AT : 28])
    if start:
        walk.head.read(view, start * 32, True)
        size = entry.HEADER_BYTES + walk.head.length
        j.program(j.newest, start * 32, view[start * 32 : start * 32 + size])
    if sealed:
        j.program(j.newest, m.footer.at, view[m.footer.at :])
    elif end < 127:
        j.program(j.newest, end * 32, bytes(32))
    return end


def _erase_next(j):
    # Whatever the power cut did to it, and even if it looks blank.
    j.is_open = False
    index = j.after(j.newest)
    if j.table.state(index) in (ERASED, DIRTY):
        j.erase(index)
    # The marker of the last erased sector may be weak: the same bits again.
    last = -1
    for _ in range(j.sectors):
        if j.table.state(index) != ERASED:
            break
        last = index
        index = j.after(index)
    if last >= 0:
        j.read(last, 0, j.header.buf)
        if j.header.is_marked():
            j.program(last, 0, j.header.buf[: sector.MARKER_BYTES])
