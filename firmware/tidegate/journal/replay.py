"""What the engine is shown at a mount: everything since the newest complete CHECKPOINT set.

Without such a set it is the whole ring. Copies are left out: their originals were shown, or lie
before the set. The fingerprints of stored messages come back on the same way.
"""

from struct import unpack_from

from tidegate.journal import records
from tidegate.journal.tend import MARK_LANE, PRINTS_LANE


def replay(m):
    j = m.j
    if j.newest < 0:
        return
    begin, first_seq = newest_set(m)
    j.set_sector = begin
    j.report.whole_ring = begin < 0
    if begin < 0:
        begin = (j.newest + 1) % j.sectors
    distance = (j.newest - begin) % j.sectors
    j.set_opened = j.opened - distance
    for index in m.live(begin, distance + 1):
        _show(m, index, first_seq)


def newest_set(m):
    # -> (the sector where it begins, its first sequence), or (-1, 0).
    j = m.j
    index = j.newest
    for _ in range(j.sectors):
        if m.marks[index]:
            j.read(index, m.marks[index] * 32, j.glance[:32])
            count, first_seq = unpack_from("<HI", j.glance, 16 + 6)
            begin = _sector_of(m, index, first_seq)
            if begin >= 0 and _is_complete(m, begin, index, first_seq, count):
                return begin, first_seq
        index = (index - 1) % j.sectors
    return -1, 0


def _sector_of(m, index, seq):
    # The newest sector, at or before `index`, that could begin with or hold `seq`.
    j = m.j
    for _ in range(j.sectors):
        if m.epochs[index] and m.prevs[index] < seq:
            return index
        index = (index - 1) % j.sectors
    return -1


def _is_complete(m, begin, last, first_seq, count):
    # Are all its entries, up to the mark, there?
    j = m.j
    head = m.walk.head
    found = 0
    for index in m.live(begin, (last - begin) % j.sectors + 1):
        j.read(index, 0, m.buf)
        for slot in m.walk.over(m.buf, 127):
            if m.walk.intact and first_seq <= head.seq < first_seq + count:
                found += 1
            if index == last and slot >= m.marks[last]:
                break
    return found == count


def _show(m, index, first_seq):
    j, walk, view = m.j, m.walk, m.buf
    head = walk.head
    limit = m.limit(index)
    used = m.sound(index)
    if used:
        slots = walk.sound(view, used)
    else:
        slots = walk.over(view, m.footer.used if m.footer.read(view) else 127)
    for slot in slots:
        if not walk.intact or head.seq < first_seq or head.seq > limit:
            continue
        body = view[slot * 32 + 16 : slot * 32 + 16 + head.length]
        if records.RULES[head.type] == records.OPEN and body[7] & records.FLAG_COPY:
            continue
        if head.type == records.CHECKPOINT and body[4] >= PRINTS_LANE:
            if body[4] != MARK_LANE:
                _load_prints(j, body)
            continue
        if head.type == records.STORE:
            item_id, lane, _, _, _, tag, _ = records.get_envelope(body)
            if lane < len(j.prints.used):
                j.prints.push(lane, tag, item_id)
        j.report.visited += 1
        if j.visit:
            j.visit(head.type, head.seq, body)


def _load_prints(j, body):
    lane, count, _, forgotten, last_id = unpack_from("<BBBII", body, 5)
    tags = [unpack_from("<I", body, 16 + 4 * i)[0] for i in range(count)]
    j.prints.load(lane, forgotten, tags, last_id)
