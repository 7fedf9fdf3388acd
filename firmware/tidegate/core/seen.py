"""What the key of a message says of the past: was it stored before, or promised to a terminal?"""

from tidegate.core import events


def before(e, lane, m):
    # Was its key stored before: True, False, or None when it is too long ago to tell. Among the
    # last keys, or anywhere in the ring when its trace number is not a new one: that takes time.
    tag = tag_of(m)
    if e.journal.prints.knows(lane.index, tag):
        return True
    if m.stan > e.ledger.lanes[lane.index].stored_stan:
        return False
    return e.journal.stored_before(lane.index, tag)


def was_promised(e, lane, conn, m):
    # A request that the bridge approved is never written, not even when stand-in was switched off
    # since: then silence makes the terminal reverse it. Under the key of a live request nothing
    # else is stored.
    if not m.dialect.is_plain or not before(e, lane, m):
        return False
    e.log(events.LIVE_JOINED, lane.index, m.kind, m.stan)
    if e.stand_in:
        e.stand_in.again(e, lane, conn, m)
    return True


def tag_of(m):
    key = m.key8
    return key[0] | key[1] << 8 | key[2] << 16 | (key[3] & 0x3F) << 24
