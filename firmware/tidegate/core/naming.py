"""Whose message is it? From F41 and F42 to a lane, remembered in the journal.

Every terminal has a lane. Those of one device take turns when the configuration says so. One
that it does not name gets a lane while there is one to spare.
"""

from binascii import crc32

from tidegate.core import events
from tidegate.core.lanes import IDLE
from tidegate.journal import bodies, records
from tidegate.proto import message


def lane_for(e, conn, dialect, m):
    # -> the lane, or None: then everything that can be said about it was said.
    if not m.terminal:
        e.log(events.UNNAMED, conn, m.mti, 0)
        return None
    index = e.ledger.lane_of(m.terminal)
    if index < 0:
        index = _new_lane(e, conn, dialect, m)
        if index < 0:
            return None
    lane = e.lanes[index]
    if lane.dialect is not dialect and not _moved(e, lane, dialect, m):
        return None
    if e.conns.get(conn, index) != index:
        e.log(events.SECOND_TERMINAL, conn, index, 0)
    e.conns[conn] = index
    return lane


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


def _new_lane(e, conn, dialect, m):
    index = _free_lane(e, m.terminal)
    if index < 0 or not _record(e, index, dialect, m):
        e.log(events.NO_LANE, conn, m.mti, 0)
        if m.cls in (message.CLS_LIVE, message.CLS_STORABLE, message.CLS_SESSION):
            e.answer(conn, m, e.decline["busy"])
        return -1
    e.lanes[index].dialect = dialect
    e.lanes[index].group = group_of(e, m.terminal)
    return index


def group_of(e, name):
    # The device of a terminal, by the configuration; -1 when it is a device of its own.
    for index in range(len(e.groups)):
        if name in e.groups[index]:
            return index
    return -1


def _free_lane(e, name):
    # -> the next free lane; -1 when the rest is kept for terminals of the configuration.
    used = kept = 0
    for _, index, _ in e.ledger.names:
        used = max(used, index + 1)
    if group_of(e, name) < 0:
        for group in e.groups:
            for terminal in group:
                kept += e.ledger.lane_of(terminal) < 0
    return used if used + kept < len(e.lanes) else -1


def _record(e, index, dialect, m):
    body = e.body(records.LANE_BYTES)
    bodies.put(records.LANE, body, 0, index, m.terminal, tag_of(dialect.name))
    return e.append(records.LANE, body, True)


def _moved(e, lane, dialect, m):
    # A terminal may be moved to another link, but not in the middle of a message.
    if lane.phase != IDLE or not _record(e, lane.index, dialect, m):
        e.log(events.STRAY, lane.index, m.mti, m.stan)
        return False
    lane.dialect = dialect
    return True


def _name(tid, mid):
    return (tid + " " * 8)[:8].encode() + (mid + " " * 15)[:15].encode()
