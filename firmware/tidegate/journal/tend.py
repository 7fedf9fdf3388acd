"""Housekeeping: sectors are erased ahead of need, and what is open in them is copied forward
first.

One step at a time, at moments when nobody waits (J6). Before a sector goes that the books may
still need, a CHECKPOINT set is written: the engine's entries, the fingerprints, and a mark that
says where the set began and how many entries it has, so that half a set is never taken for one.
"""

from struct import pack_into

from tidegate.compat import const
from tidegate.journal import entry, fold, records
from tidegate.journal.queues import LANES_MAX
from tidegate.journal.ring import JournalFull
from tidegate.journal.table import DIRTY, has

_RESERVE = const(4)  # erased sectors that only housekeeping may use
MARK_LANE = const(255)
PRINTS_LANE = const(254)
_MARK_BYTES = const(16)
_PRINTS_AT = const(16)


def step(j):
    # -> was there something to do?
    if j.tail_moved:
        j.open_next()
        return True
    # A set in good time keeps the next mount short; when space is scarce, space comes first.
    if j.checkpoint and j.erased > _RESERVE and j.opened - j.set_opened >= j.set_every:
        write_set(j)
        return True
    if j.erased >= j.ahead or j.churn > j.sectors:
        return False
    index = j.tail()
    if index == j.newest:
        return False
    if j.table.state(index) != DIRTY:
        if j.set_sector in (-1, index):
            if not j.checkpoint:
                return False
            write_set(j)
            return True
        place = j.table.next_place(index)
        if place >= 0:
            copy(j, place)
            return True
    j.churn += 1
    j.erase(index)
    return True


def before_append(j, slots):
    # Nobody found an idle moment: now it has to be. What was opened out of the reserve holds only
    # what housekeeping wrote, and nothing new before as much is free again: a start can give it
    # back.
    for _ in range(256 * j.sectors):
        if j.erased > _RESERVE or j.erased == _RESERVE and j.fits(slots):
            return
        if not step(j):
            break
    raise JournalFull("full")


def copy(j, place):
    # Word for word, seal included: the seal depends on the item id, which stays. What is damaged
    # stays damaged: its old CRC goes with it.
    item = j.straggler
    if not item.load(place):
        j.table.close(place)
        j.report.lost += 1
        return
    if not j.fits(item.slots):
        j.open_next()
    size = entry.HEADER_BYTES + item.length
    j.read(item.sector, item.slot * entry.SLOT_BYTES, j.out[:size])
    crc = None if item.entry().intact(j.out, 0) else item.crc
    flags = j.out[23] & ~(records.FLAG_ATTEMPTED | records.FLAG_ATTENTION) | records.FLAG_COPY
    if has(j.table.attempted, place):
        flags |= records.FLAG_ATTEMPTED
    if has(j.table.attention, place):
        flags |= records.FLAG_ATTENTION
    j.out[23] = flags
    j.entry.make(item.type, item.length, item.padding, place, crc)
    slot = j.write()
    j.moves += 1
    here = entry.place_of(j.newest, slot)
    fold.written(j, item.type, j.out[16:size], place, here)
    if item.type == records.STORE:
        j.queues.moved(item.id, here)


def write_set(j):
    j.in_set = True
    try:
        _write_set(j)
    finally:
        j.in_set = False


def _write_set(j):
    faults = j.write_faults
    first = j.seq
    body = memoryview(bytearray(_PRINTS_AT + 4 * 64))
    begin = j.after(-1) if j.newest < 0 else j.newest  # or the next, when nothing fits any more
    for lane in range(LANES_MAX):
        if j.prints.used[lane]:
            j.append(records.CHECKPOINT, _prints(j, lane, body))
    j.checkpoint()
    mark = body[:_MARK_BYTES]
    pack_into("<IBBHII", mark, 0, 0, MARK_LANE, 0, j.seq - first, first, 0)
    j.append(records.CHECKPOINT, mark)
    j.mark = j.slot - 1
    j.set_opened = j.opened
    if j.write_faults == faults:
        j.set_sector = begin


def _prints(j, lane, body):
    prints = j.prints
    count = prints.used[lane]
    forgotten, last = prints.forgotten[lane], j.next_id - 1
    pack_into("<IBBBBII", body, 0, 0, PRINTS_LANE, lane, count, 0, forgotten, last)
    at = _PRINTS_AT
    for tag in prints.oldest_first(lane):
        pack_into("<I", body, at, tag)
        at += 4
    return body[:at]
