"""Whose message is it? From F41 and F42 to a lane, remembered in the journal.

Every terminal has a lane. Those of one device take turns when the configuration says so. What is
new, or speaks in another way than before, is looked at by `newcomers`.
"""

from binascii import crc32

from tidegate.core import events


def lane_for(e, conn, m):
    # -> the lane, or None: then everything that can be said about it was said.
    if not m.is_request:
        e.log(events.STRAY, -1, m.mti, m.stan)
        return None
    if not m.terminal:
        e.log(events.UNNAMED, conn, m.mti, 0)
        return None
    index = e.ledger.lane_of(m.terminal)
    if index < 0 or e.lanes[index].dialect is not m.dialect:
        from tidegate.core import newcomers

        index = newcomers.lane_for(e, conn, m, index)
        if index < 0:
            return None
    if e.conns.get(conn, index) != index:
        e.log(events.SECOND_TERMINAL, conn, index, 0)
    e.conns[conn] = index
    return e.lanes[index]


def groups_of(config):
    # The terminals of each configured lane, as F41 + F42.
    return [[_name(tid, mid) for tid, mid in group] for group in config["lanes"]]


def tag_of(dialect_name):
    return crc32(dialect_name.encode()) & 0xFFFF


def dialect_of(e, tag):
    for dialect in e.dialects:
        if tag_of(dialect.name) == tag:
            return dialect
    return e.dialects[0]


def group_of(e, name):
    # The device of a terminal, by the configuration; -1 when it is a device of its own.
    for index in range(len(e.groups)):
        if name in e.groups[index]:
            return index
    return -1


def _name(tid, mid):
    return (tid + " " * 8)[:8].encode() + (mid + " " * 15)[:15].encode()
