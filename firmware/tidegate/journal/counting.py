"""The open items of the ring, counted lane by lane at a mount.

A full ring has thousands. So a sector whose CRC held is read once, its entries are passed by
their lengths, and an item is taken from what stands clear before its sealed part. Elsewhere it is
loaded with all care.
"""

from tidegate.journal import entry, items, records
from tidegate.journal.table import has

_TYPES = 1 << records.STORE | 1 << records.HOLD | 1 << records.ATTENTION
_NONE = bytes(8)
_ONES = b"\0\1\1\2\1\2\2\3\1\2\2\3\2\3\3\4"  # in four bits


def reset(table):
    # Before a mount: every sector is dirty.
    for bits in (table.open, table.attempted, table.attention, table.counts, table.states):
        bits[:] = bytes(len(bits))


def set_open(table, sector, bits):
    # What a footer says, of a sector of which nothing is known yet.
    if bits == _NONE:
        return
    table.open[sector * 8 : sector * 8 + 8] = bits
    count = 0
    for byte in bits:
        count += _ONES[byte & 15] + _ONES[byte >> 4]
    table.counts[sector] = count


def count(m):
    table = m.j.table
    for index in range(m.j.sectors):
        if table.counts[index]:
            left = table.open[index * 8 : index * 8 + 8]
            used = m.sound(index)
            if used:
                _pass(m, index, used, left)
            if left != _NONE:
                for place in table.places(index):
                    if has(left, place & 63):
                        _load(m, place)
    m.j.queues.forget_all()


def _pass(m, index, last, left):
    j, view = m.j, m.buf
    lanes, counts = m.j.queues.attention, m.j.queues.counts
    attention = j.table.attention[index * 8 : index * 8 + 8]
    used = found = 0
    slot = 1
    while slot < last:
        at = slot << 5
        slots = entry.slots_of((view[at + 2] | view[at + 3] << 8) & 0xFFF)
        bit = 1 << (slot >> 1 & 7)
        if left[slot >> 4] & bit and _TYPES >> (view[at + 1] & 31) & 1:
            lane = view[at + 20]
            if lane < len(lanes):
                left[slot >> 4] ^= bit
                found += 1
                used += items.cost(slots)
                if view[at + 23] & records.FLAG_COPY:
                    j.table.note_copy(index)
                if view[at + 1] & 31 == records.STORE:
                    if attention[slot >> 4] & bit:
                        lanes[lane] += 1
                    else:
                        counts[lane * 2 + items.group_of(view[at + 21])] += 1
                elif view[at + 1] & 31 == records.HOLD:
                    j.holds += 1
        slot += slots
    j.used += used
    j.report.open += found


def _load(m, place):
    # What cannot be read is told, not hidden.
    j = m.j
    item, queues = j.straggler, j.queues
    if not item.load(place) or item.lane >= len(queues.attention):
        j.table.close(place)
        j.report.lost += 1
        return
    m.last_id = max(m.last_id, item.id)
    j.report.open += 1
    j.used += items.cost(item.slots)
    if item.flags & records.FLAG_COPY:
        j.table.note_copy(item.sector)
    if item.type == records.STORE:
        if item.attention:
            queues.attention[item.lane] += 1
        else:
            queues.counts[item.lane * 2 + item.group] += 1
    elif item.type == records.HOLD:
        j.holds += 1
