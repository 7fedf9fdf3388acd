"""A start with hardly an erased sector left takes back what housekeeping had begun.

Every start opens a sector of its own (J2). Where power goes again and again before housekeeping
has freed one, all would be used up: nothing lost, and nothing taken any more. What housekeeping
writes says nothing new, copies and CHECKPOINT sets. As long as every original and an older set
stand, the newest sector can be erased as if it had never been opened.
"""

from tidegate.journal import records, replay
from tidegate.journal.table import LIVE


def says_nothing_new(m):
    # The newest sector: is everything in it said elsewhere, too?
    j = m.j
    names = []
    j.read(j.newest, 0, m.buf)
    last = m.footer.used if m.footer.read(m.buf) else 127
    for slot in m.walk.over(m.buf, last):
        body = m.buf[slot * 32 + 16 : slot * 32 + 16 + m.walk.head.length]
        if not m.walk.intact or not _is_repeated(j, m.walk.head, body, names):
            return False
    return not m.walk.damaged and _is_followed(m) and _older_set(m) and _are_known(m, names)


def _is_repeated(j, head, body, names):
    if head.type == records.LANE:
        names.append(bytes(body))
        return True
    if head.type == records.CHECKPOINT:
        return True
    if records.RULES[head.type] != records.OPEN or not body[7] & records.FLAG_COPY:
        return False
    item, sector = j.straggler, head.place >> 6
    if sector == j.newest or sector >= j.sectors or j.table.state(sector) != LIVE:
        return False
    if not item.load(head.place) or (item.id, item.type) != (records.item_id(body), head.type):
        return False
    view = j.out[: 16 + item.length]
    j.read(item.sector, item.slot * 32, view)
    return item.entry().intact(view, 0)


def _is_followed(m):
    # The sector before it ends with what was acknowledged: its header would say so no more.
    j = m.j
    index = _before(j)
    if index < 0:
        return False
    j.read(index, 0, m.buf)
    for _ in m.walk.over(m.buf, m.footer.used if m.footer.read(m.buf) else 127):
        if m.walk.head.seq > m.prevs[j.newest]:
            return False
    return True


def _before(j):
    index = j.newest
    for _ in range(j.sectors - 1):
        index = (index - 1) % j.sectors
        if j.table.state(index) == LIVE:
            return index
    return -1


def _older_set(m):
    # Is there another complete set, where this sector ends one?
    mark, m.marks[m.j.newest] = m.marks[m.j.newest], 0
    return not mark or replay.newest_set(m)[0] >= 0


def _are_known(m, names):
    # Names of terminals, as a set repeats them.
    j = m.j
    for index in m.live((j.newest + 1) % j.sectors, j.sectors - 1):
        if not names:
            break
        j.read(index, 0, m.buf)
        for slot in m.walk.over(m.buf, 127):
            body = bytes(m.buf[slot * 32 + 16 : slot * 32 + 16 + m.walk.head.length])
            if m.walk.intact and m.walk.head.type == records.LANE:
                names = [name for name in names if name != body]
    return not names
